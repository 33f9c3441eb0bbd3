"""Buttons of the decision: proposed by the mediator, confirmed or returned by another person."""

from datetime import datetime

from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from custody.accounts.forms import CodeForm
from custody.accounts.models import User
from custody.accounts.otp import require_fresh_totp
from custody.accounts.roles import Right
from custody.escrow import services
from custody.escrow.admin.deeds import stopped
from custody.escrow.admin.forms import DecisionForm
from custody.escrow.models import Deal, Decision
from custody.escrow.states import State
from custody.web.admin import Deed, Fields


def _propose(mediator: User, deal: Deal, fields: Fields, at: datetime) -> str:
    services.propose_decision(actor=mediator, deal_id=deal.pk, at=at, **fields)
    return _t("Proposed. Another person has to confirm before anything is paid.")


def _confirm(person: User, deal: Deal, fields: Fields, at: datetime) -> str:
    factor = require_fresh_totp(person, fields["token"], at)
    services.confirm_decision(actor=person, deal_id=deal.pk, factor=factor, at=at)
    return _t("Confirmed. The payout is prepared, and the signer is asked for our signature.")


def _return(person: User, deal: Deal, fields: Fields, at: datetime) -> str:
    factor = require_fresh_totp(person, fields["token"], at)
    services.return_decision(actor=person, deal_id=deal.pk, factor=factor, at=at)
    return _t("Returned: the dispute is open again.")


def _is_disputed(deal: Deal) -> bool:
    return deal.state == State.DISPUTE_OPEN


def _is_proposed(deal: Deal) -> bool:
    return deal.state == State.DECISION_PROPOSED


def _another_mediator(person: User, deal: Deal) -> str:
    is_other = deal.mediator_id != person.pk
    return stopped(deal) or (_t("The parties agreed on another mediator.") if is_other else "")


def decided_it(person: User, decision: Decision) -> str:
    """Why the officer who proposed may not confirm; empty for all others."""
    is_own = decision.officer_id == person.pk
    return _t("You proposed this yourself; another person has to confirm.") if is_own else ""


def _proposed_it(person: User, deal: Deal) -> str:
    decision = deal.decisions.filter(state=Decision.State.PROPOSED).first()
    return stopped(deal) or (decided_it(person, decision) if decision else "")


DECISION_DEEDS = (
    Deed(
        name="propose_decision",
        action="escrow.decision.propose",
        label=_("Propose a decision"),
        right=Right.DECIDE_DEAL,
        form=DecisionForm,
        perform=_propose,
        applies=_is_disputed,
        blocked=_another_mediator,
        explanation=_(
            "Paid to the addresses of the signed terms only. Nothing follows until it is confirmed."
        ),
    ),
    Deed(
        name="confirm_decision",
        action="escrow.decision.confirm",
        label=_("Confirm the decision"),
        right=Right.CONFIRM_DECISION,
        form=CodeForm,
        perform=_confirm,
        applies=_is_proposed,
        blocked=_proposed_it,
        explanation=_("Read split, grounds and evidence first. Both parties are screened again."),
    ),
    Deed(
        name="return_decision",
        action="escrow.decision.return",
        label=_("Return the decision"),
        right=Right.CONFIRM_DECISION,
        form=CodeForm,
        perform=_return,
        applies=_is_proposed,
        blocked=_proposed_it,
        is_grave=True,
    ),
)
