"""Payouts: wanted by a party or a decision, signed outside and by the signer, followed to the end.

Escrow only makes intents; how they become transactions is the wallets' one path.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta

from django.db import transaction

from custody.accounts.models import User
from custody.common.errors import RefusedError
from custody.common.ids import new_id
from custody.escrow import drafting, selectors
from custody.escrow.budget import MIN_SHARE, payout_budget
from custody.escrow.models import Deal, Payout
from custody.escrow.permissions import access_participant
from custody.escrow.services.gate import lock_open_deal, move, note, refuse_while_held, require_open
from custody.escrow.services.screening import screen_deal
from custody.escrow.services.terms import checked_terms
from custody.escrow.states import Event, State
from custody.policy.selectors import current_version as current_policy
from custody.statements.intent import ReasonCode
from custody.wallets.selectors import attempt_of, psbt_with_signatures
from custody.wallets.services.collecting import accept_psbt
from custody.wallets.services.intents import cancel_intent, create_intent

# The signer takes no intent that lives longer than 72 hours from its first sight.
PAYOUT_LIFE = timedelta(hours=70)
RELEASABLE = (State.FUNDED, State.DISPUTE_OPEN)
COLLECTING = (State.RELEASE_PROPOSED, State.DECIDED)


def propose_release(*, actor: User, deal_id: str, at: datetime) -> Payout:
    """Give the coins to the other party: the buyer releases them, the merchant refunds them.

    Both parties are screened again, in a transaction of its own. Raises NotFoundError, RefusedError
    ``compliance_hold``, ``wrong_state`` or ``nothing_to_pay``.
    """
    participant = access_participant(actor, deal_id)
    require_open(participant.deal, *RELEASABLE)
    screen_deal(participant.deal, actor=actor, purpose="RELEASE", at=at)
    return _propose(actor=actor, deal_id=deal_id, role=participant.role, at=at)


@transaction.atomic
def withdraw_release(*, actor: User, deal_id: str, at: datetime) -> Deal:
    """Take back, or turn down, a release that is not signed by both.

    Raises NotFoundError, RefusedError ``compliance_hold`` or ``wrong_state``.
    """
    participant = access_participant(actor, deal_id)
    deal = lock_open_deal(deal_id, State.RELEASE_PROPOSED)
    cancel_payout(deal, actor=actor, reason="withdrawn", at=at)
    move(deal, Event.RELEASE_WITHDRAWN, actor=actor, at=at, payload={"role": participant.role})
    return deal


@transaction.atomic
def upload_signature(*, actor: User, deal_id: str, psbt: str, at: datetime) -> Payout:
    """Take a PSBT that the party signed outside; with enough signatures the coins move.

    Raises NotFoundError, RefusedError of the gate or ``not_collecting``, and InvalidInputError
    naming what differs from the transaction that was handed out.
    """
    participant = access_participant(actor, deal_id)
    deal = lock_open_deal(deal_id, *COLLECTING)
    payout = selectors.current_payout(deal)
    if payout is None:
        raise RefusedError("no signatures are collected now", code="not_collecting")
    accept_psbt(actor=actor, intent_id=payout.intent_id, psbt=psbt, signer_key=participant.public_key, at=at)
    payload = {"role": participant.role, "intent": payout.intent_id}
    note(deal, "payout_signature_given", actor=actor, at=at, payload=payload)
    return payout


def payout_psbt(deal: Deal) -> str:
    """The current payout with all signatures collected so far, ours included, for a party to sign.

    Raises RefusedError ``compliance_hold``, or ``not_collecting`` while there is no transaction.
    """
    refuse_while_held(deal)
    payout = selectors.current_payout(deal)
    attempt = attempt_of(payout.intent) if payout else None
    if attempt is None:
        raise RefusedError("there is no transaction to sign now", code="not_collecting")
    return psbt_with_signatures(attempt)


def make_payout(
    deal: Deal, *, kind: Payout.Kind, split: Mapping[str, int], maker: str, actor: User, at: datetime
) -> Payout:
    """Make the intent of a payout of a locked deal; ``split`` in satoshi by role.

    Raises RefusedError ``nothing_to_pay`` for a share too small to send.
    """
    version, wallet = selectors.current_version(deal), selectors.wallet_of(deal)
    if version is None or wallet is None:
        raise RefusedError("the deal has no wallet", code="wrong_state")
    if any(0 < share < MIN_SHARE for share in split.values()) or not any(split.values()):
        raise RefusedError(f"a share is below {MIN_SHARE}", code="nothing_to_pay")
    document = drafting.draft_intent(
        wallet,
        id=new_id("int", at=at),
        terms=checked_terms(version),
        split=split,
        reason=_reason(kind, split),
        maker=maker,
        policy=current_policy().hash,
        expires_at=(at + PAYOUT_LIFE).replace(microsecond=0),
    )
    intent = create_intent(actor=actor, document=document, needs_our_key=kind == Payout.Kind.AWARD, at=at)
    return Payout.objects.create(deal=deal, intent=intent, kind=kind, created_at=at)


def cancel_payout(deal: Deal, *, actor: User, reason: str, at: datetime) -> None:
    """Withdraw the current payout of a locked deal; raises IllegalTransitionError once it is signed."""
    payout = selectors.current_payout(deal)
    if payout is not None:
        cancel_intent(actor=actor, intent_id=payout.intent_id, reason=reason, at=at)


@transaction.atomic
def _propose(*, actor: User, deal_id: str, role: str, at: datetime) -> Payout:
    deal = lock_open_deal(deal_id, *RELEASABLE)
    amount = payout_budget(deal, payees=1).payable
    split = {"buyer": 0, "merchant": amount} if role == "buyer" else {"buyer": amount, "merchant": 0}
    kind = Payout.Kind.RELEASE if role == "buyer" else Payout.Kind.REFUND
    payout = make_payout(deal, kind=kind, split=split, maker=actor.pk, actor=actor, at=at)
    payload = {"role": role, "intent": payout.intent_id, "amount": str(amount)}
    move(deal, Event.RELEASE_PROPOSED, actor=actor, at=at, payload=payload)
    return payout


def _reason(kind: Payout.Kind, split: Mapping[str, int]) -> ReasonCode:
    if kind == Payout.Kind.RELEASE:
        return "RELEASE"
    if kind == Payout.Kind.REFUND:
        return "REFUND"
    if split["buyer"] and split["merchant"]:
        return "AWARD_SPLIT"
    return "AWARD_BUYER" if split["buyer"] else "AWARD_MERCHANT"
