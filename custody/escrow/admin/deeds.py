"""Buttons of a deal's page, each for one service: what our people do, and why they may not."""

from datetime import datetime

from django.core.files.uploadedfile import UploadedFile
from django.forms import Form
from django.urls import reverse
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from custody.accounts.models import User
from custody.accounts.roles import Right
from custody.escrow import services
from custody.escrow.admin.forms import ChecksumForm, EvidenceForm, OpenDealForm, StatementForm, TermsForm
from custody.escrow.models import Deal, Role
from custody.escrow.selectors import current_version, holds_coins, is_held, roles_confirmed
from custody.escrow.services import DealSheet
from custody.escrow.states import State
from custody.web.admin import Deed, Fields, Next


def stopped(deal: Deal) -> str:
    """Why nobody may act; empty unless compliance holds the deal."""
    return _t("Compliance holds this deal.") if is_held(deal) else ""


def _open(officer: User, _deal: None, fields: Fields, at: datetime) -> Next:
    deal = services.open_deal(actor=officer, sheet=DealSheet(**fields), at=at)
    address = reverse("admin:escrow_deal_change", args=[deal.pk])
    if is_held(deal):
        why = _t(
            "The deal is open, but compliance holds it: it stands still until officers have confirmed every"
            " hit as a false positive."
        )
        return Next(why, address, is_warning=True)
    return Next(_t("The deal is open; both parties can name key and address now."), address)


def _propose_terms(officer: User, deal: Deal, fields: Fields, at: datetime) -> str:
    file: UploadedFile[bytes] = fields["contract"]
    version = services.propose_terms(
        actor=officer, deal_id=deal.pk, contract=file.read(), media_type=_media_type(file), at=at
    )
    return _t("Terms no. %(number)d are proposed; both parties have to sign them.") % {
        "number": version.version
    }


def _confirm_address(mediator: User, deal: Deal, fields: Fields, at: datetime) -> str:
    services.confirm_address(actor=mediator, deal_id=deal.pk, checksum=fields["checksum"], at=at)
    return _t("The address is confirmed for our key.")


def _close_unfunded(officer: User, deal: Deal, _fields: Fields, at: datetime) -> str:
    services.close_unfunded(actor=officer, deal_id=deal.pk, at=at)
    return _t("Closed. Both parties see that nothing must be paid any more.")


def _add_statement(mediator: User, deal: Deal, fields: Fields, at: datetime) -> str:
    services.add_statement(actor=mediator, deal_id=deal.pk, text=fields["text"], at=at)
    return _t("Your statement is in the file.")


def _add_evidence(mediator: User, deal: Deal, fields: Fields, at: datetime) -> str:
    file: UploadedFile[bytes] = fields["content"]
    services.add_evidence(
        actor=mediator,
        deal_id=deal.pk,
        name=file.name or "",
        content=file.read(),
        media_type=_media_type(file),
        at=at,
    )
    return _t("Your file is in the evidence.")


def _media_type(file: "UploadedFile[bytes]") -> str:
    return file.content_type or "application/octet-stream"


def _has_no_signed_terms(deal: Deal) -> bool:
    return deal.state in (State.DRAFT, State.TERMS_PROPOSED)


def _has_proven_keys(deal: Deal) -> bool:
    return deal.state == State.KEYS_PROVEN


def _waits_for_coins(deal: Deal) -> bool:
    return deal.state == State.AWAITING_FUNDING


def _is_disputed(deal: Deal) -> bool:
    return deal.state == State.DISPUTE_OPEN


def _stopped(_person: User, deal: Deal) -> str:
    return stopped(deal)


def _party_missing(_officer: User, deal: Deal) -> str:
    is_missing = deal.participants.filter(joined_at=None).exists()
    return stopped(deal) or (_t("Both parties have to name key and address first.") if is_missing else "")


def _already_compared(_mediator: User, deal: Deal) -> str:
    version = current_version(deal)
    is_done = version is not None and Role.MEDIATOR in roles_confirmed(version)
    return stopped(deal) or (_t("It is confirmed for our key; the parties follow.") if is_done else "")


def _coins_lie_there(_officer: User, deal: Deal) -> str:
    is_paid = holds_coins(deal)
    reason = _t("Coins lie at the address; only both parties together can move them back.")
    return stopped(deal) or (reason if is_paid else "")


OPEN_DEAL = Deed[Deal](
    name="",  # the form stands alone on its page, so that its fields need no prefix
    action="escrow.deal.open",
    label=_("Open a deal"),
    right=Right.OPEN_DEAL,
    form=OpenDealForm,
    perform=_open,  # type: ignore[arg-type]
    explanation=_("Both parties are screened at once; a hit holds the new deal."),
)
AGREEMENT_DEEDS = (
    Deed(
        name="propose_terms",
        action="escrow.terms.propose",
        label=_("Propose terms"),
        right=Right.OPEN_DEAL,
        form=TermsForm,
        perform=_propose_terms,
        applies=_has_no_signed_terms,
        blocked=_party_missing,
        explanation=_("Written from what the parties named; new terms replace those not signed by both."),
    ),
    Deed(
        name="confirm_address",
        action="escrow.address.confirm",
        label=_("Confirm the address"),
        right=Right.DECIDE_DEAL,
        form=ChecksumForm,
        perform=_confirm_address,
        applies=_has_proven_keys,
        blocked=_already_compared,
        explanation=_(
            "Let both parties read you, by telephone, the checksum that their own programs show."
            " This page does not show it, so that nobody compares it with itself."
        ),
    ),
)
FUNDING_DEEDS = (
    Deed(
        name="close_unfunded",
        action="escrow.deal.close",
        label=_("Close: it was not funded"),
        right=Right.OPEN_DEAL,
        form=Form,
        perform=_close_unfunded,
        applies=_waits_for_coins,
        blocked=_coins_lie_there,
        explanation=_("For good. Make sure that the buyer has no payment on its way."),
        is_grave=True,
    ),
)
DISPUTE_DEEDS = (
    Deed(
        name="add_statement",
        action="escrow.statement.add",
        label=_("Say something to both parties"),
        right=Right.DECIDE_DEAL,
        form=StatementForm,
        perform=_add_statement,
        applies=_is_disputed,
        blocked=_stopped,
    ),
    Deed(
        name="add_evidence",
        action="escrow.evidence.add",
        label=_("Add evidence"),
        right=Right.DECIDE_DEAL,
        form=EvidenceForm,
        perform=_add_evidence,
        applies=_is_disputed,
        blocked=_stopped,
    ),
)
