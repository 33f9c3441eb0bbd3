"""Rules for every intent, whatever its chain: where it comes from, who approved it, what it may cost.

Each kind puts its own between them: what stands still, whose key it is, what the bytes do.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta

from custody.hsm.signer.kinds.intent_case import IntentCase
from custody.hsm.signer.refusal import Refusal
from custody.hsm.signer.rules.common import check_slot
from custody.hsm.signer.store import selectors
from custody.policy import engine
from custody.policy.facts import PastSpend
from custody.policy.windows import longest_window

INTENT_LIFE = timedelta(hours=72)


class OwnersOf:
    """Kinds of intent that a kind of request carries out, each with whose money it may move."""

    def __init__(self, owners: Mapping[str, frozenset[str]]) -> None:
        self._owners = owners

    def __call__(self, case: IntentCase) -> None:
        if case.intent.kind not in self._owners:
            raise Refusal("intent_kind", "/intent/kind")
        if case.intent.source.owner not in self._owners[case.intent.kind]:
            raise Refusal("intent_owner", "/intent/source/owner")


def intent_of_this_instance(case: IntentCase) -> None:
    if case.intent.instance != case.pinned.instance:
        raise Refusal("wrong_instance", "/intent/instance")


def policy_is_pinned(case: IntentCase) -> None:
    """An intent made under another policy is void (trust.md 2)."""
    if case.intent.policy != case.policy.hash:
        raise Refusal("policy_changed", "/intent/policy")


def maker_is_known(case: IntentCase) -> None:
    """A person or machine of the trust store; a mandated intent is made by its mandate."""
    if case.mandate is None and not case.trust.is_known(case.intent.maker, at=case.at):
        raise Refusal("unknown_maker", "/intent/maker")


def intent_is_in_time(case: IntentCase) -> None:
    """At most 72 hours, counted from the signer's first sight of the intent."""
    expires_at = case.intent.expires_at
    if expires_at <= case.at:
        raise Refusal("intent_expired", "/intent/expires_at")
    if expires_at > case.first_seen_at + INTENT_LIFE:
        raise Refusal("validity_too_long", "/intent/expires_at")


def intent_is_of_after_recovery(case: IntentCase) -> None:
    """What the lost part of a store has signed nobody knows: no intent that it can have seen is signed.

    An intent lives 72 hours from a signer's first sight, so those that end later were not seen before.
    """
    recovered = selectors.recovered_at()
    if recovered is None:
        return
    if case.intent.expires_at < recovered + INTENT_LIFE:
        raise Refusal("intent_of_before_recovery", "/intent/expires_at")
    budget = case.intent.fee.budget_window
    window = max(longest_window(case.policy, case.mandate), budget.seconds if budget else 0)
    if case.at < recovered + timedelta(seconds=window):
        raise Refusal("past_of_before_recovery", "/mandate" if case.mandate else "/intent")


def approvals_hold(case: IntentCase) -> None:
    """Every statement that came along is proved; one rejection ends the intent."""
    _ = case.verdicts


def payees_are_not_denied(case: IntentCase) -> None:
    """Whatever the policy: nobody on the pinned deny list is paid."""
    for index, payee in enumerate(case.intent.payees):
        if case.trust.is_denied(payee.to, chain=case.intent.chain):
            raise Refusal("payee_denied", f"/intent/payees/{index}/to")


def policy_allows(case: IntentCase) -> None:
    """The pinned policy judges the signer's own facts; the refusal names its first failing condition."""
    decision = engine.evaluate(case.policy, case.facts)
    if not decision.is_allowed:
        blocking = decision.blocking
        raise Refusal(*(blocking.code, blocking.field) if blocking else ("policy_denied", "/intent"))


def fee_is_within_the_intent(case: IntentCase) -> None:
    """Whatever the policy: no more than was approved, alone and over the approved window."""
    fee, limit = case.paid.fee, case.intent.fee
    if fee > limit.max:
        raise Refusal("fee_above_intent", "/intent/fee/max")
    if limit.budget_window is None:
        return
    since = case.at - timedelta(seconds=limit.budget_window.seconds)
    spent = sum(item.fee for item in _past(case, since))
    if spent + fee > limit.budget_window.amount:
        raise Refusal("fee_above_budget", "/intent/fee/budget_window")


def _past(case: IntentCase, since: datetime) -> tuple[PastSpend, ...]:
    return selectors.spends_of(case.intent.source.wallet, since=since, besides=case.intent.hash)


def intent_is_unsigned(case: IntentCase) -> None:
    """No replacements: the first signed attempt of an intent is its only one."""
    if selectors.intent_anchor(case.intent.hash) is not None:
        raise Refusal("intent_already_signed", "/intent")


def slots_are_free(case: IntentCase) -> None:
    """Each of them."""
    for message in case.messages:
        check_slot(case, message, culprit=case.place_of(message))


INTENT_RULES = (
    intent_of_this_instance,
    policy_is_pinned,
    maker_is_known,
    intent_is_in_time,
    intent_is_of_after_recovery,
    approvals_hold,
)
