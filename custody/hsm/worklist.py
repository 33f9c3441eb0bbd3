"""What waits around the signer: requests it has not answered, and gaps in what it reported."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from django.urls import reverse
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from custody.accounts.models import User
from custody.accounts.roles import Right
from custody.hsm import due
from custody.hsm.checkpoints import OWN_STREAM
from custody.hsm.models import SigningRequest
from custody.hsm.selectors import (
    Gap,
    journal_gaps,
    last_checkpoint,
    requests_with_rule,
    unanswered_requests,
)
from custody.web.worklist import LIMIT, Row, Source, register

# The signer answers within seconds; after this time somebody should look.
PATIENCE = timedelta(seconds=60)
CLOSED = "token_closed"


def _unanswered(_user: User, at: datetime) -> Iterator[Row]:
    late = list(unanswered_requests().filter(created_at__lt=at - PATIENCE)[:LIMIT])
    closed = requests_with_rule(CLOSED, among=late)
    for request in late:
        yield _row(request, is_closed=request.pk in closed)


def _row(request: SigningRequest, *, is_closed: bool) -> Row:
    what, who = _duty(request, is_closed=is_closed)
    return Row(
        what=what % {"kind": request.get_kind_display()},
        about=request.pk,
        since=request.created_at,
        url=reverse("admin:hsm_signingrequest_change", args=[request.pk]),
        who=who,
    )


def _duty(request: SigningRequest, *, is_closed: bool) -> tuple[str, str]:
    """What an unanswered request waits for, and whom."""
    if request.offline_id is not None:
        return _t("Carry to the offline signer: %(kind)s"), _t("Key custodian: carry request and answer")
    if is_closed:
        return (
            _t("Waits for a session with a closed token: %(kind)s"),
            _t("Two custodians at the signer's console"),
        )
    return _t("No answer of the signer: %(kind)s"), _t("Key custodian: look after signer and token")


def _gaps(_user: User, at: datetime) -> Iterator[Row]:
    # The journal is sealed up to its first gap, so what is sealed has none.
    sealed = last_checkpoint(OWN_STREAM)
    for gap in journal_gaps(after=sealed.position if sealed else -1)[:LIMIT]:
        if gap.behind.at < at - PATIENCE:
            yield _gap_row(gap)


def _gap_row(gap: Gap) -> Row:
    positions = f"{gap.first}–{gap.last}" if gap.first < gap.last else str(gap.first)
    return Row(
        what=_t("The signer's journal has a gap and is not sealed from there on"),
        about=positions,
        since=gap.behind.at,
        url=reverse("admin:hsm_journalentry_change", args=[gap.behind.pk]),
        who=_t("Key custodian: find out who removed results of the signer"),
    )


register(
    Source(
        page="hsm.JournalEntry",
        title=_("Gaps in the signer's journal"),
        right=Right.VIEW_KEYS,
        rows=_gaps,
    )
)
register(
    Source(
        page="hsm.SigningRequest",
        title=_("Signing requests without an answer"),
        right=Right.VIEW_KEYS,
        rows=_unanswered,
    )
)
for page, title, rows in (
    ("hsm.SigningStop", _("Kill switch"), due.stops),
    ("hsm.SigningStop", _("Killed signer and keys"), due.kills),
    ("hsm.TrustDraft", _("Trust documents"), due.documents),
    ("hsm.TrustDraft", _("People on duty"), due.duty),
    ("hsm.SigningKey", _("Validity of keys and modules"), due.validity),
    ("hsm.HsmModule", _("HSM register"), due.register),
):
    register(Source(page=page, title=title, right=Right.VIEW_KEYS, rows=rows))
