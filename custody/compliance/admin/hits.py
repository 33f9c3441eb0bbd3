"""Hits: what was found, side by side with whom it was found for; decided and confirmed here."""

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from custody.compliance.admin.deeds import HIT_DEEDS
from custody.compliance.models import Disposition, Hit, Party
from custody.compliance.selectors import standing_decision
from custody.web import links, show
from custody.web.admin import Fact, RecordAdmin, Section, column, titled

# Some parties have hundreds; the one that met stands under "spelling on the list".
SHOWN_ADDRESSES = 10


@admin.register(Hit)
class HitAdmin(RecordAdmin[Hit]):
    view_right = "view_screening"
    work, place, icon, prefix = "compliance", 1, "person_alert", "hit"
    deeds = HIT_DEEDS
    list_display = ("spelling", "about", "met_by", "decision", "found")
    list_filter = (
        ("matched", titled(_("met by"))),
        ("is_weak", titled(_("weak alias"))),
        ("found_at", titled(_("found"))),
    )
    spelling, met_by = column("listed", _("spelling on the list")), column("matched", _("met by"))
    search_fields = ("=id", "=subject", "listed")
    ordering = ("-found_at", "-id")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Hit]:
        hits: QuerySet[Hit] = super().get_queryset(request)
        return hits.select_related("entry__list").prefetch_related("dispositions")

    @admin.display(description=_("for"))
    def about(self, hit: Hit) -> SafeString:
        return links.to_record(hit.subject)

    @admin.display(description=_("decision"))
    def decision(self, hit: Hit) -> SafeString:
        return self.state(hit)

    @admin.display(description=_("found"), ordering="found_at")
    def found(self, hit: Hit) -> SafeString:
        return show.moment(hit.found_at)

    def heading(self, record: Hit) -> str:
        return record.listed

    def state(self, record: Hit) -> SafeString:
        decision = standing_decision(record)
        if decision is None:
            return show.status(_("waits for a decision"), show.WARNING)
        if decision.state == Disposition.State.PROPOSED:
            return show.status(decision.get_state_display(), show.WAITING)
        is_cleared = decision.outcome == Disposition.Outcome.FALSE_POSITIVE
        return show.status(decision.get_outcome_display(), show.GOOD if is_cleared else show.BAD)

    def sections(self, request: HttpRequest, record: Hit) -> list[Section]:
        return [_comparison(record), _entry(record), *_decisions(record), _holds(record)]


def _comparison(hit: Hit) -> Section:
    party = Party.objects.filter(subject=hit.subject).first()
    facts = [
        Fact(_("Our party"), links.to_record(hit.subject)),
        Fact(_("Screened under"), show.lines(list(party.names())) if party else show.NOTHING),
        Fact(_("Met by"), hit.get_matched_display()),
        Fact(_("Spelling on the list"), hit.listed),
        Fact(_("Kind of alias"), _("weak alias") if hit.is_weak else _("strong name")),
        Fact(_("Screening"), links.to_record(hit.screening_id)),
        Fact(_("Found"), show.moment(hit.found_at)),
    ]
    return Section(_("What met"), facts=facts)


def _entry(hit: Hit) -> Section:
    entry = hit.entry
    names = [name.text for name in entry.names.order_by("-is_primary", "is_weak", "pk")]
    addresses = [
        show.beside([row.currency, show.grouped(row.address)])
        for row in entry.addresses.order_by("pk")[:SHOWN_ADDRESSES]
    ]
    if (more := entry.addresses.count() - SHOWN_ADDRESSES) > 0:
        addresses.append(show.fill(_t("and {count} more"), count=more))
    facts = [
        Fact(_("Listed party"), entry.name),
        Fact(_("All names"), show.lines(names)),
        Fact(_("Addresses"), show.lines(addresses)),
        Fact(_("Programmes"), ", ".join(entry.programmes)),
        Fact(_("Profile"), show.code(entry.profile_id)),
        Fact(_("List"), f"{entry.list.source.upper()} · {show.day(entry.list.list_date)}"),
        Fact(_("Evidence"), show.grouped(hit.evidence)),
    ]
    return Section(_("Entry of the list"), facts=facts)


def _decisions(hit: Hit) -> list[Section]:
    decisions = hit.dispositions.select_related("officer", "second_officer").order_by("decided_at")
    return [_decision(decision) for decision in decisions]


def _decision(decision: Disposition) -> Section:
    second = decision.second_officer
    facts = [
        Fact(_("Outcome"), decision.get_outcome_display()),
        Fact(_("Reason"), decision.reason),
        Fact(
            _("Decided by"), show.lines([decision.officer.get_full_name(), show.moment(decision.decided_at)])
        ),
        Fact(_("State"), decision.get_state_display()),
        Fact(
            _("Second officer"),
            show.lines([second.get_full_name(), show.moment(decision.closed_at)]) if second else show.NOTHING,
        ),
    ]
    return Section(_("Decision"), facts=facts)


def _holds(hit: Hit) -> Section:
    rows = [
        [links.to_record(hold.subject), show.moment(hold.placed_at), show.moment(hold.ended_at)]
        for hold in hit.holds.order_by("placed_at", "pk")
    ]
    note = _("Nothing of value moves for these until the hit is a confirmed false positive.")
    return Section(_("Holds"), columns=(_("For"), _("Since"), _("Ended")), rows=rows, note=note)
