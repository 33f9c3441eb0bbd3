"""Reads of deals: who stands in them, where they stand, what is to be paid."""

from collections.abc import Sequence

from django.db.models import Exists, Model, OuterRef, Q, QuerySet

from custody.accounts.models import Client
from custody.compliance.models import Hold
from custody.compliance.selectors import has_hold, open_holds
from custody.escrow.models import (
    Deal,
    KeyChallenge,
    Participant,
    Payout,
    Role,
    TermsRegistration,
    TermsVersion,
)
from custody.escrow.states import ENDED, RESTING, State
from custody.hsm.selectors import final_results
from custody.statements.terms import Terms
from custody.wallets import selectors as wallets
from custody.wallets.models import Utxo, Wallet

ALL_ROLES = frozenset(Role.values)


def objects_of_client(client: Client) -> Sequence[Model]:
    """Deals of a client and their wallets: what people who act for it may use."""
    deals = list(Deal.objects.filter(participants__client=client))
    return [*deals, *Wallet.objects.filter(deal__in=[deal.pk for deal in deals])]


def participant(deal: Deal, role: str) -> Participant:
    """Return buyer or merchant of a deal."""
    return deal.participants.select_related("client").get(role=role)


def hold_subjects(deal: Deal) -> list[str]:
    """Ids whose compliance holds stop the deal: itself and its two clients."""
    return [deal.pk, *deal.participants.values_list("client_id", flat=True)]


def is_held(deal: Deal) -> bool:
    """True while compliance stops the deal."""
    return has_hold(hold_subjects(deal))


def holds_of(deal: Deal) -> QuerySet[Hold]:
    """The standing holds that stop the deal."""
    return open_holds(hold_subjects(deal))


def current_version(deal: Deal) -> TermsVersion | None:
    """The terms proposed last."""
    return deal.terms_versions.order_by("-version").first()


def decode_terms(version: TermsVersion) -> Terms:
    """The document of a proposal, decoded strictly from its stored bytes."""
    return Terms.from_bytes(bytes(version.body))


def current_challenge(version: TermsVersion) -> KeyChallenge | None:
    """The last round of challenges of these terms."""
    return version.challenges.order_by("-pk").first()


def current_payout(deal: Deal) -> Payout | None:
    """The payout wanted last."""
    return deal.payouts.select_related("intent").order_by("-pk").first()


def wallet_of(deal: Deal) -> Wallet | None:
    """The wallet of the deal, once its address is confirmed."""
    return wallets.wallet_of_deal(deal.pk)


def roles_signed(version: TermsVersion) -> set[str]:
    """Roles that have signed these terms."""
    return set(version.signatures.values_list("role", flat=True))


def roles_confirmed(version: TermsVersion) -> set[str]:
    """Roles that said they compared the descriptor outside our web."""
    return set(version.confirmations.values_list("role", flat=True))


def roles_proven(challenge: KeyChallenge) -> set[str]:
    """Roles whose possession of their key is proven in this round."""
    return set(challenge.proofs.values_list("role", flat=True))


def unapplied_terms() -> list[str]:
    """Requests of terms that the signer has answered and no deal has taken in."""
    applied = TermsRegistration.objects.values("request")
    rows = final_results().filter(request__kind="TERMS").exclude(request_id__in=applied)
    return list(rows.values_list("request_id", flat=True))


def unapplied_key_proofs() -> list[str]:
    """Requests of our proof that wait in a round of challenges."""
    waiting = KeyChallenge.objects.filter(terms__deal__state=State.TERMS_SIGNED).exclude(request="")
    waiting = waiting.exclude(proofs__role=Role.MEDIATOR)
    answered = final_results().filter(request_id__in=waiting.values("request"))
    return list(answered.values_list("request_id", flat=True))


def holds_coins(deal: Deal) -> bool:
    """True while coins in blocks lie at the deal's address."""
    wallet = wallet_of(deal)
    return wallet is not None and wallets.mined_utxos(wallet).exists()


def wallets_to_follow() -> list[str]:
    """Wallets whose deals wait for coins, or whose coins were spent while no payout is wanted."""
    waiting = Q(deal__in=Deal.objects.filter(state=State.AWAITING_FUNDING).values("pk"))
    resting = Q(deal__in=Deal.objects.filter(state__in=RESTING).values("pk"))
    spent = Exists(Utxo.objects.filter(wallet=OuterRef("pk"), spender__isnull=False))
    return list(Wallet.objects.filter(waiting | resting & Q(spent)).values_list("pk", flat=True))


def payouts_to_follow() -> list[str]:
    """Intents of all deals that have not ended."""
    rows = Payout.objects.exclude(deal__state__in=ENDED)
    return list(rows.order_by("pk").values_list("intent_id", flat=True))
