"""What the signer was asked and what it answered: outcome, and for a refusal rule and culprit."""

import json
from typing import Any

from django.contrib import admin
from django.contrib.admin.options import IncorrectLookupParameters
from django.db.models import OuterRef, QuerySet, Subquery
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from custody.accounts.roles import Right
from custody.audit import services as audit
from custody.common import canonical
from custody.common.errors import ForbiddenError, InvalidInputError, NotFoundError
from custody.hsm.admin.carry import CARRY_DEEDS, carry_section, pictures_of
from custody.hsm.admin.export import exported, last_result
from custody.hsm.admin.marked import marked
from custody.hsm.admin.request_filters import (
    ChainFilter,
    CheckpointFilter,
    KeyFilter,
    RuleFilter,
    SignerFilter,
)
from custody.hsm.admin.request_sections import (
    answer_section,
    asked_sections,
    culprit_of,
    decoded,
    signatures_section,
)
from custody.hsm.models import SigningRequest, TrustDraft
from custody.hsm.refusal_words import in_words
from custody.hsm.words import OUTCOME_TONES
from custody.statements.result import Result
from custody.web import links, show
from custody.web.admin import Fact, RecordAdmin, Section, column, titled
from custody.web.downloads import download
from custody.web.refusals import actor_of, recording
from custody.web.spends import network_name


