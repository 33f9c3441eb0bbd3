"""What a payment out of a house wallet would take and cost, before anything is made of it."""

from dataclasses import dataclass, replace
from datetime import datetime

from custody.chains.bitcoin.address import canonical_address, script_of
from custody.chains.bitcoin.psbt.build import DUST
from custody.common.errors import InvalidInputError, RefusedError
from custody.hsm.deny_list import refuse_denied
from custody.wallets.coins import USUAL_RATE, usual_fee
from custody.wallets.fitting import Costs, Search
from custody.wallets.house import INPUT_VSIZE, KIND, HouseKey, free_coins, key_of, least_fee, worthwhile
from custody.wallets.models import Utxo, Wallet


class NoExactCoinsError(RefusedError):
    """No coins add up to the amount and a fee; ``below`` and ``above`` are the nearest payable amounts.

    ``below`` is 0 where nothing smaller can be paid, ``above`` None where nothing larger can.
    """

    code = "no_exact_coins"

    def __init__(self, *, below: int, above: int | None) -> None:
        near = {"nearest below": below or None, "nearest above": above}
        said = [f"{name}: {amount}" for name, amount in near.items() if amount is not None]
        super().__init__("; ".join(["no coins add up to amount and fee", *said]), field="amount")
        self.below, self.above = below, above


@dataclass(frozen=True)
class Wish:
    """What is to be paid: an ``amount``, these ``coins``, both, or everything where neither is given.

    Amounts in satoshi; ``coins`` are outpoints; ``entry`` the hash of an address-book document.
    """

    payee: str
    fee_max: int
    amount: int | None = None
    coins: tuple[str, ...] = ()
    entry: str | None = None


@dataclass(frozen=True)
class Plan:
    """Exactly what will be paid: the coins are spent whole, ``amount`` and ``fee`` are their sum."""

    payee: str
    amount: int
    fee: int
    coins: tuple[Utxo, ...]

    @property
    def total(self) -> int:
        return self.amount + self.fee


def plan_transfer(wallet: Wallet, wish: Wish, *, at: datetime) -> Plan:
    """Choose the coins of a payment; raises RefusedError or InvalidInputError naming the field.

    ``no_exact_coins`` where no coins add up, ``no_final_coins`` for an empty wallet, ``coin_not_free``
    for a coin that is spent, not final or held, ``fee_below_relay``, ``dust``, ``payee_is_source``,
    ``payee_denied``, and what the key's limits and time forbid.
    """
    wish = replace(wish, payee=canonical_address(wish.payee, wallet.chain, field="payee"))
    if wish.payee == wallet.address:
        raise InvalidInputError("the wallet would pay itself", code="payee_is_source", field="payee")
    refuse_denied(wish.payee, chain=wallet.chain, key=wallet.signing_key)
    coins = free_coins(wallet)
    if not coins:
        raise RefusedError("the wallet has no final coins that are free", code="no_final_coins")
    plan = _plan(wish, coins, chain=wallet.chain)
    if plan.amount < DUST[len(script_of(wish.payee, wallet.chain))]:
        raise InvalidInputError("amount is below the dust limit", code="dust", field="amount")
    check_key(wallet, plan, fee_max=wish.fee_max, kind="TRANSFER", at=at)
    return plan


def check_key(wallet: Wallet, plan: Plan, *, fee_max: int, kind: str, at: datetime) -> HouseKey:
    """Raise RefusedError where the key may not make this payment; return the key."""
    key = key_of(wallet)
    if key is None or not key.is_usable(at=at):
        raise RefusedError("the key of the wallet is not in use now", code="key_not_usable")
    limits = key.limits
    if limits.kinds is not None and kind not in limits.kinds:
        raise RefusedError("the key makes no payments of this kind", code="key_limit_kind")
    if limits.payees is not None and plan.payee not in limits.payees:
        raise RefusedError("the key does not pay this address", code="key_limit_payee", field="payee")
    if limits.amount_max is not None and plan.amount > limits.amount_max:
        raise RefusedError("the key pays smaller amounts only", code="key_limit_amount", field="amount")
    if limits.fee_max is not None and fee_max > limits.fee_max:
        raise RefusedError("the key pays smaller fees only", code="key_limit_fee", field="fee_max")
    return key


def sweep_of(coins: tuple[Utxo, ...], *, payee: str, fee_max: int) -> Plan:
    """All of ``coins`` to one payee; raises RefusedError ``fee_below_relay``."""
    fee = usual_fee(inputs=len(coins), outputs=1, limit=fee_max, kind=KIND)
    if fee < least_fee(len(coins)):
        raise RefusedError(
            "nodes would not relay a payment with this fee", code="fee_below_relay", field="fee_max"
        )
    return Plan(payee, sum(coin.amount for coin in coins) - fee, fee, coins)


def _plan(wish: Wish, coins: list[Utxo], *, chain: str) -> Plan:
    if wish.coins:
        return _of_coins(wish, _named(wish.coins, coins))
    if wish.amount is not None:
        return _of_amount(wish, wish.amount, worthwhile(coins), chain=chain)
    chosen = worthwhile(coins)
    if not chosen:
        raise RefusedError("the coins cost more than they bring", code="coins_too_small")
    return sweep_of(tuple(chosen), payee=wish.payee, fee_max=wish.fee_max)


def _named(outpoints: tuple[str, ...], coins: list[Utxo]) -> tuple[Utxo, ...]:
    free = {coin.outpoint: coin for coin in coins}
    missing = sorted(set(outpoints) - free.keys())
    if missing or len(set(outpoints)) != len(outpoints):
        raise RefusedError("a coin is spent, not final or held", code="coin_not_free", field="coins")
    return tuple(free[outpoint] for outpoint in outpoints)


def _of_coins(wish: Wish, chosen: tuple[Utxo, ...]) -> Plan:
    if wish.amount is None:
        return sweep_of(chosen, payee=wish.payee, fee_max=wish.fee_max)
    fee = sum(coin.amount for coin in chosen) - wish.amount
    if not least_fee(len(chosen)) <= fee <= wish.fee_max:
        raise RefusedError("the coins do not leave the fee over", code="fee_out_of_range", field="coins")
    return Plan(wish.payee, wish.amount, fee, chosen)


def _of_amount(wish: Wish, amount: int, coins: list[Utxo], *, chain: str) -> Plan:
    frame = least_fee(1) - INPUT_VSIZE
    costs = Costs(frame=frame, each=INPUT_VSIZE, most=wish.fee_max, usual=USUAL_RATE)
    search = Search(coins, amount, costs).run()
    if not search.found:
        dust = DUST[len(script_of(wish.payee, chain))]
        below = search.below if search.below >= dust else 0
        raise NoExactCoinsError(below=below, above=search.above)
    fee = sum(coin.amount for coin in search.found) - amount
    return Plan(wish.payee, amount, fee, search.found)
