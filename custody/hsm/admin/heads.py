"""Signed heads: what the signer has signed of the audit record and of its own journal, to keep elsewhere.

Whoever keeps a copy can hold it against the signer later: one it does not know proves that its store was
rewound.
"""

from datetime import datetime
from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from custody.accounts.models import User
from custody.accounts.roles import Right
from custody.common import canonical
from custody.common.errors import UnavailableError
from custody.hsm import selectors
from custody.hsm.models import Checkpoint
from custody.hsm.presenting import MAX_BYTES, present_head
from custody.web import links, show
from custody.web.admin import Deed, Fact, Fields, Next, RecordAdmin, Section, column, titled
from custody.web.downloads import download
from custody.web.forms import SmallFileField
from custody.web.streams import STREAMS, stream_words


class HeadForm(forms.Form):
    """A line of the file of checkpoints, or a copy of it."""

    head = SmallFileField(
        limit=MAX_BYTES,
        label=_("Signed head"),
        help_text=_("A file from this page, or a copy of checkpoints.jsonl, whose last line counts."),
    )


def _present(user: User, _record: object, fields: Fields, at: datetime) -> Next:
    row = present_head(actor=user, data=fields["head"].read(), at=at)
    address = reverse("admin:hsm_signingrequest_change", args=[row.pk])
    return Next(_t("Presented. The signer says within seconds whether it knows this head."), address)


def _take(_user: User, row: Checkpoint, _fields: Fields, _at: datetime) -> HttpResponse:
    head = selectors.signed_checkpoint(row)
    if head is None:
        raise UnavailableError("the signer's answer is not here", code="no_result")
    name = f"head-{row.stream}-{row.position}.json"
    return download(canonical.encode(head.to_json()) + b"\n", name, media_type="application/json")


PRESENT = Deed[Checkpoint](
    name="",  # the form stands alone on its page
    action="hsm.head.present",
    label=_("Present a head"),
    right=Right.VIEW_KEYS,
    form=HeadForm,
    perform=_present,
    explanation=_(
        "The signer compares it with its store. One that it has signed and does not know stops all"
        " signatures until officers let it go on at the console."
    ),
    is_grave=True,
)
TAKE = Deed[Checkpoint](
    name="take",
    action="hsm.head.take",
    label=_("Download"),
    right=Right.VIEW_KEYS,
    form=forms.Form,
    perform=_take,
    explanation=_("To be kept outside, by officers and auditors."),
)


class StreamFilter(admin.SimpleListFilter):
    """By what the head is of."""

    title = _("stream")
    parameter_name = "stream"

    def lookups(self, request: HttpRequest, model_admin: object) -> list[tuple[str, Any]]:
        return list(STREAMS.items())

    def queryset(self, request: HttpRequest, queryset: QuerySet[Checkpoint]) -> QuerySet[Checkpoint]:
        return queryset.filter(stream=self.value()) if self.value() else queryset


@admin.register(Checkpoint)
class CheckpointAdmin(RecordAdmin[Checkpoint]):
    view_right = Right.VIEW_KEYS
    work, place, icon = "keys", 5, "flag"
    begin, deeds = PRESENT, (TAKE,)
    list_display = ("of", "number", "when", "short_link")
    list_filter = (StreamFilter, ("at", titled(_("time"))))
    number = column("position", _("position"))
    search_fields = ("=link", "=request__id")
    ordering = ("-at", "-id")

    @admin.display(description=_("stream"), ordering="stream")
    def of(self, row: Checkpoint) -> str:
        return str(stream_words(row.stream))

    @admin.display(description=_("time"), ordering="at")
    def when(self, row: Checkpoint) -> SafeString:
        return show.moment(row.at)

    @admin.display(description=_("link"))
    def short_link(self, row: Checkpoint) -> SafeString:
        return show.shortened(row.link)

    def subjects(self, record: Checkpoint) -> list[str]:
        return [record.request_id]

    def sections(self, request: HttpRequest, record: Checkpoint) -> list[Section]:
        facts = [
            Fact(_("Stream"), stream_words(record.stream)),
            Fact(_("Position"), record.position),
            Fact(_("Link"), show.grouped(record.link, copy=True)),
            Fact(_("Signed"), show.moment(record.at)),
            Fact(_("Signature"), show.grouped(record.signature)),
            Fact(_("Request to the signer"), links.to_record(record.request_id)),
        ]
        return [Section(_("Signed head"), facts=facts)]
