"""Sweeps under a standing mandate: coins of a wallet of ours go to another, with no person taking part.

One sweep of a wallet at a time, under the wallet's lock. The mandate's caps are kept here so that
no request is made in vain; that they are kept at all is the signer's doing.
"""

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction

from custody.chains.bitcoin.psbt.build import DUST
from custody.common.errors import CustodyError
from custody.hsm import standing
from custody.policy.rules.velocity import within
from custody.statements.intent import Reason, ReasonCode
from custody.statements.mandate import Mandate
from custody.wallets import selectors
from custody.wallets.coins import usual_fee
from custody.wallets.house import (
    KIND,
    HouseKey,
    free_coins,
    house_wallets,
    key_of,
    least_fee,
    mandate_of,
    worthwhile,
)
from custody.wallets.models import TransferIntent, Utxo, Wallet
from custody.wallets.plans import Plan, check_key, sweep_of
from custody.wallets.rotation import Route, is_rotation_due, rotation_route, routes
from custody.wallets.services.house.transfers import house_intent
from custody.wallets.services.intents import create_intent
from custody.wallets.services.transitions import WORKER
from custody.wallets.spend_facts import past_spends
from custody.wallets.states import State

log = logging.getLogger(__name__)

SWEEP_LIFE = timedelta(hours=6)
# After a sweep that was denied, refused or expired: whatever stopped it may stand for long.
PAUSE = timedelta(hours=1)
# Wallets of ours are P2WPKH: nodes relay no smaller output to them.
DUST_LIMIT = DUST[22]
ENDED_BADLY = frozenset({State.DENIED, State.REJECTED, State.EXPIRED, State.CANCELLING})


def sweep_house(*, at: datetime) -> list[str]:
    """Make the sweeps that are due; return the ids of their intents. One that fails stops no other."""
    made = []
    for wallet_id in house_wallets().values_list("pk", flat=True):
        try:
            intent = sweep_wallet(wallet_id=wallet_id, at=at)
        except CustodyError as error:
            log.warning("wallet %s is not swept: %s", wallet_id, error.code)
            continue
        made += [intent.pk] if intent else []
    return made


@transaction.atomic
def sweep_wallet(*, wallet_id: str, at: datetime) -> TransferIntent | None:
    """Make the wallet's sweep, when a mandate, its coins and its key call for one.

    Due above ``settings.HOUSE_SWEEP_THRESHOLD`` satoshi; whatever lies there when the key is rotated.
    """
    wallet = Wallet.objects.select_for_update(no_key=True).get(pk=wallet_id)
    key = key_of(wallet)
    if key is None or not key.is_usable(at=at) or not standing.is_on_duty(at=at):
        return None
    if selectors.is_held(wallet) or _is_busy(wallet, at=at):
        return None
    is_rotation = is_rotation_due(key, at=at)
    route = rotation_route(wallet, key, at=at) if is_rotation else next(routes(wallet, key, at=at), None)
    if route is None:
        return None
    coins = _deep_enough(free_coins(wallet), route.mandate)
    if sum(coin.amount for coin in coins) < (1 if is_rotation else settings.HOUSE_SWEEP_THRESHOLD):
        return None
    plan = _plan(wallet, key, route, coins, at=at)
    return _submit(wallet, route, plan, is_rotation=is_rotation, at=at) if plan else None


def _is_busy(wallet: Wallet, *, at: datetime) -> bool:
    """True while a sweep is under way, and for a while after one that ended badly."""
    for intent in wallet.intents.exclude(state=State.FINAL).order_by("-created_at", "-pk"):
        if mandate_of(selectors.document_of(intent)) is None:
            continue
        if intent.state in ENDED_BADLY and intent.state_changed_at + PAUSE <= at:
            continue
        if intent.state == State.CANCELLED:
            continue
        return True
    return False


def _deep_enough(coins: list[Utxo], mandate: Mandate) -> list[Utxo]:
    """Coins as deep as the mandate wants the witness to see them."""
    depth = max((need.depth for need in mandate.needs), default=0)
    return [
        coin
        for coin in coins
        if selectors.tip_height(coin.chain) - (coin.transaction.height or 0) + 1 >= depth
    ]


def _plan(wallet: Wallet, key: HouseKey, route: Route, coins: list[Utxo], *, at: datetime) -> Plan | None:
    """The largest coins that keep the caps together; None where not even one does."""
    caps = _caps(wallet, key, route.mandate, at=at)
    chosen: list[Utxo] = []
    for coin in worthwhile(coins):
        more = [*chosen, coin]
        fee = usual_fee(inputs=len(more), outputs=1, limit=caps.fee, kind=KIND)
        if fee >= least_fee(len(more)) and sum(item.amount for item in more) - fee <= caps.amount:
            chosen = more
    if not chosen:
        return None
    plan = sweep_of(tuple(chosen), payee=route.destination.address, fee_max=caps.fee)
    if plan.amount < DUST_LIMIT:
        return None
    check_key(wallet, plan, fee_max=caps.fee, kind="SWEEP", at=at)
    return plan


@dataclass(frozen=True)
class _Caps:
    """Most that one sweep may pay now, and its highest fee; in satoshi."""

    amount: int
    fee: int


def _caps(wallet: Wallet, key: HouseKey, mandate: Mandate, *, at: datetime) -> _Caps:
    """What the mandate's windows leave, and the limits of the key."""
    own = tuple(item for item in past_spends(wallet) if item.mandate == mandate.mandate)
    recent = within(own, asset=mandate.asset, seconds=mandate.cap_window.seconds, at=at)
    paid = within(own, asset=mandate.asset, seconds=mandate.fee.window.seconds, at=at)
    amounts = [
        mandate.cap_per_transaction,
        mandate.cap_window.amount - sum(item.amount for item in recent),
        key.limits.amount_max,
    ]
    fees = [mandate.fee.max, mandate.fee.window.amount - sum(item.fee for item in paid), key.limits.fee_max]
    return _Caps(
        amount=max(0, min(limit for limit in amounts if limit is not None)),
        fee=max(0, min(limit for limit in fees if limit is not None)),
    )


def _submit(wallet: Wallet, route: Route, plan: Plan, *, is_rotation: bool, at: datetime) -> TransferIntent:
    document = house_intent(
        wallet,
        plan,
        kind="SWEEP",
        fee_max=plan.fee,
        reason=Reason(code=_reason(route, is_rotation), ref=route.destination.pk),
        maker=route.mandate.mandate,
        expires_at=at + SWEEP_LIFE,
        at=at,
    )
    coins = [coin.outpoint for coin in plan.coins]
    return create_intent(actor=WORKER, document=document, needs_our_key=True, coins=coins, at=at)


def _reason(route: Route, is_rotation: bool) -> ReasonCode:
    if is_rotation:
        return "KEY_ROTATION"
    destination = key_of(route.destination)
    return "COLD_STORAGE" if destination and destination.binding.tier == "COLD" else "TREASURY"
