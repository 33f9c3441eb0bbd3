"""Reads of a deal for its case file: everything that happened, in the order it happened."""

from django.db.models import QuerySet

from custody.accounts.models import Membership, User
from custody.compliance.models import Screening
from custody.escrow.models import Deal, Decision, Dispute, Evidence, Payout, Statement, TermsVersion


def latest_deal() -> str:
    """Id of the deal opened last, "" when there is none."""
    return Deal.objects.order_by("-opened_at", "-pk").values_list("pk", flat=True).first() or ""


def find_deal(deal_id: str) -> Deal | None:
    return Deal.objects.select_related("mediator").filter(pk=deal_id).first()


def screenings_of(subject: str) -> QuerySet[Screening]:
    """Screenings of a client or a deal, oldest first."""
    return Screening.objects.filter(subject=subject).order_by("screened_at", "pk")


def terms_of(deal: Deal) -> QuerySet[TermsVersion]:
    """All proposals with signatures and the signer's answer, oldest first."""
    return (
        TermsVersion.objects.filter(deal=deal)
        .select_related("registration")
        .prefetch_related("signatures", "challenges__proofs", "confirmations")
        .order_by("version")
    )


def payouts_of(deal: Deal) -> QuerySet[Payout]:
    """All payouts that were wanted, oldest first."""
    return Payout.objects.filter(deal=deal).select_related("intent__wallet", "decision").order_by("pk")


def disputes_of(deal: Deal) -> QuerySet[Dispute]:
    return Dispute.objects.filter(deal=deal).order_by("opened_at", "pk")


def statements_of(deal: Deal) -> QuerySet[Statement]:
    return Statement.objects.filter(dispute__deal=deal).order_by("made_at", "pk")


def evidence_of(deal: Deal) -> QuerySet[Evidence]:
    return Evidence.objects.filter(dispute__deal=deal).order_by("handed_in_at", "pk")


def decisions_of(deal: Deal) -> QuerySet[Decision]:
    """All decisions, returned ones included, oldest first."""
    rows = Decision.objects.filter(deal=deal).select_related("officer", "second_officer", "deal")
    return rows.order_by("proposed_at", "pk")


def acts_for_a_party(user: User, deal: Deal) -> bool:
    """True when one of our people also acts for buyer or merchant: a conflict of interest."""
    clients = deal.participants.values("client_id")
    return Membership.objects.filter(user=user, client_id__in=clients).exists()


def confirmations_of_payout(intent_id: str) -> list[tuple[str, str]]:
    """Who stands behind a payout, as (capacity, "user:<id>"); empty for an unknown intent.

    For an award the officer who decided and the one who confirmed; else both parties by their keys.
    """
    payout = Payout.objects.filter(intent=intent_id).select_related("decision").first()
    if payout is None:
        return []
    if payout.kind != Payout.Kind.AWARD:
        clients = payout.deal.participants.order_by("role").values_list("role", "client_id")
        return [(role, client) for role, client in clients]
    decision = payout.decision
    return [
        ("officer", f"user:{decision.officer_id}"),
        ("second_officer", f"user:{decision.second_officer_id}"),
    ]
