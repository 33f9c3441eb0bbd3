"""What the signer was asked and what it answered: outcome, and for a refusal rule and culprit."""

import json

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from custody.accounts.roles import Right
from custody.common import canonical
from custody.common.errors import InvalidInputError
from custody.hsm.models import SigningRequest, SigningResult
from custody.hsm.words import OUTCOME_TONES
from custody.statements.request import Request, SpendPayload
from custody.statements.result import Result
from custody.web import links, show
from custody.web.admin import Fact, RecordAdmin, Section, column, titled
from custody.web.spends import spend_sections


@admin.register(SigningRequest)
class SigningRequestAdmin(RecordAdmin[SigningRequest]):
    view_right = Right.VIEW_KEYS
    work, place, icon, prefix = "keys", 2, "draw", "req"
    list_display = ("asked", "what", "about", "outcome", "refused_by")
    list_filter = (
        ("kind", titled(_("kind"))),
        ("results__outcome", titled(_("outcome"))),
        ("created_at", titled(_("asked"))),
    )
    what = column("kind", _("kind"))
    search_fields = ("=id", "=subject", "=key")
    ordering = ("-created_at", "-id")

    def get_queryset(self, request: HttpRequest) -> QuerySet[SigningRequest]:
        requests: QuerySet[SigningRequest] = super().get_queryset(request)
        return requests.prefetch_related("results")

    @admin.display(description=_("asked"), ordering="created_at")
    def asked(self, row: SigningRequest) -> SafeString:
        return show.moment(row.created_at)

    @admin.display(description=_("for"))
    def about(self, row: SigningRequest) -> SafeString:
        return links.to_record(row.subject)

    @admin.display(description=_("outcome"))
    def outcome(self, row: SigningRequest) -> SafeString:
        result = last_result(row)
        if result is None:
            return show.status(_("no answer yet"), show.WAITING)
        return show.status(result.get_outcome_display(), OUTCOME_TONES[result.outcome])

    @admin.display(description=_("refused by rule"))
    def refused_by(self, row: SigningRequest) -> SafeString:
        result = last_result(row)
        return show.code(Result.from_bytes(bytes(result.body)).rule or "") if result else show.NOTHING

    def heading(self, record: SigningRequest) -> str:
        return str(record.get_kind_display())

    def state(self, record: SigningRequest) -> SafeString:
        return self.outcome(record)

    def sections(self, request: HttpRequest, record: SigningRequest) -> list[Section]:
        facts = [
            Fact(_("Id"), show.code(record.pk)),
            Fact(_("For"), links.to_record(record.subject)),
            Fact(_("Key"), links.to_record(record.key)),
            Fact(_("Asked"), show.moment(record.created_at)),
        ]
        answers = [_answer(row) for row in sorted(record.results.all(), key=lambda row: row.pk)]
        return [
            Section(_("Request"), facts=facts),
            *answers,
            *_spend(record),
            Section(_("What the signer read"), content=show.document(readable(bytes(record.body)))),
        ]


def last_result(row: SigningRequest) -> SigningResult | None:
    """The final result where there is one, else the report of a failure."""
    results = sorted(row.results.all(), key=lambda result: (result.outcome != "FAILED", result.pk))
    return results[-1] if results else None


def readable(data: bytes) -> str:
    """A canonical document, indented."""
    value = canonical.decode(data, limit=canonical.MAX_REQUEST)
    return json.dumps(value, indent=2, ensure_ascii=False)


def _answer(row: SigningResult) -> Section:
    result = Result.from_bytes(bytes(row.body))
    facts = [
        Fact(_("Outcome"), show.status(row.get_outcome_display(), OUTCOME_TONES[row.outcome])),
        Fact(_("Rule"), show.code(result.rule or "")),
        Fact(_("Culprit in the request"), show.code(result.culprit or "")),
        Fact(_("Answered"), show.moment(row.created_at)),
        Fact(_("Signatures"), len(result.signatures)),
        Fact(_("Hash of the request"), show.grouped(result.request_hash)),
    ]
    return Section(_("Answer of the signer"), facts=facts)


def _spend(row: SigningRequest) -> list[Section]:
    """The payment that was to be signed, decoded; nothing for other kinds."""
    try:
        request = Request.from_bytes(bytes(row.body))
    except InvalidInputError:
        return []
    if not isinstance(request.payload, SpendPayload) or request.intent is None:
        return []
    chain = request.intent.asset.partition("/")[0]
    names = {payee.to: str(_("payee of the intent")) for payee in request.intent.payees}
    return spend_sections(request.payload.psbt, chain=chain, names=names)
