"""Read-only pages for keys, requests with their answers, and the mirrored journal."""

import json

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from custody.common import canonical
from custody.hsm.models import JournalEntry, Outcome, SigningKey, SigningRequest
from custody.web.admin import ReadOnlyAdmin


@admin.register(SigningKey)
class SigningKeyAdmin(ReadOnlyAdmin):
    list_display = ("id", "purpose", "curve", "state", "public_key")
    list_filter = ("purpose", "state")
    fields = ("id", "purpose", "curve", "state", "public_key")


@admin.register(SigningRequest)
class SigningRequestAdmin(ReadOnlyAdmin):
    list_display = ("id", "kind", "subject", "outcome", "created_at")
    list_filter = ("kind", "created_at")
    search_fields = ("id", "subject")
    fields = ("id", "kind", "key", "subject", "outcome", "refused_by", "created_at", "document")

    @admin.display(description=_("outcome"))
    def outcome(self, row: SigningRequest) -> str:
        """The final outcome, or that the signer has not answered."""
        last = row.results.order_by("id").last()
        return str(Outcome(last.outcome).label) if last else str(_("waiting"))

    @admin.display(description=_("refused by rule"))
    def refused_by(self, row: SigningRequest) -> str:
        last = row.results.order_by("id").last()
        answer = canonical.decode(bytes(last.body), limit=canonical.MAX_REQUEST) if last else {}
        return " ".join(str(answer[name]) for name in ("rule", "culprit") if name in answer)

    @admin.display(description=_("document"))
    def document(self, row: SigningRequest) -> str:
        return _readable(bytes(row.body))


@admin.register(JournalEntry)
class JournalEntryAdmin(ReadOnlyAdmin):
    list_display = ("seq", "kind", "at", "request", "hash")
    list_filter = ("kind", "at")
    search_fields = ("request", "hash")
    fields = ("seq", "kind", "at", "request", "hash", "previous", "document")

    @admin.display(description=_("document"))
    def document(self, row: JournalEntry) -> str:
        return _readable(bytes(row.body))


def _readable(data: bytes) -> str:
    return json.dumps(canonical.decode(data, limit=canonical.MAX_REQUEST), indent=2, ensure_ascii=False)
