"""Disputes of a deal: claims, evidence with hashes, decisions with grounds and both officers."""

from collections.abc import Sequence
from datetime import datetime

from django.utils.safestring import SafeString
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from custody.accounts.models import User
from custody.common.errors import CustodyError
from custody.escrow.admin.agreement import file_link
from custody.escrow.case_reads import decisions_of, disputes_of
from custody.escrow.models import Deal, Decision, Dispute
from custody.escrow.models.disputes import DecisionReason
from custody.escrow.services.decisions import checked_document
from custody.statements.decision import Decision as Document
from custody.web import show
from custody.web.admin import Fact, Section

_TONES = {
    Decision.State.PROPOSED: show.WAITING,
    Decision.State.CONFIRMED: show.GOOD,
    Decision.State.RETURNED: show.NEUTRAL,
}


def dispute_sections(deal: Deal) -> list[Section]:
    """The latest first: its decisions, then what was said and shown."""
    decisions = [_decision(decision) for decision in decisions_of(deal).reverse()]
    disputes = [section for dispute in disputes_of(deal).reverse() for section in _dispute(dispute)]
    return [*decisions, *disputes]


def _decision(decision: Decision) -> Section:
    second = decision.second_officer
    facts = [
        Fact(_("State"), show.status(decision.get_state_display(), _TONES[Decision.State(decision.state)])),
        *_content(decision),
        Fact(_("Grounds"), decision.grounds),
        Fact(_("Proposed by"), _who(decision.officer, decision.proposed_at)),
        Fact(_("Confirmed or returned by"), _who(second, decision.closed_at) if second else show.NOTHING),
        Fact(_("Hash of the decision"), show.grouped(decision.hash, copy=True)),
    ]
    return Section(_("Decision"), facts=facts)


def _content(decision: Decision) -> list[Fact]:
    """What the document says, from its canonical bytes."""
    try:
        document = checked_document(decision)
    except CustodyError:
        broken = show.status(_t("the stored decision is not that of its hash"), show.BAD)
        return [Fact(_("Document"), broken)]
    return _split(document)


def _split(document: Document) -> list[Fact]:
    reasons = [str(DecisionReason(reason).label) for reason in document.reasons]
    return [
        Fact(_("To the buyer"), show.coins(document.split.buyer)),
        Fact(_("To the merchant"), show.coins(document.split.merchant)),
        Fact(_("Reasons"), show.lines(reasons)),
        Fact(_("Evidence relied on"), show.lines([show.grouped(sha256) for sha256 in document.evidence])),
        Fact(_("Expires"), show.moment(document.expires_at)),
    ]


def _dispute(dispute: Dispute) -> list[Section]:
    said = [
        [row.get_role_display(), row.text, show.moment(row.made_at)]
        for row in dispute.statements.order_by("made_at", "pk")
    ]
    shown = [
        [row.get_role_display(), file_link(row.deal_id, row.sha256, row.name), show.moment(row.handed_in_at)]
        for row in dispute.evidence.order_by("handed_in_at", "pk")
    ]
    opened = show.fill(
        _t("Opened by the {role}, {moment}."),
        role=dispute.get_opened_by_display(),
        moment=show.moment(dispute.opened_at),
    )
    return [
        Section(_("Dispute"), columns=(_("Who"), _("Says"), _("When")), rows=said, note=opened),
        Section(
            _("Evidence"), columns=(_("Who"), _("File and SHA-256"), _("When")), rows=shown, note=_note(shown)
        ),
    ]


def _note(shown: Sequence[object]) -> str:
    return "" if shown else _t("Nobody has handed in a file.")


def _who(person: User, at: datetime | None) -> SafeString:
    return show.lines([person.get_full_name(), show.moment(at)])
