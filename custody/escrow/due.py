"""Which deals wait for our people, for the list and the worklist of the back office."""

from datetime import datetime

from django.conf import settings
from django.db.models import Exists, OuterRef, Q, QuerySet

from custody.compliance.models import Hold
from custody.compliance.selectors import standing_holds, waiting_holds
from custody.escrow.models import AddressConfirmation, Deal, Decision, Participant, Role
from custody.escrow.states import ENDED, State
from custody.wallets.models import Utxo, Wallet
from custody.wallets.selectors import final_height


def mark_held(deals: QuerySet[Deal]) -> QuerySet[Deal]:
    """``deals`` with ``is_stopped``: whether a compliance hold stands on them or on a client of theirs."""
    return deals.annotate(is_stopped=_stopped_by(standing_holds()))


def only_held(deals: QuerySet[Deal]) -> QuerySet[Deal]:
    """Those of ``deals`` that a compliance hold stops."""
    return deals.filter(_stopped_by(standing_holds()))


def only_free(deals: QuerySet[Deal]) -> QuerySet[Deal]:
    """Those of ``deals`` that no compliance hold stops."""
    return deals.filter(~_stopped_by(standing_holds()))


def held_deals() -> QuerySet[Deal]:
    """Deals that have not ended and wait for officers to end a hold, longest in their state first."""
    return _oldest_first(Deal.objects.exclude(state__in=ENDED).filter(_stopped_by(waiting_holds())))


def deals_to_propose() -> QuerySet[Deal]:
    """Drafts in which both parties have named key and address: terms can be proposed."""
    missing = Participant.objects.filter(deal=OuterRef("pk"), joined_at=None)
    return _oldest_first(Deal.objects.filter(~Exists(missing), state=State.DRAFT))


def deals_to_compare() -> QuerySet[Deal]:
    """Deals whose address our mediator has not compared with the parties yet."""
    compared = AddressConfirmation.objects.filter(terms__deal=OuterRef("pk"), role=Role.MEDIATOR)
    return _oldest_first(Deal.objects.filter(~Exists(compared), state=State.KEYS_PROVEN))


def disputed_deals() -> QuerySet[Deal]:
    """Deals whose dispute waits for a decision."""
    return _oldest_first(Deal.objects.filter(state=State.DISPUTE_OPEN))


def waiting_decisions() -> QuerySet[Decision]:
    """Decisions that a second person has to confirm, oldest first."""
    waiting = Decision.objects.filter(state=Decision.State.PROPOSED)
    return waiting.select_related("deal").order_by("proposed_at", "pk")


def deals_being_funded() -> QuerySet[Deal]:
    """Deals at whose address coins lie in blocks that are not final yet."""
    return _oldest_first(Deal.objects.filter(_has_coins(is_final=False), state=State.AWAITING_FUNDING))


def deals_funded_in_part() -> QuerySet[Deal]:
    """Deals at whose address only final coins lie, and not enough of them."""
    waiting = Deal.objects.filter(state=State.AWAITING_FUNDING)
    return _oldest_first(waiting.filter(_has_coins(is_final=True), ~_has_coins(is_final=False)))


def unfunded_deals(*, since: datetime) -> QuerySet[Deal]:
    """Deals that wait for coins since that moment or longer, and none has come."""
    waiting = Deal.objects.filter(state=State.AWAITING_FUNDING, state_changed_at__lte=since)
    return _oldest_first(waiting.filter(~_has_coins(is_final=True), ~_has_coins(is_final=False)))


def deals_paid_too_late() -> QuerySet[Deal]:
    """Deals that were closed as not funded, and at whose address coins lie nevertheless."""
    return _oldest_first(Deal.objects.filter(_has_coins(is_final=True), state=State.FUNDING_EXPIRED))


def _has_coins(*, is_final: bool) -> Exists:
    """Whether coins that are final, or not yet, lie at the deal's address."""
    final = Q(transaction__height__lte=final_height(settings.BITCOIN_CHAIN))
    mined = Utxo.objects.filter(wallet=OuterRef("pk"), spender=None, transaction__height__isnull=False)
    coins = mined.filter(final if is_final else ~final)
    return Exists(Wallet.objects.filter(Exists(coins), deal=OuterRef("pk")))


def _stopped_by(holds: QuerySet[Hold]) -> Q:
    clients = Participant.objects.filter(deal=OuterRef("pk"), client__in=holds.values("subject"))
    return Q(Exists(holds.filter(subject=OuterRef("pk")))) | Q(Exists(clients))


def _oldest_first(deals: QuerySet[Deal]) -> QuerySet[Deal]:
    return deals.order_by("state_changed_at", "pk")
