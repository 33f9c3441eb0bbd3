"""Approvals and facts that were handed in for an intent, decoded, as they go to the signer."""

from datetime import datetime

from custody.common import canonical
from custody.hsm.selectors import offline_signer
from custody.hsm.trust.proving import still_proved
from custody.statements.approval import Approval
from custody.statements.fact import ProvenFact
from custody.wallets.models import TransferApproval, TransferIntent, WitnessFact
from custody.wallets.selectors import document_of


def approvals_of(intent: TransferIntent, *, at: datetime) -> list[Approval]:
    """One approval per person, the newest, unless it has expired or its credential counts no more."""
    said = [Approval.read(_json(row.body)) for row in latest_approvals(intent)]
    return still_proved(said, at=at, of=offline_signer(instance=document_of(intent).instance))


def latest_approvals(intent: TransferIntent) -> list[TransferApproval]:
    """The newest row of each person, expired ones included, in the order of the people's ids."""
    rows = intent.approvals.order_by("person", "-created_at", "-pk")
    return list(rows.distinct("person"))


def facts_of(intent: TransferIntent) -> list[ProvenFact]:
    """The newest fact about each coin."""
    return [ProvenFact.read(_json(row.body)) for row in latest_facts(intent)]


def latest_facts(intent: TransferIntent) -> list[WitnessFact]:
    """The newest row about each coin."""
    return list(intent.facts.order_by("txid", "-at", "-pk").distinct("txid"))


def _json(body: bytes | memoryview) -> object:
    return canonical.decode(bytes(body), limit=canonical.MAX_DOCUMENT)
