"""A deal begins: opened by us, joined by each party with its key and payout address."""

from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.db import IntegrityError, transaction

from custody.accounts.grants import grant_to_members
from custody.accounts.models import User
from custody.accounts.permissions import access_client, has_right, require_right
from custody.accounts.roles import Right
from custody.audit.services import record
from custody.chains.bitcoin.address import canonical_address
from custody.chains.bitcoin.keys import check_public_key
from custody.chains.bitcoin.networks import network_of
from custody.common.errors import InvalidInputError, RefusedError
from custody.common.ids import new_id
from custody.escrow.models import Deal, Participant, Role
from custody.escrow.permissions import access_participant
from custody.escrow.services.gate import lock_open_deal, note
from custody.escrow.services.screening import screen_address_of, screen_clients
from custody.escrow.states import State
from custody.hsm.selectors import active_key

MAX_TITLE = 200
# Below this a payout would cost more than it is worth to send.
MIN_AMOUNT = 10_000


@dataclass(frozen=True, kw_only=True)
class DealSheet:
    """What is agreed before keys and addresses are known; amounts in satoshi.

    ``buyer`` and ``merchant`` are client ids, ``mediator`` the id of one of our mediators.
    """

    title: str
    buyer: str
    merchant: str
    mediator: str
    amount: int
    fee_max: int
    second_review_above: int


@transaction.atomic
def open_deal(*, actor: User, sheet: DealSheet, at: datetime) -> Deal:
    """Open a deal and screen both parties; a hit holds the new deal.

    Raises ForbiddenError, NotFoundError for an unknown client, InvalidInputError naming the field,
    RefusedError ``no_sanctions_list``, UnavailableError while no mediator key is known.
    """
    require_right(actor, Right.OPEN_DEAL)
    buyer, merchant = access_client(actor, sheet.buyer), access_client(actor, sheet.merchant)
    _check_sheet(sheet)
    mediator, key = _mediator(sheet.mediator), active_key("mediator")
    chain = settings.BITCOIN_CHAIN
    deal = Deal.objects.create(
        id=new_id("deal", at=at),
        title=sheet.title.strip(),
        state=State.DRAFT,
        state_changed_at=at,
        chain=chain,
        asset=network_of(chain).asset,
        amount=sheet.amount,
        fee_max=sheet.fee_max,
        second_review_above=sheet.second_review_above,
        mediator=mediator,
        mediator_key=key.pk,
        mediator_public_key=key.public_key,
        opened_at=at,
    )
    for role, client in ((Role.BUYER, buyer), (Role.MERCHANT, merchant)):
        Participant.objects.create(deal=deal, role=role, client=client)
        grant_to_members(client=client, objects=[deal])
    payload = {
        "buyer": buyer.pk,
        "merchant": merchant.pk,
        "mediator": mediator.pk,
        "mediator_key": key.pk,
        "amount": str(sheet.amount),
        "fee_max": str(sheet.fee_max),
    }
    record(verb="escrow.deal.opened", actor=actor, subject=deal.pk, payload=payload, at=at)
    screen_clients(deal, actor=actor, purpose="ONBOARDING", at=at)
    return deal


@transaction.atomic
def join_deal(
    *, actor: User, deal_id: str, public_key: str, payout_address: str, at: datetime
) -> Participant:
    """Name the party's key (compressed, hex) and payout address; both may change until terms exist.

    The address is screened; a hit holds the deal. Raises NotFoundError, InvalidInputError for key
    or address, RefusedError ``compliance_hold``, ``wrong_state`` or ``key_in_use``.
    """
    participant = access_participant(actor, deal_id)
    deal = lock_open_deal(deal_id, State.DRAFT)
    key = _checked_key(public_key)
    address = canonical_address(payout_address.strip(), deal.chain, field="payout_address")
    participant.public_key, participant.payout_address, participant.joined_at = key, address, at
    _save_with_new_key(participant, deal)
    payload = {"role": participant.role, "public_key": key, "payout_address": address}
    note(deal, "joined", actor=actor, at=at, payload=payload)
    screen_address_of(participant, actor=actor, purpose="ONBOARDING", at=at)
    return participant


def _check_sheet(sheet: DealSheet) -> None:
    if not 0 < len(sheet.title.strip()) <= MAX_TITLE:
        raise InvalidInputError(f"a title has 1 to {MAX_TITLE} characters", code="bad_title", field="title")
    if sheet.buyer == sheet.merchant:
        raise InvalidInputError(
            "buyer and merchant are the same client", code="same_client", field="merchant"
        )
    if sheet.amount < MIN_AMOUNT:
        raise InvalidInputError(f"the amount is below {MIN_AMOUNT}", code="bad_amount", field="amount")
    if not 0 < sheet.fee_max < sheet.amount:
        raise InvalidInputError("the fee limit is not below the amount", code="bad_amount", field="fee_max")
    if sheet.second_review_above < 0:
        raise InvalidInputError("not an amount", code="bad_amount", field="second_review_above")


def _mediator(user_id: str) -> User:
    user = User.objects.filter(pk=user_id).first()
    if user is None or not has_right(user, Right.DECIDE_DEAL) or user.person is None:
        raise InvalidInputError("not a mediator known to the signer", code="bad_mediator", field="mediator")
    return user


def _checked_key(public_key: str) -> str:
    try:
        key = bytes.fromhex(public_key.strip())
    except ValueError:
        raise InvalidInputError("not hexadecimal", code="bad_public_key", field="public_key") from None
    return check_public_key(key, field="public_key").hex()


def _save_with_new_key(participant: Participant, deal: Deal) -> None:
    if participant.public_key == deal.mediator_public_key:
        raise RefusedError("the key is in use", code="key_in_use", field="public_key")
    try:
        with transaction.atomic():
            participant.save(update_fields=["public_key", "payout_address", "joined_at"])
    except IntegrityError:
        raise RefusedError("the key is in use", code="key_in_use", field="public_key") from None
