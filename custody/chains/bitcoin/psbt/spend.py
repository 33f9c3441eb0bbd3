"""What a PSBT says, as frozen values: the only form in which the firewall and the wallets see one."""

from dataclasses import dataclass

from embit.script import Script
from embit.transaction import Transaction as EmbitTransaction

from custody.chains.bitcoin.psbt.guard import WITNESS_VSIZE, Guard, InputKind
from custody.chains.bitcoin.transaction import Transaction
from custody.common.errors import InvalidInputError

POINTER = "/payload/psbt"


@dataclass(frozen=True)
class PartialSignature:
    """A verified signature r || s (low S, SIGHASH_ALL) by one key that may sign."""

    public_key: bytes
    signature: bytes


@dataclass(frozen=True)
class SpendInput:
    """One spent output: amount in satoshi, what guards it, and the signatures collected so far."""

    txid: str
    vout: int
    amount: int
    script_pubkey: bytes
    guard: Guard
    sequence: int
    sighash: int
    partial_signatures: tuple[PartialSignature, ...]

    @property
    def outpoint(self) -> str:
        """``txid:n``, the Bitcoin anchor of an intent."""
        return f"{self.txid}:{self.vout}"

    @property
    def kind(self) -> InputKind:
        return self.guard.kind

    @property
    def witness_script(self) -> bytes:
        """Empty where the output has none (P2WPKH, P2TR)."""
        return self.guard.witness_script

    def may_sign(self, public_key: bytes) -> bool:
        """True when a 33-byte key is among those whose signature the output may ask for."""
        return self.guard.place_of(public_key) is not None


@dataclass(frozen=True)
class SpendOutput:
    """One output: amount in satoshi, script and its canonical address."""

    amount: int
    script: bytes
    address: str


@dataclass(frozen=True)
class DecodedSpend:
    """A decoded and checked PSBT; ``txid`` is final because all inputs are segwit."""

    chain: str
    txid: str
    version: int
    locktime: int
    inputs: tuple[SpendInput, ...]
    outputs: tuple[SpendOutput, ...]
    unsigned: Transaction

    @property
    def fee(self) -> int:
        """Satoshi that the outputs leave over."""
        return sum(item.amount for item in self.inputs) - sum(item.amount for item in self.outputs)

    @property
    def least_vsize(self) -> int:
        """Virtual bytes once signed, at the least; a signature may come out some bytes shorter or longer."""
        return len(self.unsigned.stripped()) + sum(WITNESS_VSIZE[item.kind] for item in self.inputs)

    @property
    def outpoints(self) -> tuple[str, ...]:
        return tuple(item.outpoint for item in self.inputs)


def check_signable(spend: DecodedSpend, *, field: str) -> None:
    """Raise InvalidInputError ``no_schnorr_backend`` for a transaction with a P2TR input."""
    for index, item in enumerate(spend.inputs):
        if item.kind is InputKind.P2TR:
            place = f"{field}/inputs/{index}"
            raise InvalidInputError("no key makes Schnorr signatures", code="no_schnorr_backend", field=place)


def digests(spend: DecodedSpend, *, field: str = POINTER) -> tuple[bytes, ...]:
    """BIP143 digests under SIGHASH_ALL, 32 bytes per input, computed from the decoded values.

    Raises InvalidInputError like check_signable.
    """
    check_signable(spend, field=field)
    transaction = EmbitTransaction.parse(spend.unsigned.to_bytes())
    return tuple(
        bytes(transaction.sighash_segwit(index, Script(item.guard.script_code), item.amount))
        for index, item in enumerate(spend.inputs)
    )
