"""The facts of a Bitcoin spend: the PSBT as the bytes say it is."""

from dataclasses import dataclass
from functools import cached_property

from custody.chains.bitcoin import psbt
from custody.chains.bitcoin.psbt import DecodedSpend
from custody.hsm.signer.case import Message
from custody.hsm.signer.kinds.intent_case import IntentCase
from custody.hsm.signer.refusal import Refusal, refusing
from custody.hsm.signer.store import selectors
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
        if not isinstance(self.request.payload, SpendPayload):
            raise Refusal("bad_field", "/payload")
        with refusing():
            return psbt.decode(self.request.payload.psbt, chain=self.intent.chain, field="/payload/psbt")

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
            Message(index, f"btc:{item.outpoint}", digest)
            for index, (item, digest) in enumerate(
                zip(self.spend.inputs, psbt.digests(self.spend), strict=True)
            )
        )

    @cached_property
    def paid(self) -> SpendFacts:
        return bitcoin_spend(intent=self.intent, terms=self.registered, spend=self.spend)

    def place_of(self, message: Message) -> str:
        return f"/payload/psbt/inputs/{message.input}"
