"""What is due in the audit record: entries that the linker should have given a place by now."""

from collections.abc import Iterator
from datetime import datetime

from django.contrib.auth.base_user import AbstractBaseUser
from django.urls import reverse
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from custody.audit.selectors import late_entries
from custody.web.verbs import words
from custody.web.worklist import LIMIT, Row, Source


def _late(_user: AbstractBaseUser, at: datetime) -> Iterator[Row]:
    for entry in late_entries(at=at).order_by("pk")[:LIMIT]:
        yield Row(
            what=_t("Not linked for more than a minute: %(what)s") % {"what": words(entry.verb)},
            about=entry.subject,
            since=entry.created_at,
            url=reverse("admin:audit_auditentry_change", args=[entry.pk]),
            who=_t("Operations: look after worker and beat"),
        )


LATE_ENTRIES = Source(
    page="audit.AuditEntry", title=_("Audit entries without a place"), right="view_audit", rows=_late
)
