"""The address: compared outside our web by all three, then opened for funding and watched."""

from datetime import datetime

from django.db import IntegrityError, transaction

from custody.accounts.grants import grant_to_members
from custody.accounts.models import User
from custody.accounts.permissions import require_right
from custody.accounts.roles import Right
from custody.chains.bitcoin.script import descriptor
from custody.common.errors import NotFoundError, RefusedError
from custody.escrow import drafting, selectors
from custody.escrow.budget import MIN_SHARE, payout_budget
from custody.escrow.models import AddressConfirmation, Deal, TermsVersion
from custody.escrow.permissions import access_deal, access_role
from custody.escrow.services.gate import lock_deal, lock_open_deal, move, note
from custody.escrow.services.terms import checked_terms
from custody.escrow.states import RESTING, Event, State
from custody.wallets import selectors as wallets
from custody.wallets.coins import payout_coins
from custody.wallets.models import Wallet
from custody.wallets.services.wallets import register_escrow_wallet

MONITOR = "system:monitor"


def descriptor_checksum(version: TermsVersion) -> str:
    """Eight characters that stand for the script (BIP380): what the parties read to each other."""
    script = bytes.fromhex(checked_terms(version).script)
    return descriptor(script).rpartition("#")[2]


@transaction.atomic
def confirm_address(*, actor: User, deal_id: str, checksum: str, at: datetime) -> Deal:
    """Say for one's role that the descriptor checksum was compared outside our web.

    One of our mediators says it for the third key. With all three the wallet is registered and
    funding opens. Raises NotFoundError, RefusedError ``checksum_differs`` (somebody shows the
    parties different scripts) or ``already_confirmed``.
    """
    role = access_role(actor, deal_id)
    deal = lock_open_deal(deal_id, State.KEYS_PROVEN)
    version = selectors.current_version(deal)
    if version is None:
        raise NotFoundError("not found")
    if checksum.strip() != descriptor_checksum(version):
        raise RefusedError(
            "this is not the checksum of the script", code="checksum_differs", field="checksum"
        )
    _insert(
        AddressConfirmation(terms=version, role=role, user=actor, checksum=checksum.strip(), confirmed_at=at)
    )
    note(deal, "address_compared", actor=actor, at=at, payload={"role": role, "terms": version.hash})
    if selectors.roles_confirmed(version) == selectors.ALL_ROLES:
        move(deal, Event.ADDRESS_CONFIRMED, actor=actor, at=at, payload={"terms": version.hash})
        _open_funding(deal, version, actor=actor, at=at)
    return deal


@transaction.atomic
def follow_funding(*, wallet_id: str, at: datetime) -> None:
    """Move the deal after its coins at finality depth: funded, or spent by the parties without us.

    It is funded once coins that one payout can spend reach the agreed amount.
    """
    wallet = Wallet.objects.filter(pk=wallet_id, owner=Wallet.Owner.ESCROW).first()
    if wallet is None:
        return
    deal = lock_deal(wallet.deal)
    if deal.state == State.AWAITING_FUNDING:
        _note_funded(deal, wallet, at=at)
    elif deal.state in RESTING:
        _note_settled(deal, wallet, at=at)


@transaction.atomic
def close_unfunded(*, actor: User, deal_id: str, at: datetime) -> Deal:
    """End a deal that waits for coins of which none has come.

    Raises ForbiddenError, NotFoundError, RefusedError of the gate or ``coins_at_address``.
    """
    access_deal(actor, deal_id)
    require_right(actor, Right.OPEN_DEAL)
    deal = lock_open_deal(deal_id, State.AWAITING_FUNDING)
    if selectors.holds_coins(deal):
        raise RefusedError("coins lie at the address", code="coins_at_address")
    move(deal, Event.FUNDING_EXPIRED, actor=actor, at=at)
    return deal


def _note_funded(deal: Deal, wallet: Wallet, *, at: datetime) -> None:
    if payout_coins(wallet).amount < deal.amount:
        return
    funding = wallets.wallet_funding(wallet)
    payload = {"amount": str(funding.final), "coins": funding.coins, "depth": funding.depth}
    move(deal, Event.FUNDED, actor=MONITOR, at=at, payload=payload)


def _note_settled(deal: Deal, wallet: Wallet, *, at: datetime) -> None:
    """End the deal when two keys spent its coins and no payout of ours can pay anybody any more."""
    txids, funding = wallets.spent_without_us(wallet), wallets.wallet_funding(wallet)
    is_over = funding.mined == funding.final and payout_budget(deal, payees=1).payable < MIN_SHARE
    if txids and is_over:
        move(deal, Event.SETTLED, actor=MONITOR, at=at, payload={"txids": txids})


def _open_funding(deal: Deal, version: TermsVersion, *, actor: User, at: datetime) -> None:
    participants = list(deal.participants.select_related("client"))
    wallet = register_escrow_wallet(
        actor=actor,
        terms=drafting.signed_terms(version),
        signing_key=deal.mediator_key,
        subjects=[participant.client_id for participant in participants],
        at=at,
    )
    for participant in participants:
        grant_to_members(client=participant.client, objects=[wallet])
    move(deal, Event.FUNDING_OPENED, actor=actor, at=at, payload={"wallet": wallet.pk})


def _insert(confirmation: AddressConfirmation) -> None:
    try:
        with transaction.atomic():
            confirmation.save(force_insert=True)
    except IntegrityError:
        raise RefusedError("this role has confirmed", code="already_confirmed") from None
