"""The mediator decides, another person confirms with a fresh code; only then coins are awarded.

Payees come from the signed terms. That the split itself is believed from the web until approvals
exist is stated in the threat model.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import transaction

from custody.accounts.models import User
from custody.accounts.otp import FreshFactor
from custody.accounts.permissions import require_right
from custody.accounts.roles import Right
from custody.common.errors import CustodyError, InvalidInputError, RefusedError
from custody.common.ids import new_id
from custody.escrow import drafting, selectors
from custody.escrow.budget import MIN_SHARE, payout_budget
from custody.escrow.models import Deal, Decision, Payout
from custody.escrow.models.disputes import DecisionReason
from custody.escrow.permissions import access_deal
from custody.escrow.services.disputes import standing_dispute
from custody.escrow.services.gate import lock_open_deal, move, require_open
from custody.escrow.services.payouts import make_payout
from custody.escrow.services.screening import screen_deal
from custody.escrow.services.terms import checked_terms
from custody.escrow.states import Event, State
from custody.statements.decision import Decision as DecisionDocument

DECISION_LIFE = timedelta(days=7)
MIN_GROUNDS = 20
MAX_GROUNDS = 20_000


class ForgedDecisionError(CustodyError):
    """The stored decision is not what its hash says."""

    code = "decision_forged"


@transaction.atomic
def propose_decision(
    *,
    actor: User,
    deal_id: str,
    to_buyer: int,
    reasons: Sequence[str],
    evidence: Sequence[str],
    grounds: str,
    at: datetime,
) -> Decision:
    """Propose how the coins are split: ``to_buyer`` satoshi to the buyer, the rest to the merchant.

    ``evidence``: SHA-256 of files of the dispute. Raises ForbiddenError, NotFoundError,
    RefusedError ``not_the_mediator``, ``decision_known`` for the same bytes within one second, or
    of the gate, InvalidInputError naming the field.
    """
    access_deal(actor, deal_id)
    require_right(actor, Right.DECIDE_DEAL)
    deal = lock_open_deal(deal_id, State.DISPUTE_OPEN)
    if deal.mediator_id != actor.pk:
        raise RefusedError("another mediator was agreed", code="not_the_mediator")
    dispute = standing_dispute(deal)
    version = selectors.current_version(deal)
    if version is None:
        raise RefusedError("the deal has no terms", code="wrong_state")
    known = set(dispute.evidence.values_list("sha256", flat=True))
    document = drafting.draft_decision(
        checked_terms(version),
        split=_split(deal, to_buyer),
        reasons=_checked_reasons(reasons),
        evidence=_checked_evidence(evidence, known),
        expires_at=(at + DECISION_LIFE).replace(microsecond=0),
    )
    if Decision.objects.filter(hash=document.hash).exists():
        raise RefusedError("this very decision was proposed before", code="decision_known")
    decision = Decision(
        id=new_id("dec", at=at),
        deal=deal,
        dispute=dispute,
        body=document.to_bytes(),
        hash=document.hash,
        grounds=_checked_grounds(grounds),
        officer=actor,
        proposed_at=at,
    )
    decision.save(force_insert=True)
    move(deal, Event.DECISION_PROPOSED, actor=actor, at=at, payload=_payload(decision, document))
    return decision


def confirm_decision(*, actor: User, deal_id: str, factor: FreshFactor, at: datetime) -> Decision:
    """Confirm the decision of another person: the intent is made and the signer asked.

    Both parties are screened again, in a transaction of its own. Raises ForbiddenError,
    NotFoundError, RefusedError ``same_officer``, ``decision_expired`` or of the gate.
    """
    deal = _second(actor, deal_id, factor, at=at)
    screen_deal(deal, actor=actor, purpose="RELEASE", at=at)
    return _confirm(actor=actor, deal_id=deal_id, at=at)


@transaction.atomic
def return_decision(*, actor: User, deal_id: str, factor: FreshFactor, at: datetime) -> Decision:
    """Disagree with the decision of another person: the dispute is open again."""
    _second(actor, deal_id, factor, at=at)
    deal = lock_open_deal(deal_id, State.DECISION_PROPOSED)
    decision = _waiting(deal, actor)
    decision.state, decision.second_officer, decision.closed_at = Decision.State.RETURNED, actor, at
    decision.save(update_fields=["state", "second_officer", "closed_at"])
    move(deal, Event.DECISION_RETURNED, actor=actor, at=at, payload={"decision": decision.pk})
    return decision


def checked_document(decision: Decision) -> DecisionDocument:
    """Decode a stored decision; raises ForgedDecisionError unless bytes, hash and deal agree."""
    try:
        document = DecisionDocument.from_bytes(bytes(decision.body))
    except InvalidInputError:
        raise ForgedDecisionError("the stored decision cannot be read") from None
    if document.hash != decision.hash or document.deal != decision.deal_id:
        raise ForgedDecisionError("the stored decision is not that of its hash")
    return document


@transaction.atomic
def _confirm(*, actor: User, deal_id: str, at: datetime) -> Decision:
    deal = lock_open_deal(deal_id, State.DECISION_PROPOSED)
    decision = _waiting(deal, actor)
    document = checked_document(decision)
    if document.expires_at <= at:
        raise RefusedError("the decision has expired", code="decision_expired")
    split = {"buyer": document.split.buyer, "merchant": document.split.merchant}
    payout = make_payout(
        deal, kind=Payout.Kind.AWARD, split=split, maker=document.mediator, actor=actor, at=at
    )
    decision.state, decision.second_officer, decision.closed_at = Decision.State.CONFIRMED, actor, at
    decision.payout = payout
    decision.save(update_fields=["state", "second_officer", "closed_at", "payout"])
    payload = {"decision": decision.pk, "decision_hash": decision.hash, "intent": payout.intent_id}
    move(deal, Event.DECIDED, actor=actor, at=at, payload=payload)
    return decision


def _second(actor: User, deal_id: str, factor: FreshFactor, *, at: datetime) -> Deal:
    """Whoever may be the second person, with a fresh code, about a decision that waits."""
    deal = access_deal(actor, deal_id)
    require_right(actor, Right.CONFIRM_DECISION)
    factor.check(actor=actor, at=at)
    require_open(deal, State.DECISION_PROPOSED)
    return deal


def _waiting(deal: Deal, actor: User) -> Decision:
    decision = deal.decisions.select_for_update().get(state=Decision.State.PROPOSED)
    if decision.officer_id == actor.pk:
        raise RefusedError("another person has to confirm", code="same_officer")
    return decision


def _split(deal: Deal, to_buyer: int) -> dict[str, int]:
    """Split what can be paid out; two payees make the transaction larger and the fee higher."""
    is_split = 0 < to_buyer < payout_budget(deal, payees=1).payable
    payable = payout_budget(deal, payees=2 if is_split else 1).payable
    to_merchant = payable - to_buyer
    if to_buyer < 0 or to_merchant < 0 or 0 < to_buyer < MIN_SHARE or 0 < to_merchant < MIN_SHARE:
        raise InvalidInputError(
            f"a share is nothing or from {MIN_SHARE} up to {payable}", code="bad_split", field="to_buyer"
        )
    return {"buyer": to_buyer, "merchant": to_merchant}


def _checked_reasons(reasons: Sequence[str]) -> Sequence[str]:
    if not reasons or not set(reasons) <= set(DecisionReason.values):
        raise InvalidInputError("not reasons of the list", code="bad_reasons", field="reasons")
    return reasons


def _checked_evidence(evidence: Sequence[str], known: set[str]) -> Sequence[str]:
    if not set(evidence) <= known:
        raise InvalidInputError("not evidence of this dispute", code="bad_evidence", field="evidence")
    return evidence


def _checked_grounds(grounds: str) -> str:
    text = grounds.strip()
    if not MIN_GROUNDS <= len(text) <= MAX_GROUNDS:
        raise InvalidInputError(
            f"grounds have {MIN_GROUNDS} to {MAX_GROUNDS} characters", code="bad_grounds", field="grounds"
        )
    return text


def _payload(decision: Decision, document: DecisionDocument) -> dict[str, object]:
    return {
        "decision": decision.pk,
        "decision_hash": decision.hash,
        "split": {"buyer": str(document.split.buyer), "merchant": str(document.split.merchant)},
        "reasons": list(document.reasons),
    }
