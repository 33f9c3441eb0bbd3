"""What waits around the signer: requests it has not answered, and those it refused lately."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from django.urls import reverse
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from custody.accounts.models import User
from custody.accounts.roles import Right
from custody.hsm.models import SigningRequest
from custody.hsm.selectors import unanswered_requests
from custody.web.worklist import LIMIT, Row, Source, register

# The signer answers within seconds; after this time somebody should look.
PATIENCE = timedelta(seconds=60)


def _unanswered(_user: User, at: datetime) -> Iterator[Row]:
    for request in unanswered_requests().filter(created_at__lt=at - PATIENCE)[:LIMIT]:
        yield _row(request)


def _row(request: SigningRequest) -> Row:
    return Row(
        what=_t("No answer of the signer: %(kind)s") % {"kind": request.get_kind_display()},
        about=request.pk,
        since=request.created_at,
        url=reverse("admin:hsm_signingrequest_change", args=[request.pk]),
        who=_t("Key custodian: look after signer and token"),
    )


register(
    Source(
        page="hsm.SigningRequest",
        title=_("Signing requests without an answer"),
        right=Right.VIEW_KEYS,
        rows=_unanswered,
    )
)
