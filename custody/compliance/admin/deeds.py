"""Buttons of a hit's page: one officer decides, another confirms or returns."""

from datetime import datetime

from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from custody.accounts.forms import CodeForm
from custody.accounts.models import User
from custody.accounts.otp import require_fresh_totp
from custody.accounts.roles import Right
from custody.compliance.admin.forms import DecideForm
from custody.compliance.models import Disposition, Hit
from custody.compliance.selectors import standing_decision
from custody.compliance.services import confirm_hit, decide_hit, return_hit
from custody.web.admin import Deed, Fields


def _decide(officer: User, hit: Hit, fields: Fields, at: datetime) -> str:
    decide_hit(actor=officer, hit_id=hit.pk, outcome=fields["outcome"], reason=fields["reason"], at=at)
    return _t("Decided. A second officer has to confirm before anything follows from it.")


def _confirm(officer: User, hit: Hit, fields: Fields, at: datetime) -> str:
    factor = require_fresh_totp(officer, fields["token"], at)
    decision = confirm_hit(actor=officer, hit_id=hit.pk, factor=factor, at=at)
    if decision.outcome == Disposition.Outcome.FALSE_POSITIVE:
        return _t("Confirmed as false positive; the holds of this hit have ended.")
    return _t("Confirmed as match; the holds stay.")


def _return(officer: User, hit: Hit, fields: Fields, at: datetime) -> str:
    factor = require_fresh_totp(officer, fields["token"], at)
    return_hit(actor=officer, hit_id=hit.pk, factor=factor, at=at)
    return _t("Returned: the hit waits for a decision again, its holds stand.")


def _is_undecided(hit: Hit) -> bool:
    return standing_decision(hit) is None


def _is_proposed(hit: Hit) -> bool:
    decision = standing_decision(hit)
    return decision is not None and decision.state == Disposition.State.PROPOSED


def decided_it(officer: User, hit: Hit) -> str:
    """Why the officer who decided may not confirm; empty for all others."""
    decision = standing_decision(hit)
    is_own = decision is not None and decision.officer_id == officer.pk
    return _t("You decided this yourself; another officer has to confirm.") if is_own else ""


HIT_DEEDS = (
    Deed(
        name="decide",
        action="compliance.hit.decide",
        label=_("Decide"),
        right=Right.DECIDE_HIT,
        form=DecideForm,
        perform=_decide,
        applies=_is_undecided,
        explanation=_("Nothing follows until a second officer confirms."),
    ),
    Deed(
        name="confirm",
        action="compliance.hit.confirm",
        label=_("Confirm the decision"),
        right=Right.DECIDE_HIT,
        form=CodeForm,
        perform=_confirm,
        applies=_is_proposed,
        blocked=decided_it,
    ),
    Deed(
        name="return",
        action="compliance.hit.return",
        label=_("Return the decision"),
        right=Right.DECIDE_HIT,
        form=CodeForm,
        perform=_return,
        applies=_is_proposed,
        blocked=decided_it,
        is_grave=True,
    ),
)
