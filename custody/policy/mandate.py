"""What a standing mandate covers, as conditions like those of a rule (trust.md 8, formats section 7).

Caps count what the same mandate has signed within the window, this intent included.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta

from custody.policy.facts import OwnWallet, PastSpend, SpendFacts
from custody.policy.rules.velocity import within
from custody.policy.trace import Condition, at_most, equal, one_of
from custody.statements.mandate import Destination, Mandate, Need

# A coin may move to an equal or stricter tier, never to a laxer one.
STRICTNESS = {"HOT": 0, "WARM": 1, "COLD": 2}
TOKEN_MADE = frozenset({"NEVER_LEAVES", "WRAPPED"})


def evaluate(mandate: Mandate, facts: SpendFacts) -> tuple[Condition, ...]:
    """All conditions of a mandated intent."""
    intent = facts.intent
    return (
        equal("mandate_of_another_maker", "/intent/maker", expected=mandate.mandate, actual=intent.maker),
        equal("mandate_kind", "/intent/kind", expected=mandate.intent_kind, actual=intent.kind),
        equal("mandate_asset", "/intent/asset", expected=mandate.asset, actual=intent.asset),
        *_destinations(mandate, facts),
        *_caps(mandate, facts),
        *_needs(mandate, facts),
    )


def _destinations(mandate: Mandate, facts: SpendFacts) -> Iterator[Condition]:
    own = {item.address: item for item in facts.own}
    for index, payee in enumerate(facts.intent.payees):
        yield one_of(
            "mandate_destination",
            f"/intent/payees/{index}/to",
            named="destinations of the mandate",
            actual=payee.to,
            holds=any(_is_at(named, payee.to, own.get(payee.to), facts) for named in mandate.destinations),
        )


def _is_at(named: Destination, address: str, wallet: OwnWallet | None, facts: SpendFacts) -> bool:
    if named.role is not None:
        terms = facts.terms
        return terms is not None and terms.hash == named.terms and terms.payouts.of(named.role) == address
    source = facts.intent.source
    return (
        wallet is not None
        and wallet.wallet == named.wallet
        and (wallet.owner, wallet.client) == (source.owner, source.client)
        and wallet.key_class in TOKEN_MADE
        and facts.source_tier is not None
        and STRICTNESS[wallet.tier] >= STRICTNESS[facts.source_tier]
    )


def _caps(mandate: Mandate, facts: SpendFacts) -> Iterator[Condition]:
    total, payees, fee = facts.intent.total, "/intent/payees", "/intent/fee/max"
    yield at_most("mandate_cap", payees, limit=mandate.cap_per_transaction, actual=total)
    yield at_most("mandate_fee", fee, limit=mandate.fee.max, actual=facts.fee)
    if facts.past is None or facts.at is None:
        yield one_of("mandate_past", payees, named="a known past", actual="unknown", holds=False)
        return
    spent = sum(item.amount for item in _own(mandate, facts.past, mandate.cap_window.seconds, facts.at))
    fees = sum(item.fee for item in _own(mandate, facts.past, mandate.fee.window.seconds, facts.at))
    yield at_most("mandate_cap_window", payees, limit=mandate.cap_window.amount, actual=spent + total)
    yield at_most("mandate_fee_window", fee, limit=mandate.fee.window.amount, actual=fees + facts.fee)


def _own(mandate: Mandate, past: tuple[PastSpend, ...], seconds: int, at: datetime) -> tuple[PastSpend, ...]:
    recent = within(past, asset=mandate.asset, seconds=seconds, at=at)
    return tuple(item for item in recent if item.mandate == mandate.mandate)


def _needs(mandate: Mandate, facts: SpendFacts) -> Iterator[Condition]:
    """Each coin spent has a fact of the wanted kind: this deep, and not too old.

    An account spends no coins, so nothing can prove them: such a mandate is for chains with coins.
    """
    for need in mandate.needs:
        if facts.account is not None:
            named, actual = "chains with coins", facts.account.address
            yield one_of("mandate_need", "/payload", named=named, actual=actual, holds=False)
        for index, item in enumerate(facts.inputs):
            yield one_of(
                "mandate_need",
                f"/payload/psbt/inputs/{index}",
                named=f"{need.fact} {need.depth} deep, {need.max_age_seconds} s old at most",
                actual=item.txid or "unknown",
                holds=_is_proven(need, facts, item.txid),
            )


def _is_proven(need: Need, facts: SpendFacts, txid: str | None) -> bool:
    if facts.at is None or txid is None:
        return False
    youngest = facts.at - timedelta(seconds=need.max_age_seconds)
    return any(
        (fact.kind, fact.chain, fact.txid) == (need.fact, facts.intent.chain, txid)
        and (fact.depth or 0) >= need.depth
        and youngest <= fact.at <= facts.at
        for fact in facts.proven
    )
