"""The facts of a Bitcoin spend: the PSBT as the bytes say it is."""

from dataclasses import dataclass
from functools import cached_property

from custody.chains.bitcoin import psbt
from custody.chains.bitcoin.address import address_of
from custody.chains.bitcoin.psbt import DecodedSpend, SpendInput
from custody.hsm.signer.case import Message, payload_of
from custody.hsm.signer.kinds.intent_case import IntentCase
from custody.hsm.signer.refusal import Refusal, refusing
from custody.hsm.signer.store import kept_keys, selectors
from custody.policy.facts import SpendFacts, bitcoin_spend
from custody.statements.request import SpendPayload
from custody.statements.store_entry import BitcoinAnchor
from custody.statements.terms import Terms


@dataclass(frozen=True)
class SpendCase(IntentCase):
    """A payout of a deal, or a payment out of a single-key wallet of our own."""

    @cached_property
    def terms(self) -> Terms:
        """The registered terms; refuses where there are none."""
        if self.registered is None:
            raise Refusal("terms_unknown", "/intent/source/terms")
        return self.registered

    @cached_property
    def spend(self) -> DecodedSpend:
        """The transaction: amounts proved by full previous transactions, sighash ALL only."""
        with refusing():
            return psbt.decode(
                payload_of(self, SpendPayload).psbt, chain=self.intent.chain, field="/payload/psbt"
            )

    @cached_property
    def terms_anchor(self) -> BitcoinAnchor | None:
        """What every spend of this deal must spend, once one was signed."""
        text = selectors.terms_anchor(self.intent.source.terms or "")
        return BitcoinAnchor(outpoint=text.removeprefix("btc:")) if text else None

    @cached_property
    def anchor(self) -> BitcoinAnchor:
        """The deal's anchor, or the first input of the first spend."""
        return self.terms_anchor or BitcoinAnchor(outpoint=self.spend.outpoints[0])

    @cached_property
    def messages(self) -> tuple[Message, ...]:
        """One digest per input (BIP143), one slot per outpoint."""
        return tuple(
            Message(index, f"btc:{item.outpoint}", digest, self._child_of(item))
            for index, (item, digest) in enumerate(
                zip(self.spend.inputs, psbt.digests(self.spend), strict=True)
            )
        )

    def number_of(self, item: SpendInput) -> int | None:
        """Which address of the wallet an input spends from; None for one that is not the wallet's.

        A single key has one address; a derived wallet its first, and those the signer has attested.
        """
        address = address_of(item.script_pubkey, self.intent.chain)
        if address == self.address:
            return 0
        issued = kept_keys.issued_as(address)
        return issued[1] if issued and issued[0] == self.key.id else None

    def _child_of(self, item: SpendInput) -> int | None:
        return None if self.key.account is None else self.number_of(item)

    @property
    def txid(self) -> str:
        return self.spend.txid

    @cached_property
    def paid(self) -> SpendFacts:
        return bitcoin_spend(intent=self.intent, terms=self.registered, spend=self.spend)

    def place_of(self, message: Message) -> str:
        return f"/payload/psbt/inputs/{message.input}"
