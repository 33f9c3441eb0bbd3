"""What waits for our people about deals: terms, addresses, disputes, decisions, holds, coins."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from django.urls import reverse
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from custody.accounts.models import User
from custody.accounts.roles import Right
from custody.escrow import due
from custody.escrow.admin.decisions import decided_it
from custody.escrow.models import Deal, Decision
from custody.web.worklist import LIMIT, Row, Source, register

PAGE = "escrow.Deal"
# A buyer has this long to pay before somebody is asked to look.
PATIENCE = timedelta(days=14)


def _decisions(user: User, _at: datetime) -> Iterator[Row]:
    for decision in due.waiting_decisions()[:LIMIT]:
        yield _decision_row(user, decision)


def _decision_row(user: User, decision: Decision) -> Row:
    may = user.has_right(Right.CONFIRM_DECISION)
    return Row(
        what=_t("Confirm decision: %(title)s") % {"title": decision.deal.title},
        about=decision.deal_id,
        since=decision.proposed_at,
        url=_address(decision.deal),
        who=_t("Another person than the mediator, with a fresh code"),
        blocked=decided_it(user, decision) if may else _t("Your roles do not confirm decisions."),
    )


def _disputes(user: User, _at: datetime) -> Iterator[Row]:
    for deal in due.disputed_deals().select_related("mediator")[:LIMIT]:
        blocked = "" if deal.mediator_id == user.pk else _t("The parties agreed on another mediator.")
        yield _row(deal, _t("Decide dispute: %(title)s"), who=deal.mediator.get_full_name(), blocked=blocked)


def _terms(user: User, _at: datetime) -> Iterator[Row]:
    who = _t("Compliance officer or mediator")
    blocked = "" if user.has_right(Right.OPEN_DEAL) else _t("Your roles do not propose terms.")
    for deal in due.deals_to_propose()[:LIMIT]:
        yield _row(deal, _t("Propose terms: %(title)s"), who=who, blocked=blocked)


def _addresses(user: User, _at: datetime) -> Iterator[Row]:
    blocked = "" if user.has_right(Right.DECIDE_DEAL) else _t("Your roles do not confirm addresses.")
    for deal in due.deals_to_compare()[:LIMIT]:
        yield _row(deal, _t("Compare address: %(title)s"), who=_t("Mediator"), blocked=blocked)


def _held(_user: User, _at: datetime) -> Iterator[Row]:
    who, blocked = _t("Compliance officers decide the hit"), _t("Follows from the hit.")
    for deal in due.held_deals()[:LIMIT]:
        yield _row(deal, _t("Stands still: %(title)s"), who=who, blocked=blocked)


def _funding(_user: User, _at: datetime) -> Iterator[Row]:
    what = _t("Coins seen, not final: %(title)s")
    who, blocked = _t("The chain, by further blocks"), _t("Goes on by itself.")
    for deal in due.deals_being_funded()[:LIMIT]:
        yield _row(deal, what, who=who, blocked=blocked)


def _funded_in_part(user: User, _at: datetime) -> Iterator[Row]:
    what = _t("Not enough coins: %(title)s")
    who = _t("Compliance officer: the buyer pays the rest, or both parties move the coins back together")
    for deal in due.deals_funded_in_part()[:LIMIT]:
        yield _row(deal, what, who=who, blocked=_no_officer(user))


def _unfunded(user: User, at: datetime) -> Iterator[Row]:
    who = _t("Compliance officer: close it, unless the buyer still pays")
    for deal in due.unfunded_deals(since=at - PATIENCE)[:LIMIT]:
        yield _row(deal, _t("No coins for two weeks: %(title)s"), who=who, blocked=_no_officer(user))


def _paid_too_late(user: User, _at: datetime) -> Iterator[Row]:
    what = _t("Coins at the address of a closed deal: %(title)s")
    who = _t("Compliance officer: both parties move the coins back together")
    for deal in due.deals_paid_too_late()[:LIMIT]:
        yield _row(deal, what, who=who, blocked=_no_officer(user))


def _no_officer(user: User) -> str:
    return "" if user.has_right(Right.OPEN_DEAL) else _t("Your roles do not open or close deals.")


def _row(deal: Deal, what: str, *, who: str, blocked: str) -> Row:
    return Row(
        what=what % {"title": deal.title},
        about=deal.pk,
        since=deal.state_changed_at,
        url=_address(deal),
        who=who,
        blocked=blocked,
    )


def _address(deal: Deal) -> str:
    return reverse("admin:escrow_deal_change", args=[deal.pk])


for title, rows in (
    (_("Decisions to confirm"), _decisions),
    (_("Disputes"), _disputes),
    (_("Terms to propose"), _terms),
    (_("Addresses to compare"), _addresses),
    (_("Deals that stand still"), _held),
    (_("Deals being funded"), _funding),
    (_("Deals not funded as agreed"), _funded_in_part),
    (_("Deals without coins"), _unfunded),
    (_("Deals paid too late"), _paid_too_late),
):
    register(Source(page=PAGE, title=title, right=Right.VIEW_DEAL, rows=rows))
