"""Screens the parties of a deal and where they want to be paid; a hit holds the deal."""

from datetime import datetime

from django.contrib.auth.base_user import AbstractBaseUser
from django.db import transaction

from custody.compliance import services as compliance
from custody.escrow import selectors
from custody.escrow.models import Deal, Participant
from custody.escrow.services.gate import note


@transaction.atomic
def screen_deal(deal: Deal, *, actor: AbstractBaseUser | str, purpose: str, at: datetime) -> bool:
    """Screen clients and payout addresses in a transaction of its own; True when nothing holds.

    The findings stay, whatever becomes of the step they were made for.
    """
    screen_clients(deal, actor=actor, purpose=purpose, at=at)
    for participant in deal.participants.exclude(payout_address="").order_by("pk"):
        screen_address_of(participant, actor=actor, purpose=purpose, at=at)
    return not selectors.is_held(deal)


def screen_clients(deal: Deal, *, actor: AbstractBaseUser | str, purpose: str, at: datetime) -> None:
    """Screen the names of both clients, in the order of clients: each screening takes locks."""
    for participant in deal.participants.select_related("client").order_by("client"):
        client = participant.client
        compliance.register_party(actor=actor, subject=client.pk, names=[client.name], at=at)
        screening = compliance.screen_party(
            actor=actor, subject=client.pk, purpose=purpose, holds=[deal.pk], at=at
        )
        payload = {"role": participant.role, "screening": screening.pk, "result": str(screening.result)}
        note(deal, "party_screened", actor=actor, at=at, payload=payload)


def screen_address_of(
    participant: Participant, *, actor: AbstractBaseUser | str, purpose: str, at: datetime
) -> None:
    """Screen the payout address of a participant."""
    deal = participant.deal
    screening = compliance.screen_address(
        actor=actor,
        subject=deal.pk,
        chain=deal.chain,
        address=participant.payout_address,
        purpose=purpose,
        holds=[participant.client_id],
        at=at,
    )
    payload = {"role": participant.role, "screening": screening.pk, "result": str(screening.result)}
    note(deal, "address_screened", actor=actor, at=at, payload=payload)
