"""The signer's journal as its results report it."""

from django.contrib import admin
from django.http import HttpRequest
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from custody.accounts.roles import Right
from custody.hsm.admin.request_filters import CheckpointEntryFilter
from custody.hsm.admin.requests import readable
from custody.hsm.models import JournalEntry
from custody.hsm.words import JOURNAL_KINDS
from custody.web import links, show
from custody.web.admin import Fact, RecordAdmin, Section, column, titled


@admin.register(JournalEntry)
class JournalEntryAdmin(RecordAdmin[JournalEntry]):
    view_right = Right.VIEW_KEYS
    work, place, icon = "keys", 3, "menu_book"
    list_display = ("number", "what", "when", "asked_by", "short_hash")
    list_filter = (CheckpointEntryFilter, ("kind", titled(_("kind"))), ("at", titled(_("time"))))
    number = column("seq", _("number"))
    search_fields = ("=request", "=hash")
    ordering = ("-seq",)

    @admin.display(description=_("kind"), ordering="kind")
    def what(self, row: JournalEntry) -> SafeString:
        return show.named(JOURNAL_KINDS, row.kind)

    @admin.display(description=_("time"), ordering="at")
    def when(self, row: JournalEntry) -> SafeString:
        return show.moment(row.at)

    @admin.display(description=_("request"))
    def asked_by(self, row: JournalEntry) -> SafeString:
        return links.to_record(row.request)

    @admin.display(description=_("hash"))
    def short_hash(self, row: JournalEntry) -> SafeString:
        return show.shortened(row.hash)

    def subjects(self, record: JournalEntry) -> list[str]:
        return [record.request] if record.request else []

    def sections(self, request: HttpRequest, record: JournalEntry) -> list[Section]:
        facts = [
            Fact(_("Position"), record.seq),
            Fact(_("Kind"), show.named(JOURNAL_KINDS, record.kind)),
            Fact(_("Time"), show.moment(record.at)),
            Fact(_("Request"), links.to_record(record.request)),
            Fact(_("Hash"), show.grouped(record.hash, copy=True)),
            Fact(_("Previous"), show.grouped(record.previous)),
        ]
        content = show.document(readable(bytes(record.body)))
        return [Section(_("Entry"), facts=facts), Section(_("Content"), content=content)]