@admin.register(SigningRequest)
class SigningRequestAdmin(RecordAdmin[SigningRequest]):
    view_right = Right.VIEW_KEYS
    work, place, icon, prefix = "keys", 2, "draw", "req"
    list_display = ("asked", "what", "about", "outcome", "refused_by", "on_chain")
    list_filter = (
        CheckpointFilter,
        ("kind", titled(_("kind"))),
        ("results__outcome", titled(_("outcome"))),
        KeyFilter,
        ChainFilter,
        RuleFilter,
        SignerFilter,
        ("created_at", titled(_("asked"))),
    )
    what = column("kind", _("kind"))
    search_fields = ("=id", "=subject", "=key")
    search_help_text = _("Id of a request, of what it is for, or of a key")
    ordering = ("-created_at", "-id")
    list_before_template = "admin/hsm/export.html"
    deeds = CARRY_DEEDS

    def get_queryset(self, request: HttpRequest) -> QuerySet[SigningRequest]:
        requests: QuerySet[SigningRequest] = super().get_queryset(request)
        draft = TrustDraft.objects.filter(hash=OuterRef("subject")).values("pk")[:1]
        requests = requests.select_related("offline").prefetch_related("results")
        return requests.annotate(draft_id=Subquery(draft))

    def get_urls(self) -> list[URLPattern]:
        own = [
            path(f"export.{form}", self.admin_site.admin_view(view), name=f"hsm_signingrequest_{form}")
            for form, view in (("csv", self.csv_view), ("json", self.json_view))
        ]
        view = self.admin_site.admin_view(self.bytes_view)
        own.append(path("<path:object_id>/bytes/", view, name="hsm_signingrequest_bytes"))
        view = self.admin_site.admin_view(self.qr_view)
        own.append(path("<path:object_id>/qr/", view, name="hsm_signingrequest_qr"))
        return [*own, *super().get_urls()]

    def csv_view(self, request: HttpRequest) -> HttpResponseBase:
        """The filtered list as CSV."""
        return self._export(request, "csv")

    def json_view(self, request: HttpRequest) -> HttpResponseBase:
        """The filtered list as JSON."""
        return self._export(request, "json")

    def bytes_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Exactly what the signer reads, for check_signing_request."""
        record = self._record(request, object_id)
        return download(bytes(record.body), f"{record.pk}.json", media_type="application/json")

    def qr_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """The same bytes as QR codes, for the reader of a signer without network."""
        record = self._record(request, object_id)
        pictures = pictures_of(record)
        if not pictures:
            raise NotFoundError("not found")
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": _("Request as QR codes"),
            "pictures": pictures,
            "back": reverse("admin:hsm_signingrequest_change", args=[record.pk]),
        }
        return TemplateResponse(request, "admin/hsm/qr.html", context)

    def _export(self, request: HttpRequest, form: str) -> HttpResponseBase:
        actor = actor_of((request,))
        with recording(action="hsm.request.export", actor=actor):
            if not self.has_view_permission(request):
                raise ForbiddenError("your roles do not allow this", code="no_right")
            rows = self._filtered(request)
        audit.record(
            verb="hsm.request.exported",
            actor=actor,
            subject="",
            payload={"form": form, "rows": rows.count(), "filters": _filters(request)},
        )
        return exported(rows, form)

    def _filtered(self, request: HttpRequest) -> QuerySet[SigningRequest]:
        """Exactly the rows of the list under the same address."""
        try:
            rows: QuerySet[SigningRequest] = self.get_changelist_instance(request).queryset
        except IncorrectLookupParameters:
            raise InvalidInputError("no such filter", code="unknown_filter") from None
        return rows

    @admin.display(description=_("asked"), ordering="created_at")
    def asked(self, row: SigningRequest) -> SafeString:
        return show.moment(row.created_at)

    @admin.display(description=_("for"))
    def about(self, row: SigningRequest) -> SafeString:
        return subject_link(row)

    @admin.display(description=_("outcome"))
    def outcome(self, row: SigningRequest) -> SafeString:
        result = last_result(row)
        if result is None and row.offline is not None:
            return show.status(_t("to be carried to %(signer)s") % {"signer": row.offline.name}, show.WAITING)
        if result is None:
            return show.status(_("no answer yet"), show.WAITING)
        return show.status(result.get_outcome_display(), OUTCOME_TONES[result.outcome])

    @admin.display(description=_("refused by rule"))
    def refused_by(self, row: SigningRequest) -> SafeString:
        result = last_result(row)
        rule = (Result.from_bytes(bytes(result.body)).rule or "") if result else ""
        return show.lines([in_words(rule), show.code(rule)]) if rule else show.NOTHING

    @admin.display(description=_("chain"), ordering="chain")
    def on_chain(self, row: SigningRequest) -> str:
        return network_name(row.chain) if row.chain else show.NOTHING

    def heading(self, record: SigningRequest) -> str:
        return str(record.get_kind_display())

    def state(self, record: SigningRequest) -> SafeString:
        return self.outcome(record)

    def sections(self, request: HttpRequest, record: SigningRequest) -> list[Section]:
        body, asked, last = bytes(record.body), decoded(record), last_result(record)
        answers = [answer_section(row, body) for row in sorted(record.results.all(), key=lambda row: row.pk)]
        made = signatures_section(Result.from_bytes(bytes(last.body))) if last else []
        content = marked(canonical.decode(body, limit=canonical.MAX_REQUEST), culprit_of(last))
        return [
            _facts(record),
            *carry_section(record),
            *answers,
            *(asked_sections(asked) if asked else []),
            *made,
            Section(_("What the signer read"), content=content),
        ]


def subject_link(row: SigningRequest) -> SafeString:
    """What a request is for; trust documents are named by their hash."""
    if row.kind == "TRUST":
        draft: str | None = row.draft_id  # type: ignore[attr-defined]  # by get_queryset
        return links.to_record(draft) if draft else show.shortened(row.subject)
    return links.to_record(row.subject)


def readable(data: bytes) -> str:
    """A canonical document, indented."""
    value = canonical.decode(data, limit=canonical.MAX_REQUEST)
    return json.dumps(value, indent=2, ensure_ascii=False)


def _facts(record: SigningRequest) -> Section:
    address = reverse("admin:hsm_signingrequest_bytes", args=[record.pk])
    facts = [
        Fact(_("Id"), show.copied(record.pk)),
        Fact(_("For"), subject_link(record)),
        Fact(_("Key"), links.to_record(record.key) if record.key else show.NOTHING),
        Fact(_("Asked"), show.moment(record.created_at)),
        Fact(_("Bytes"), show.link(address, _("Download exactly what the signer reads"))),
    ]
    return Section(_("Request"), facts=facts)


def _filters(request: HttpRequest) -> dict[str, Any]:
    """What narrowed the list; what was typed to search may be anything, so only that it was there."""
    return {name: value for name, value in sorted(request.GET.items()) if name != "q"} | (
        {"searched": True} if request.GET.get("q") else {}
    )
