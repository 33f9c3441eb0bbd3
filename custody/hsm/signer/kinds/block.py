"""BLOCK: signs the header of a block that an application has put together.

A header names its transactions by a root alone, so all of them come along and the root is computed
again. What the block may do stands in the activation of the key, never in the request: network,
versions, payees of the coinbase and how far its time may be from the signer's clock. One block per
key, network, height and round, and never one below the last.
"""

from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property
from typing import Any

from custody.chains.bitcoin.block import (
    BlockProposal,
    check_payees,
    check_reward,
    check_time,
    decode_proposal,
    total_fees,
)
from custody.chains.bitcoin.networks import network_of
from custody.hsm.signer.case import Case, Effects, Message, payload_of
from custody.hsm.signer.kinds.kind import Kind
from custody.hsm.signer.refusal import Refusal, refusing
from custody.hsm.signer.rules.common import check_cryptoperiod
from custody.hsm.signer.rules.standstill import Touched, not_killed, refuse_held
from custody.hsm.signer.store import selectors
from custody.statements.block import BlockBinding, BlockPayload


@dataclass(frozen=True)
class BlockCase(Case):
    """The block as its bytes say it is, and what its key may sign."""

    @cached_property
    def payload(self) -> BlockPayload:
        return payload_of(self, BlockPayload)

    @cached_property
    def binding(self) -> BlockBinding:
        if self.activation.block is None:
            raise Refusal("key_without_block_binding", "/key")
        return self.activation.block

    @cached_property
    def block(self) -> BlockProposal:
        payload = self.payload
        with refusing():
            return decode_proposal(
                header=payload.header, transactions=payload.transactions, chain=self.binding.chain
            )

    @property
    def place(self) -> tuple[int, int]:
        """Where the block stands: height and round."""
        return self.payload.height, self.payload.round

    @property
    def messages(self) -> tuple[Message, ...]:
        height, number = self.place
        return (Message(0, f"block:{self.binding.chain}:{height}:{number}", self.block.header.digest),)


def key_is_activated(case: BlockCase) -> None:
    """For blocks, and still in its time."""
    _ = case.binding
    check_cryptoperiod(case.activation, at=case.at, culprit="/key")


def key_is_of_after_recovery(case: BlockCase) -> None:
    """Which heights the lost part of a store has signed nobody knows: blocks need a new key."""
    recovered = selectors.recovered_at()
    if recovered is not None and case.activation.valid_from <= recovered:
        raise Refusal("block_key_of_before_recovery", "/key")


def somebody_is_on_duty(case: BlockCase) -> None:
    """A key that signs without asking anybody stops when nobody renews the lease (trust.md 21)."""
    if not case.trust.duty(at=case.at):
        raise Refusal("nobody_on_duty", "/key")


def place_is_above_the_last(case: BlockCase) -> None:
    """One header per height and round, and never back to an earlier one."""
    last = selectors.last_block(case.key.id, case.binding.chain)
    if last is not None and case.place <= last:
        culprit = "/payload/height" if case.place[0] < last[0] else "/payload/round"
        raise Refusal("block_not_above_last", culprit)


def version_is_allowed(case: BlockCase) -> None:
    if case.block.header.version not in case.binding.versions:
        raise Refusal("block_version", "/payload/header")


def time_is_ours(case: BlockCase) -> None:
    """By the signer's clock; nobody else's is asked."""
    span = timedelta(seconds=case.binding.seconds)
    with refusing():
        check_time(
            case.block,
            earliest=int((case.at - span).timestamp()),
            latest=int((case.at + span).timestamp()),
        )


def height_is_the_coinbases(case: BlockCase) -> None:
    if case.block.height != case.payload.height:
        raise Refusal("block_height", "/payload/height")


def payees_are_pinned(case: BlockCase) -> None:
    with refusing():
        check_payees(case.block, allowed=case.binding.payees)


def payees_are_not_denied(case: BlockCase) -> None:
    """Whatever the activation: nobody on the pinned deny list is paid."""
    for payee in case.block.payees:
        if case.trust.is_denied(payee.address, chain=case.binding.chain):
            raise Refusal("payee_denied", _output(payee.output))


def reward_is_earned(case: BlockCase) -> None:
    """At most the subsidy of the network's table and the fees that previous transactions prove."""
    with refusing():
        fees = total_fees(case.block, previous=case.payload.previous)
        interval = network_of(case.binding.chain).halving_interval
        check_reward(case.block, fees=fees, halving_interval=interval)


def nothing_is_held(case: BlockCase) -> None:
    touched: Touched = {
        ("KEY", case.key.id): "/key",
        **{("ADDRESS", payee.address): _output(payee.output) for payee in case.block.payees},
    }
    refuse_held(case, touched)


def _output(number: int) -> str:
    return f"/payload/transactions/0/outputs/{number}"


def _effects(case: BlockCase) -> Effects:
    height, number = case.place
    block: dict[str, Any] = {"chain": case.binding.chain, "height": height, "round": number}
    return Effects(messages=case.messages, seen={"block": block | {"hash": case.block.header.hash}})


BLOCK = Kind(
    name="BLOCK",
    purposes=frozenset({"block"}),
    reads=frozenset({"payload"}),
    case=BlockCase,
    rules=(
        key_is_activated,
        key_is_of_after_recovery,
        not_killed,
        somebody_is_on_duty,
        place_is_above_the_last,
        version_is_allowed,
        time_is_ours,
        height_is_the_coinbases,
        payees_are_pinned,
        payees_are_not_denied,
        nothing_is_held,
        reward_is_earned,
    ),
    effects=_effects,
    messages=lambda case: case.messages,
)
