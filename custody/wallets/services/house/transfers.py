"""A person proposes a payment out of a house wallet; others approve it with the program ``approve``."""

from datetime import datetime, timedelta

from django.db import transaction

from custody.accounts.models import User
from custody.accounts.permissions import access, require_right
from custody.accounts.roles import Right
from custody.common.errors import RefusedError
from custody.common.ids import new_id
from custody.hsm import selectors as desk
from custody.statements.intent import Fee, Intent, Payee, Reason, Source
from custody.wallets.house import house_wallets
from custody.wallets.models import TransferIntent, Wallet
from custody.wallets.plans import Plan, Wish, plan_transfer
from custody.wallets.services.intents import cancel_intent, create_intent
from custody.wallets.services.transitions import lock_intent
from custody.wallets.states import OPEN, State

# Time for people to approve; at most 72 hours from the signer's first sight (trust.md 2).
TRANSFER_LIFE = timedelta(hours=48)
WITHDRAWABLE = frozenset({*OPEN, State.PREPARED})


def preview_transfer(*, actor: User, wallet_id: str, wish: Wish, at: datetime) -> Plan:
    """What propose_transfer would pay now; raises what it raises and writes nothing."""
    wallet = _accessible(actor, wallet_id)
    _person_of(actor)
    return plan_transfer(wallet, wish, at=at)


@transaction.atomic
def propose_transfer(*, actor: User, wallet_id: str, wish: Wish, at: datetime) -> TransferIntent:
    """Make the intent of a payment whose maker is ``actor``'s person in the trust store.

    Raises ForbiddenError, NotFoundError, RefusedError ``no_person`` for an account without one, and
    what plan_transfer raises.
    """
    _accessible(actor, wallet_id)
    # Two proposals at once must not choose the same coins.
    wallet = Wallet.objects.select_for_update(no_key=True).get(pk=wallet_id)
    maker = _person_of(actor)
    plan = plan_transfer(wallet, wish, at=at)
    document = house_intent(
        wallet,
        plan,
        kind="TRANSFER",
        fee_max=wish.fee_max,
        entry=wish.entry,
        reason=Reason(code="TREASURY", ref=wallet.pk),
        maker=maker,
        expires_at=at + TRANSFER_LIFE,
        at=at,
    )
    coins = [coin.outpoint for coin in plan.coins]
    return create_intent(actor=actor, document=document, needs_our_key=True, coins=coins, at=at)


@transaction.atomic
def withdraw_transfer(*, actor: User, intent_id: str, at: datetime) -> TransferIntent:
    """Withdraw a payment out of a house wallet; raises RefusedError ``wrong_state`` once it may be signed."""
    require_right(actor, Right.PROPOSE_TRANSFER)
    intent = lock_intent(intent_id)
    access(actor, house_wallets(), intent.wallet_id, Right.VIEW_WALLET)
    if intent.state not in WITHDRAWABLE:
        raise RefusedError("the signer has been asked already", code="wrong_state")
    return cancel_intent(actor=actor, intent_id=intent_id, reason="withdrawn", at=at)


def house_intent(
    wallet: Wallet,
    plan: Plan,
    *,
    kind: str,
    fee_max: int,
    reason: Reason,
    maker: str,
    expires_at: datetime,
    at: datetime,
    entry: str | None = None,
) -> Intent:
    """The document of a payment out of a house wallet, under the policy of the signer that has its key."""
    identity = desk.identity(desk.offline_signer(key=wallet.signing_key))
    return Intent(
        id=new_id("int", at=at),
        instance=identity.instance,
        kind=kind,  # type: ignore[arg-type]
        asset=wallet.asset,
        source=Source(wallet=wallet.pk, owner="HOUSE"),
        payees=(Payee(to=plan.payee, amount=plan.amount, entry=entry),),
        fee=Fee(max=fee_max),
        reason=reason,
        maker=maker,
        policy=identity.policy.hash,
        expires_at=expires_at.replace(microsecond=0),
    )


def _accessible(actor: User, wallet_id: str) -> Wallet:
    wallet = access(actor, house_wallets(), wallet_id, Right.VIEW_WALLET)
    require_right(actor, Right.PROPOSE_TRANSFER)
    return wallet


def _person_of(actor: User) -> str:
    if not actor.person:
        raise RefusedError("your account is linked to no person of the trust store", code="no_person")
    return actor.person
