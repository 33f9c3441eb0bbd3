"""Trust documents: what is to change in what the signer believes, who has signed, what it answered."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from custody.accounts.roles import Right
from custody.common import clock
from custody.hsm.admin.decoded import decoded_section
from custody.hsm.admin.draft_deeds import DRAFT_DEEDS, draft_deed
from custody.hsm.admin.people import names_of_people, person_cell
from custody.hsm.admin.trust_types.registry import KINDS
from custody.hsm.models import TrustDraft
from custody.hsm.refusal_words import in_words
from custody.hsm.trust import approvals, drafting
from custody.hsm.trust.missing import still_missing
from custody.hsm.trust_states import OPEN, State
from custody.hsm.words import DRAFT_STATES, draft_state, type_word
from custody.statements.trust import TrustDocument
from custody.web import links, show
from custody.web.admin import Deed, Fact, RecordAdmin, Section, titled

BEGIN = {name: draft_deed(kind) for name, kind in KINDS.items()}


class StateFilter(admin.SimpleListFilter):
    """By state, in words."""

    title = _("state")
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: object) -> list[tuple[str, str]]:
        return [(state, str(word)) for state, (word, _tone) in DRAFT_STATES.items()]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:  # noqa: ANN401 - Django's signature
        return queryset.filter(state=self.value()) if self.value() else queryset


class TypeFilter(admin.SimpleListFilter):
    """By type, in words."""

    title = _("type")
    parameter_name = "type"

    def lookups(self, request: HttpRequest, model_admin: object) -> list[tuple[str, str]]:
        return [(name, str(kind.label)) for name, kind in KINDS.items()]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:  # noqa: ANN401 - Django's signature
        return queryset.filter(type=self.value()) if self.value() else queryset


@admin.register(TrustDraft)
class TrustDraftAdmin(RecordAdmin[TrustDraft]):
    view_right = Right.VIEW_KEYS
    work, place, icon, prefix = "keys", 4, "verified_user", "tru"
    # Any type stands for the right to draft at all.
    begin, deeds = BEGIN["KILL"], DRAFT_DEEDS
    list_display = ("what", "shown_state", "signed_by", "short_hash", "drafted", "until")
    list_filter = (StateFilter, TypeFilter, ("drafted_at", titled(_("drafted"))))
    search_fields = ("=id", "=hash", "=maker", "=request")
    search_help_text = _("Id or hash of a document, a person, or a request")
    ordering = ("-drafted_at", "-id")

    def get_queryset(self, request: HttpRequest) -> Any:  # noqa: ANN401 - Django's signature
        return super().get_queryset(request).prefetch_related("approvals")

    @admin.display(description=_("document"), ordering="type")
    def what(self, draft: TrustDraft) -> str:
        return type_word(draft.type)

    @admin.display(description=_("state"), ordering="state")
    def shown_state(self, draft: TrustDraft) -> SafeString:
        return show.status(*draft_state(draft.state))

    @admin.display(description=_("approvals"))
    def signed_by(self, draft: TrustDraft) -> int:
        return len({row.person for row in draft.approvals.all() if row.verdict == "APPROVE"})

    @admin.display(description=_("hash"))
    def short_hash(self, draft: TrustDraft) -> SafeString:
        return show.shortened(draft.hash)

    @admin.display(description=_("drafted"), ordering="drafted_at")
    def drafted(self, draft: TrustDraft) -> SafeString:
        return show.moment(draft.drafted_at)

    @admin.display(description=_("to be accepted until"), ordering="expires_at")
    def until(self, draft: TrustDraft) -> SafeString:
        return show.moment(draft.expires_at)

    @property
    def begin_label(self) -> str:
        return _t("Draft a document")

    def beginning(self, request: HttpRequest) -> Deed[Any] | None:
        return BEGIN.get(request.GET.get("type", ""), BEGIN["KILL"])

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """First the choice of a type; then its form."""
        if (
            request.method == "POST"
            or request.GET.get("type") in BEGIN
            or not self.has_add_permission(request)
        ):
            return super().add_view(request, form_url, extra_context)
        address = reverse("admin:hsm_trustdraft_add")
        kinds = [(f"{address}?type={name}", kind) for name, kind in KINDS.items()]
        context = {"title": _t("Draft a trust document"), "kinds": kinds, "opts": self.opts}
        context = {**self.admin_site.each_context(request), **context}
        return TemplateResponse(request, "admin/hsm/choose_type.html", context)

    def heading(self, record: TrustDraft) -> str:
        return type_word(record.type)

    def state(self, record: TrustDraft) -> SafeString:
        return self.shown_state(record)

    def subjects(self, record: TrustDraft) -> list[str]:
        return [record.pk, *([record.request] if record.request else [])]

    def sections(self, request: HttpRequest, record: TrustDraft) -> list[Section]:
        document = drafting.document_of(record)
        content = show.document(bytes(record.body).decode())
        return [
            _standing(record, document),
            _document(record, document),
            *_approvals(record),
            decoded_section(document.body.to_json()),
            Section(
                _("Exactly these bytes are signed"),
                facts=[Fact(_("Hash"), show.grouped(record.hash, copy=True))],
                content=content,
            ),
        ]


def _standing(draft: TrustDraft, document: TrustDocument) -> Section:
    facts = [Fact(_("Next step"), next_step(draft)), *_whom_to_ask(draft)]
    if draft.rule:
        facts += [
            Fact(_("The signer refused"), in_words(draft.rule)),
            Fact(_("Rule"), show.code(draft.rule)),
            Fact(_("Culprit in the request"), show.code(draft.culprit)),
        ]
    if draft.activates_at:
        facts.append(Fact(_("Takes effect"), show.moment(draft.activates_at)))
    if draft.request:
        facts.append(Fact(_("Request to the signer"), links.to_record(draft.request)))
    return Section(_("Where it stands"), facts=facts)


def _whom_to_ask(draft: TrustDraft) -> list[Fact]:
    """Who may still sign, by what the signer accepted through us."""
    asked = still_missing(draft, at=clock.now()).asked if draft.state in OPEN else ()
    if not asked:
        return []
    names = names_of_people(asked)
    return [Fact(_("May sign"), show.lines([person_cell(person, names) for person in asked]))]


def next_step(draft: TrustDraft) -> str:
    """One sentence: what has to happen now, and who does it."""
    if draft.state in OPEN and drafting.is_overtaken(draft):
        return _t("Another document of this stream was accepted meanwhile. Draft it anew.")
    if draft.state == State.SUBMITTED and draft.offline:
        return _t("Carry the request to the offline signer %(name)s, and its answer back.") % {
            "name": draft.offline.name
        }
    steps = {
        State.SUBMITTED: _t("The signer has it; its answer comes within seconds."),
        State.WAITING: _t("Accepted. It takes effect after the delay; any officer can veto until then."),
        State.ACCEPTED: _t("Nothing. It counts."),
        State.VETOED: _t("Nothing. It was vetoed and never takes effect."),
        State.EXPIRED: _t("Its time is over. Draft it anew if it is still wanted."),
    }
    if draft.state not in OPEN:
        return steps[State(draft.state)]
    return still_missing(draft, at=clock.now()).sentence


def _document(draft: TrustDraft, document: TrustDocument) -> Section:
    say = KINDS[document.type].say(document.body)
    names = names_of_people([document.maker])
    facts = [
        Fact(_("In words"), say),
        Fact(_("Reason"), document.reason),
        Fact(_("Maker"), person_cell(document.maker, names)),
        *([Fact(_("Offline signer"), draft.offline.name)] if draft.offline else []),
        Fact(_("Stream and number"), f"{document.stream} · {document.epoch}"),
        Fact(_("Document before"), show.grouped(document.previous)),
        Fact(_("To be accepted until"), show.moment(document.expires_at)),
    ]
    return Section(_("Document"), facts=facts)


def _approvals(draft: TrustDraft) -> list[Section]:
    rows = list(draft.approvals.select_related("handed_in_by").order_by("pk"))
    names = names_of_people([row.person for row in rows])
    counting = {item.statement.hash for item in approvals.usable(draft, at=clock.now())}
    cells = []
    for row in rows:
        approval = approvals.decode(row)
        counts = row.statement in counting
        cells.append(
            [
                person_cell(row.person, names),
                verdict_cell(row.verdict, counts=counts),
                show.moment(row.handed_in_at),
                show.moment(approval.statement.expires_at),
                row.handed_in_by.get_full_name(),
            ]
        )
    columns = (_("Person"), _("Says"), _("Handed in"), _("Counts until"), _("Brought by"))
    note = "" if rows else _("Nobody has signed yet.")
    return [Section(_("Approvals"), columns=columns, rows=cells, note=note)]


def verdict_cell(verdict: str, *, counts: bool = True) -> SafeString:
    """APPROVE or REJECT in words; one that counts no more says so."""
    word = _t("approves") if verdict == "APPROVE" else _t("rejects")
    shown = show.status(word, show.GOOD if verdict == "APPROVE" else show.BAD)
    return (
        shown
        if counts
        else show.lines([shown, _t("counts no more: expired, revoked, or the policy changed")])
    )
