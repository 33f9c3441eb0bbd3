"""Deals: who agreed on what, where the coins are, what is disputed; and what our people may do."""

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache

from custody.accounts.models import User
from custody.accounts.roles import Right
from custody.common import clock
from custody.escrow.admin.agreement import agreement_sections
from custody.escrow.admin.decisions import DECISION_DEEDS
from custody.escrow.admin.deeds import AGREEMENT_DEEDS, DISPUTE_DEEDS, FUNDING_DEEDS, OPEN_DEAL
from custody.escrow.admin.disputes import dispute_sections
from custody.escrow.admin.filters import HeldFilter, StateFilter
from custody.escrow.admin.money import money_and_payouts
from custody.escrow.admin.parties import deal_section, party_sections
from custody.escrow.due import mark_held
from custody.escrow.models import Deal
from custody.escrow.selectors import is_held, wallet_of
from custody.escrow.services import read_file
from custody.escrow.timeline import subjects_of
from custody.escrow.words import state_tone, state_word
from custody.wallets.admin.attested import attestation_deeds
from custody.web import show
from custody.web.admin import RecordAdmin, Section
from custody.web.downloads import download
from custody.web.refusals import actor_of, recording


@admin.register(Deal)
class DealAdmin(RecordAdmin[Deal]):
    view_right = Right.VIEW_DEAL
    work, place, icon, prefix = "escrow", 1, "handshake", "deal"
    begin = OPEN_DEAL
    deeds = (
        *DECISION_DEEDS,
        *AGREEMENT_DEEDS,
        *FUNDING_DEEDS,
        *DISPUTE_DEEDS,
        *attestation_deeds(wallet_of),
    )
    list_display = ("subject_matter", "shown_state", "parties", "shown_amount", "opened", "hold")
    list_filter = (StateFilter, HeldFilter, "opened_at")
    search_fields = ("=id", "=participants__client__id", "=payouts__intent__attempts__txid")
    search_help_text = _("Id of a deal or a client, or a transaction id")
    ordering = ("-opened_at", "-id")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Deal]:
        deals: QuerySet[Deal] = super().get_queryset(request)
        return mark_held(deals).select_related("mediator").prefetch_related("participants__client")

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(never_cache(self.file_view))
        own = path("<path:object_id>/file/<slug:sha256>/", view, name="escrow_deal_file")
        return [own, *super().get_urls()]

    @admin.display(description=_("subject matter"))
    def subject_matter(self, deal: Deal) -> str:
        return deal.title

    @admin.display(description=_("state"), ordering="state")
    def shown_state(self, deal: Deal) -> SafeString:
        return show.status(state_word(deal.state), state_tone(deal.state))

    @admin.display(description=_("buyer and merchant"))
    def parties(self, deal: Deal) -> SafeString:
        rows = sorted(deal.participants.all(), key=lambda row: row.role)
        return show.lines([row.client.name for row in rows])

    @admin.display(description=_("amount"), ordering="amount")
    def shown_amount(self, deal: Deal) -> SafeString:
        return show.coins(deal.amount)

    @admin.display(description=_("opened"), ordering="opened_at")
    def opened(self, deal: Deal) -> SafeString:
        return show.moment(deal.opened_at)

    @admin.display(description=_("hold"))
    def hold(self, deal: Deal) -> SafeString:
        is_stopped: bool = deal.is_stopped  # type: ignore[attr-defined]  # by mark_held
        return show.status(_("held"), show.BAD) if is_stopped else show.NOTHING

    def heading(self, record: Deal) -> str:
        return record.title

    def state(self, record: Deal) -> SafeString:
        held = [show.status(_("held"), show.BAD)] if is_held(record) else []
        return show.beside([self.shown_state(record), *held])

    def subjects(self, record: Deal) -> list[str]:
        return subjects_of(record)

    def sections(self, request: HttpRequest, record: Deal) -> list[Section]:
        may_see_hits = request.user.has_perm(f"compliance.{Right.VIEW_SCREENING}")
        return [
            deal_section(record, may_see_hits=may_see_hits),
            *dispute_sections(record),
            *money_and_payouts(record),
            *party_sections(record, may_see_hits=may_see_hits),
            *agreement_sections(record),
        ]

    def file_view(self, request: HttpRequest, object_id: str, sha256: str) -> HttpResponse:
        """A file of the deal as download, never shown in the browser; who took it is recorded."""
        person = actor_of((request,))
        assert isinstance(person, User)  # noqa: S101 - admin_view let only people in
        with recording(action="escrow.file.read", actor=person, subject=object_id):
            name, content = read_file(actor=person, deal_id=object_id, sha256=sha256, at=clock.now())
        return download(content, name)
