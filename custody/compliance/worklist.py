"""What compliance officers have to do: decide hits, confirm decisions, watch holds."""

from collections.abc import Iterator
from datetime import datetime

from django.urls import reverse
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from custody.accounts.models import User
from custody.accounts.roles import Right
from custody.compliance.models import Disposition, Hit, Hold
from custody.compliance.selectors import standing_decision, waiting_hits, waiting_holds
from custody.web.worklist import LIMIT, Row, Source, register


def _hits(user: User, _at: datetime) -> Iterator[Row]:
    for hit in waiting_hits().prefetch_related("dispositions")[:LIMIT]:
        yield _hit_row(user, hit, standing_decision(hit))


def _hit_row(user: User, hit: Hit, decision: Disposition | None) -> Row:
    name = {"name": hit.listed}
    address = reverse("admin:compliance_hit_change", args=[hit.pk])
    blocked = "" if user.has_right(Right.DECIDE_HIT) else _t("Your roles do not decide hits.")
    if decision is None:
        what, who, since = _t("Decide hit: %(name)s") % name, _t("Compliance officer"), hit.found_at
    else:
        what, since = _t("Confirm decision on hit: %(name)s") % name, decision.decided_at
        who = _t("Another compliance officer, with a fresh code")
        if decision.officer_id == user.pk:
            blocked = _t("You decided this yourself; another officer has to confirm.")
    return Row(what=what, about=hit.subject, since=since, url=address, who=who, blocked=blocked)


def _holds(_user: User, _at: datetime) -> Iterator[Row]:
    for hold in waiting_holds().select_related("hit").order_by("placed_at", "pk")[:LIMIT]:
        yield _hold_row(hold)


def _hold_row(hold: Hold) -> Row:
    return Row(
        what=_t("Stands still because of: %(name)s") % {"name": hold.hit.listed},
        about=hold.subject,
        since=hold.placed_at,
        url=reverse("admin:compliance_hit_change", args=[hold.hit_id]),
        who=_t("Ends with a confirmed false positive only"),
        blocked=_t("Follows from the hit."),
    )


register(Source(page="compliance.Hit", title=_("Hits"), right=Right.VIEW_SCREENING, rows=_hits))
register(Source(page="compliance.Hold", title=_("Holds"), right=Right.VIEW_SCREENING, rows=_holds))
