"""Which coins a payout can spend: one answer for what is promised to payees and for what is built.

The anchor, which every payout of a deal spends, then the largest coins, up to limits that every
signer can handle. So whatever strangers send to the address, coins larger than theirs are paid out.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol, TypeVar

from django.db.models.functions import Length

from custody.chains.bitcoin.psbt import InputKind, estimated_vsize
from custody.wallets import selectors
from custody.wallets.models import Utxo, Wallet

MAX_COINS = 20
# Bytes of previous transactions in one PSBT; no transaction is larger without its witness.
MAX_PREVIOUS = 1024 * 1024
# A smaller coin costs about as much as it brings; strangers may send any number of them.
MIN_COIN = 2_000
# Satoshi per virtual byte: nodes relay nothing below the first; the second is paid while the terms
# allow it, and a payout that is stuck is helped by its payee.
RELAY_RATE, USUAL_RATE = 1, 10
# Most payees of an escrow: buyer and merchant.
PAYEES = 2


class Coin(Protocol):
    """``amount`` in satoshi, ``size`` in bytes of the transaction that made it."""

    @property
    def outpoint(self) -> str: ...
    @property
    def amount(self) -> int: ...
    @property
    def size(self) -> int: ...


C = TypeVar("C", bound=Coin)


@dataclass(frozen=True)
class Coins:
    """Final coins of a wallet: those the next payout can spend, in its order, and the rest."""

    spendable: tuple[Utxo, ...]
    left_over: tuple[Utxo, ...]

    @property
    def amount(self) -> int:
        """Satoshi in the spendable coins."""
        return sum(coin.amount for coin in self.spendable)


def payout_coins(wallet: Wallet) -> Coins:
    """Sort the wallet's final coins; none is spendable once the anchor is spent."""
    final = selectors.mined_utxos(wallet).filter(
        transaction__height__lte=selectors.final_height(wallet.chain)
    )
    coins = list(final.annotate(size=Length("transaction__raw")))
    fee_max = selectors.terms_of(wallet).fee.max
    chosen = choose(coins, anchor=wallet.anchor, fee_max=fee_max)
    return Coins(tuple(chosen), tuple(coin for coin in coins if coin not in chosen))


def choose(coins: Iterable[C], *, anchor: str, fee_max: int) -> list[C]:
    """The anchor, then the largest coins within the limits; nothing where the anchor is missing.

    ``anchor`` is an outpoint, "" before the first payout was prepared.
    """
    ordered = sorted(coins, key=lambda coin: (coin.outpoint != anchor, -coin.amount, coin.outpoint))
    if anchor and (not ordered or ordered[0].outpoint != anchor):
        return []
    chosen: list[C] = []
    size = 0
    for coin in ordered:
        if not chosen or (coin.amount >= MIN_COIN and size + coin.size <= MAX_PREVIOUS):
            chosen.append(coin)
            size += coin.size
        if len(chosen) == _most_coins(fee_max):
            break
    return chosen


def usual_fee(*, inputs: int, outputs: int, limit: int, kind: InputKind = InputKind.P2WSH_MULTISIG) -> int:
    """Satoshi a payout of this size costs; never above ``limit``."""
    return min(limit, USUAL_RATE * estimated_vsize(inputs=inputs, outputs=outputs, kind=kind))


def _most_coins(fee_max: int) -> int:
    """As many as twice the relay minimum can pay for, so that the last of many payouts is sent too."""
    counts = range(MAX_COINS, 1, -1)
    sizes = {count: estimated_vsize(inputs=count, outputs=PAYEES) for count in counts}
    return next((count for count in counts if 2 * RELAY_RATE * sizes[count] <= fee_max), 1)
