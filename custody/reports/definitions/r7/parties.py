"""Chapter 1: the deal, its parties, and whether they were screened (neutral: no names of lists)."""

from typing import Any

from custody.accounts.models import User
from custody.common.clock import write_time
from custody.compliance.models import Screening
from custody.escrow import case_reads
from custody.escrow import selectors as escrow
from custody.escrow.models import Deal, Participant
from custody.reports.frame import one_line


def chapter(deal: Deal) -> dict[str, Any]:
    """The keys ``deal``, ``parties`` and ``deal_screenings``."""
    participants = deal.participants.select_related("client").order_by("role")
    return {
        "deal": {
            "id": deal.pk,
            "title": one_line(deal.title),
            "state": deal.state,
            "since": write_time(deal.state_changed_at),
            "opened_at": write_time(deal.opened_at),
            "chain": deal.chain,
            "asset": deal.asset,
            "amount": str(deal.amount),
            "fee_max": str(deal.fee_max),
            "is_held": escrow.is_held(deal),
            "mediator": person(deal.mediator),
            "mediator_key": deal.mediator_key,
            "mediator_public_key": deal.mediator_public_key,
        },
        "parties": [_party(participant) for participant in participants],
        "deal_screenings": _screenings(deal.pk),
    }


def person(user: User) -> dict[str, str]:
    """One of our people by number and name."""
    return {"id": f"user:{user.pk}", "name": one_line(user.name)}


def _party(participant: Participant) -> dict[str, Any]:
    joined = {
        "public_key": participant.public_key,
        "payout_address": participant.payout_address,
        "joined_at": write_time(participant.joined_at),
    } if participant.joined_at else {}  # fmt: skip
    return {
        "role": participant.role,
        "client": participant.client_id,
        "name": one_line(participant.client.name),
        "screenings": _screenings(participant.client_id),
        **joined,
    }


def _screenings(subject: str) -> list[dict[str, Any]]:
    return [_screening(row) for row in case_reads.screenings_of(subject)]


def _screening(row: Screening) -> dict[str, Any]:
    return {
        "at": write_time(row.screened_at),
        "purpose": row.purpose,
        "matched": row.matched,
        "result": row.result,
        "lists": row.lists,
    }
