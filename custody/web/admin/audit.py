"""Pages of the audit record: entries in their order, with position, link and hashes."""

import json
from collections.abc import Iterator
from typing import Any

from django.contrib import admin
from django.contrib.admin.views.main import ChangeList
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from custody.audit.models import AuditEntry
from custody.common import canonical
from custody.web import links, show
from custody.web.admin.columns import titled
from custody.web.admin.facts import Fact, Section
from custody.web.admin.record import RecordAdmin
from custody.web.admin.timeline import names_of
from custody.web.streams import stream_words
from custody.web.verbs import words

ALL, MAIN = "all", "main"


class StreamFilter(admin.SimpleListFilter):
    """By stream: what people did, unless another is asked for; a search looks through all."""

    title = _("stream")
    parameter_name = "stream"

    def lookups(self, request: HttpRequest, model_admin: object) -> list[tuple[str, str]]:
        self._usual = ALL if request.GET.get("q") else MAIN
        streams = AuditEntry.objects.order_by("stream").values_list("stream", flat=True).distinct()
        return [(ALL, str(_("All"))), *((stream, str(stream_words(stream))) for stream in streams)]

    def value(self) -> str:
        return super().value() or self._usual

    def choices(self, changelist: ChangeList) -> Iterator[Any]:
        _everything, *choices = super().choices(changelist)  # "all" is one of the values here
        yield from choices

    def queryset(self, request: HttpRequest, queryset: QuerySet[AuditEntry]) -> QuerySet[AuditEntry]:
        return queryset if self.value() == ALL else queryset.filter(stream=self.value())


@admin.register(AuditEntry)
class AuditEntryAdmin(RecordAdmin[AuditEntry]):
    view_right = "view_audit"
    work = "audit"
    icon = "history"
    list_display = ("when", "deed", "subject_code", "by", "position", "short_hash")
    list_filter = (StreamFilter, ("created_at", titled(_("time"))))
    search_fields = ("=subject", "=hash", "^verb")
    search_help_text = _("Id of a record, a verb, or a hash")
    ordering = ("-created_at", "-link__position")

    def get_queryset(self, request: HttpRequest) -> QuerySet[AuditEntry]:
        entries: QuerySet[AuditEntry] = super().get_queryset(request)
        return entries.select_related("link", "actor")

    @admin.display(description=_("time"), ordering="created_at")
    def when(self, entry: AuditEntry) -> SafeString:
        return show.moment(entry.created_at)

    @admin.display(description=_("what happened"))
    def deed(self, entry: AuditEntry) -> SafeString:
        if entry.verb.endswith((".refused", ".failed")):
            return show.status(words(entry.verb), show.BAD)
        return format_html("{}", words(entry.verb))

    @admin.display(description=_("about"))
    def subject_code(self, entry: AuditEntry) -> SafeString:
        return links.to_record(entry.subject)

    @admin.display(description=_("by"))
    def by(self, entry: AuditEntry) -> str:
        return entry.actor.get_full_name() if entry.actor else entry.actor_text

    @admin.display(description=_("position"))
    def position(self, entry: AuditEntry) -> str:
        link = getattr(entry, "link", None)
        return f"{stream_words(link.stream)} {link.position}" if link else str(_("not linked yet"))

    @admin.display(description=_("hash"))
    def short_hash(self, entry: AuditEntry) -> SafeString:
        return show.shortened(entry.hash)

    def heading(self, record: AuditEntry) -> str:
        return words(record.verb)

    def state(self, record: AuditEntry) -> SafeString:
        if getattr(record, "link", None):
            return show.status(_("linked"), show.GOOD)
        return show.status(_("not linked yet"), show.WAITING)

    def subjects(self, record: AuditEntry) -> list[str]:
        return [record.subject] if record.subject else []

    def sections(self, request: HttpRequest, record: AuditEntry) -> list[Section]:
        names = names_of([record.actor_text])
        link = getattr(record, "link", None)
        facts = [
            Fact(_("Time"), show.moment(record.created_at)),
            Fact(_("Verb"), show.code(record.verb)),
            Fact(_("About"), links.to_record(record.subject)),
            Fact(_("By"), show.lines([names.get(record.actor_text, ""), show.code(record.actor_text)])),
        ]
        place = [
            Fact(_("Stream"), stream_words(record.stream)),
            Fact(_("Position"), link.position if link else _("not linked yet")),
            Fact(_("Hash of the entry"), show.grouped(record.hash, copy=True)),
            Fact(_("Previous link"), show.grouped(link.previous) if link else show.NOTHING),
            Fact(_("Link"), show.grouped(link.link, copy=True) if link else show.NOTHING),
        ]
        return [
            Section(_("Entry"), facts=facts),
            Section(_("Place in the chain"), facts=place),
            Section(_("Content"), content=show.document(_body(record))),
        ]


def _body(entry: AuditEntry) -> str:
    body: Any = canonical.decode(bytes(entry.body))
    return json.dumps(body, indent=2, ensure_ascii=False)
