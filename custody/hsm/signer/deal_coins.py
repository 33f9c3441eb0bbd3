"""The coin of a deal after a recovery: officers name it, the lost part may have bound one (trust.md 3, 20).

All payouts of a deal spend one coin, the one of the first that was signed, so that at most one of them
confirms. A store that lost a part of its past does not know whether there was a first. Two people look
at the chain and name the deposit; from then on every payout of the deal spends it.
"""

from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Final

from custody.chains.bitcoin.address import script_of
from custody.chains.bitcoin.transaction import Transaction, parse_transaction
from custody.hsm.signer.agreement import Agreement, Plan
from custody.hsm.signer.refusal import Refusal, refusing
from custody.hsm.signer.store import selectors
from custody.hsm.signer.store.journal import Draft
from custody.hsm.signer.trust.state import TrustState
from custody.statements.fields import Count, Hash, Hex
from custody.statements.store_entry import BitcoinAnchor

ACTION: Final = "BIND_DEAL"
DEPOSIT, OUTPUT = "/wanted/deposit", "/wanted/output"


@dataclass(frozen=True, kw_only=True)
class WantedCoin(Plan):
    """Output number ``output`` of the transaction ``deposit`` (hex) is the coin of the deal."""

    terms: Hash
    deposit: Hex
    output: Count

    def in_words(self) -> dict[str, str]:
        """With the coin as block explorers name it."""
        return super().in_words() | {"coin": self.anchor.outpoint}

    @cached_property
    def transaction(self) -> Transaction:
        """The deposit; raises Refusal for bytes that are none."""
        with refusing():
            return parse_transaction(bytes.fromhex(self.deposit), field=DEPOSIT)

    @property
    def anchor(self) -> BitcoinAnchor:
        """What every payout of the deal spends."""
        return BitcoinAnchor(outpoint=f"{self.transaction.txid}:{self.output}")

    def check(self) -> None:
        """Raise Refusal unless the coin is at the script of a deal that is not bound, after a recovery."""
        terms = selectors.terms(self.terms)
        if terms is None:
            raise Refusal("terms_unknown", "/wanted/terms")
        if selectors.terms_anchor(self.terms) is not None:
            raise Refusal("deal_is_bound", "/wanted/terms")
        if selectors.recovered_at() is None:
            raise Refusal("nothing_to_recover", "/wanted")
        outputs = self.transaction.outputs
        if self.output >= len(outputs) or outputs[self.output].script != script_of(
            terms.address, terms.chain
        ):
            raise Refusal("coin_not_of_deal", OUTPUT)


@dataclass(frozen=True, kw_only=True)
class DealCoin(Agreement):
    """The officers' word for the coin of one deal."""

    ACTION = ACTION

    wanted: WantedCoin

    @property
    def parameters(self) -> str:
        return self.wanted.parameters

    def draft(self, *, trust: TrustState, at: datetime) -> Draft:
        """The entry from which on the coin counts; raises Refusal."""
        verdicts = self.check(trust=trust, at=at)
        self.wanted.check()
        bound = {"terms": self.wanted.terms, "anchor": self.wanted.anchor.text}
        return Draft("TRUST", {"deal_coin": bound, "agreement": self.record(verdicts)})
