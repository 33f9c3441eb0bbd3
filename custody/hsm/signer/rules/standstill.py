"""Rules about what stands still: kills of keys, and holds on what an intent touches (trust.md 21)."""

from collections.abc import Mapping

from custody.hsm.signer.case import Case
from custody.hsm.signer.kinds.intent_case import IntentCase
from custody.hsm.signer.refusal import Refusal

# What a request touches, as holds name it, and where the request says so.
Touched = Mapping[tuple[str, str | None], str]


def not_killed(case: Case) -> None:
    """A kill of this key, or of all, stands until a restart names it."""
    if case.trust.is_killed(case.key.id, at=case.at):
        raise Refusal("killed", "/key")


def nothing_is_held(case: IntentCase) -> None:
    intent = case.intent
    touched: Touched = {
        ("KEY", case.key.id): "/key",
        ("WALLET", intent.source.wallet): "/intent/source/wallet",
        ("CLIENT", intent.source.client): "/intent/source/client",
        ("DEAL", intent.reason.ref): "/intent/reason/ref",
        **{("ADDRESS", payee.to): f"/intent/payees/{index}/to" for index, payee in enumerate(intent.payees)},
    }
    refuse_held(case, touched)


def refuse_held(case: Case, touched: Touched) -> None:
    """Raise Refusal where a hold stands on something that the case touches."""
    for hold in case.trust.holds(at=case.at).values():
        place = touched.get((hold.scope, hold.ref))
        if place is not None:
            raise Refusal("held", place)


STANDSTILL_RULES = (not_killed, nothing_is_held)
