"""Chapters 5 and 6: what each side said and handed in, and what was decided under four eyes."""

from typing import Any

from custody.common.clock import write_time
from custody.escrow import case_reads
from custody.escrow.models import Deal, Decision
from custody.reports.definitions.r7.parties import person
from custody.reports.frame import one_line
from custody.statements.decision import Decision as DecisionDocument


def chapter(deal: Deal) -> dict[str, Any]:
    """The keys ``disputes``, ``statements``, ``evidence``, ``decisions`` and ``conflict``."""
    return {
        "disputes": [
            {"id": row.pk, "opened_by": row.opened_by, "at": write_time(row.opened_at)}
            for row in case_reads.disputes_of(deal)
        ],
        "statements": [
            {"role": row.role, "at": write_time(row.made_at), "text": one_line(row.text)}
            for row in case_reads.statements_of(deal)
        ],
        "evidence": [
            {
                "role": row.role,
                "at": write_time(row.handed_in_at),
                "name": one_line(row.name),
                "sha256": row.sha256,
            }
            for row in case_reads.evidence_of(deal)
        ],
        "decisions": [_decision(row) for row in case_reads.decisions_of(deal)],
        "conflict": case_reads.acts_for_a_party(deal.mediator, deal),
    }


def _decision(row: Decision) -> dict[str, Any]:
    document = DecisionDocument.from_bytes(bytes(row.body))
    closed = {
        "second_officer": person(row.second_officer),
        "closed_at": write_time(row.closed_at),
    } if row.second_officer and row.closed_at else {}  # fmt: skip
    return {
        "hash": row.hash,
        "state": row.state,
        "split": {"buyer": str(document.split.buyer), "merchant": str(document.split.merchant)},
        "reasons": sorted(document.reasons),
        "grounds": one_line(row.grounds),
        "evidence": sorted(document.evidence),
        "officer": person(row.officer),
        "proposed_at": write_time(row.proposed_at),
        **({"intent": row.payout.intent_id} if row.payout else {}),
        **closed,
    }
