"""What a deal is about and who takes part: amounts, keys, payout addresses, screenings, holds."""

from django.utils.safestring import SafeString
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from custody.compliance.models import Hold, Screening
from custody.escrow.case_reads import screenings_of
from custody.escrow.models import Deal, Participant
from custody.escrow.selectors import holds_of
from custody.web import links, show
from custody.web.admin import Fact, Section
from custody.web.spends import network_name


def deal_section(deal: Deal, *, may_see_hits: bool) -> Section:
    """The deal itself; hits are named to those who may see them."""
    facts = [
        Fact(_("Id"), show.copied(deal.pk)),
        Fact(_("In this state since"), show.moment(deal.state_changed_at)),
        Fact(_("Hold"), _holds(deal, may_see_hits=may_see_hits)),
        Fact(_("Amount"), show.coins(deal.amount)),
        Fact(_("Highest fee"), show.coins(deal.fee_max)),
        Fact(_("Second review above"), show.coins(deal.second_review_above)),
        Fact(_("Network"), network_name(deal.chain)),
        Fact(_("Mediator"), deal.mediator.get_full_name()),
        Fact(_("Our key"), links.to_record(deal.mediator_key)),
        Fact(_("Our public key"), show.grouped(deal.mediator_public_key)),
        Fact(_("Opened"), show.moment(deal.opened_at)),
    ]
    return Section(_("Deal"), facts=facts)


def party_sections(deal: Deal, *, may_see_hits: bool) -> list[Section]:
    """Buyer and merchant, each with key, payout address and the last screenings."""
    addresses = _by_address(deal)
    return [
        _party(row, addresses, may_see_hits=may_see_hits)
        for row in deal.participants.select_related("client").order_by("role")
    ]


def _party(row: Participant, addresses: dict[str, Screening], *, may_see_hits: bool) -> Section:
    screened = screenings_of(row.client_id).last()
    facts = [
        Fact(_("Client"), show.lines([row.client.name, links.to_record(row.client_id)])),
        Fact(_("Client screened"), _screening(screened, may_see_hits=may_see_hits)),
        Fact(_("Public key"), show.grouped(row.public_key, copy=True)),
        Fact(_("Payout address"), show.grouped(row.payout_address, copy=True)),
        Fact(_("Address screened"), _screening(addresses.get(row.payout_address), may_see_hits=may_see_hits)),
        Fact(_("Named key and address"), show.moment(row.joined_at)),
    ]
    return Section(row.get_role_display().capitalize(), facts=facts)


def _by_address(deal: Deal) -> dict[str, Screening]:
    """The last screening of each payout address; they are kept about the deal, as "chain address"."""
    found = screenings_of(deal.pk).filter(matched=Screening.Matched.ADDRESS)
    return {screening.query.rpartition(" ")[2]: screening for screening in found}


def _screening(screening: Screening | None, *, may_see_hits: bool) -> SafeString:
    if screening is None:
        return show.status(_t("not screened yet"), show.NEUTRAL)
    is_clear = screening.result == Screening.Result.CLEAR
    result = show.status(screening.get_result_display(), show.GOOD if is_clear else show.BAD)
    record = [links.to_record(screening.pk)] if may_see_hits else []
    return show.lines([result, show.moment(screening.screened_at), *record])


def _holds(deal: Deal, *, may_see_hits: bool) -> SafeString:
    holds = list(holds_of(deal).select_related("hit"))
    if not holds:
        return show.status(_t("no hold"), show.GOOD)
    since = show.fill(_t("since {moment}"), moment=show.moment(holds[0].placed_at))
    names = [_hold(hold) for hold in holds] if may_see_hits else []
    return show.lines([show.status(_t("held"), show.BAD), since, *names])


def _hold(hold: Hold) -> SafeString:
    return show.link(links.address_of(hold.hit_id), hold.hit.listed)
