"""Whose turn it is: what the reader can do now, and whom the deal waits for."""

from collections.abc import Callable

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from custody.escrow.states import ENDED, State
from custody.portal.situation import Situation

# Of three keys.
SIGNATURES = 2


def tasks(now: Situation) -> list[str]:
    """Names of the deeds open to the reader (custody.portal.deeds), the most important first."""
    if now.is_held or not now.may_act:
        return []
    return _TASKS.get(now.state, _nothing)(now)


def must_act(now: Situation) -> bool:
    """True when the deal waits for the reader; what one may do at any time is no task."""
    needed = set(tasks(now)) & set(_TITLES)
    if now.me.public_key:
        needed -= {"join"}
    return bool(needed) or (now.state == State.FUNDED and now.is_buyer and not now.is_held)


def sentence(now: Situation) -> str:
    """One sentence that says whom the deal waits for."""
    if now.is_held:
        return _("The deal is under review. We will contact you if we need anything.")
    if now.state == State.FUNDING_EXPIRED:
        return _("The deal is closed because no coins came. Pay nothing to its address any more.")
    if now.state in ENDED:
        return _("The deal is finished.")
    if must_act(now):
        if now.state == State.FUNDED:
            return _("The coins are in escrow. Release them once you have what was agreed.")
        return str(_TITLES[next(name for name in tasks(now) if name in _TITLES)])
    return _WAITING[now.state](now)


def _nothing(now: Situation) -> list[str]:
    return []


def _draft(now: Situation) -> list[str]:
    return ["join"]


def _terms(now: Situation) -> list[str]:
    return [] if now.me.role in now.signed else ["sign-terms"]


def _keys(now: Situation) -> list[str]:
    if now.registration is None or not now.registration.is_pinned:
        return []
    if not now.has_given_nonce:
        return ["give-nonce"]
    is_complete = now.challenge is not None and now.challenge.expires_at is not None
    return ["prove-key"] if is_complete and now.me.role not in now.proven else []


def _address(now: Situation) -> list[str]:
    return [] if now.me.role in now.confirmed else ["confirm-address"]


def _funding(now: Situation) -> list[str]:
    return ["fund"] if now.is_buyer and now.missing else []


def _funded(now: Situation) -> list[str]:
    return ["propose-release", "open-dispute"]


def _sign_payout(now: Situation) -> list[str]:
    has_signed = now.me.public_key in now.payout_signers
    return ["sign-payout"] if now.attempt and not has_signed else []


def _release(now: Situation) -> list[str]:
    return [*_sign_payout(now), "withdraw-release", "open-dispute"]


def _dispute(now: Situation) -> list[str]:
    return ["add-statement", "add-evidence", "propose-release"]


_TASKS: dict[State, Callable[[Situation], list[str]]] = {
    State.DRAFT: _draft,
    State.TERMS_PROPOSED: _terms,
    State.TERMS_SIGNED: _keys,
    State.KEYS_PROVEN: _address,
    State.AWAITING_FUNDING: _funding,
    State.FUNDED: _funded,
    State.RELEASE_PROPOSED: _release,
    State.DISPUTE_OPEN: _dispute,
    State.DECIDED: _sign_payout,
}
_TITLES = {
    "join": gettext_lazy("It is your turn: name your key and your payout address."),
    "sign-terms": gettext_lazy("It is your turn: read and sign the terms."),
    "give-nonce": gettext_lazy("It is your turn: challenge the others."),
    "prove-key": gettext_lazy("It is your turn: prove that you hold your key."),
    "confirm-address": gettext_lazy("It is your turn: compare the address."),
    "fund": gettext_lazy("It is your turn: pay the coins into escrow."),
    "sign-payout": gettext_lazy("It is your turn: sign the payout."),
}


def _wait_draft(now: Situation) -> str:
    if not now.other.public_key:
        return _("We are waiting for the other party to name key and address.")
    return _("We are writing the terms.")


def _wait_keys(now: Situation) -> str:
    if now.registration is None:
        return _("The signer is registering the terms.")
    if now.me.role in now.proven and now.other.role in now.proven:
        return _("The mediator's key is being proven.")
    if now.challenge is None or now.challenge.expires_at is None:
        return _("We are waiting for the nonce of the other party.")
    return _("We are waiting for the other party to prove its key.")


def _wait_address(now: Situation) -> str:
    if now.other.role not in now.confirmed:
        return _("We are waiting for the other party to compare the address.")
    return _("We are waiting for the mediator to compare the address.")


def _wait_funding(now: Situation) -> str:
    if now.missing or now.funding is None:
        return _("We are waiting for the buyer's coins.")
    needed = settings.BITCOIN_FINALITY_DEPTH
    seen = {"depth": min(now.funding.depth, needed), "needed": needed}
    return _("The coins were seen in a block: %(depth)s of %(needed)s confirmations. Nothing to do.") % seen


def _wait_payout(now: Situation) -> str:
    if now.attempt is None:
        return _("The payout is being prepared.")
    if len(now.payout_signers) >= SIGNATURES:
        return _("The payout is signed and being sent.")
    return _("We are waiting for the other signature.")


def _wait_decided(now: Situation) -> str:
    if now.attempt is None:
        return _("The payout is being prepared.")
    if len(now.payout_signers) >= SIGNATURES:
        return _("The payout is signed and being sent.")
    return _("The mediator has decided. We are waiting for the second signature.")


def _fixed(text: Callable[[], str]) -> Callable[[Situation], str]:
    return lambda now: text()


_WAITING: dict[State, Callable[[Situation], str]] = {
    State.DRAFT: _wait_draft,
    State.TERMS_PROPOSED: _fixed(lambda: _("We are waiting for the other party to sign the terms.")),
    State.TERMS_SIGNED: _wait_keys,
    State.KEYS_PROVEN: _wait_address,
    State.ADDRESS_CONFIRMED: _fixed(lambda: _("The address is being opened for funding.")),
    State.AWAITING_FUNDING: _wait_funding,
    State.FUNDED: _fixed(lambda: _("The coins are in escrow. Deliver; the buyer then releases them.")),
    State.RELEASE_PROPOSED: _wait_payout,
    State.RELEASE_SIGNED: _fixed(lambda: _("The payout is signed and being sent.")),
    State.RELEASE_BROADCAST: _fixed(lambda: _("The payout is on its way; it is final after some blocks.")),
    State.DISPUTE_OPEN: _fixed(lambda: _("The mediator is examining the dispute.")),
    State.DECISION_PROPOSED: _fixed(lambda: _("The decision is being reviewed by a second person.")),
    State.DECIDED: _wait_decided,
    State.AWARD_SIGNED: _fixed(lambda: _("The payout is signed and being sent.")),
    State.AWARD_BROADCAST: _fixed(lambda: _("The payout is on its way; it is final after some blocks.")),
}
