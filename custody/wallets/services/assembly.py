"""Chooses coins for an intent and builds its transaction; writes nothing.

An escrow payout has no change: what payees leave over of the chosen coins is the fee. Coins that
came after the amounts were promised are left out where they would lift the fee too high, so that
dust sent to the address by strangers cannot make a payout impossible.
"""

from dataclasses import dataclass

from custody.chains.bitcoin.psbt import (
    DecodedSpend,
    Payee,
    Spendable,
    build_payout,
    decode,
    estimated_vsize,
)
from custody.common.errors import RefusedError
from custody.statements.intent import Intent
from custody.wallets import selectors
from custody.wallets.coins import RELAY_RATE, payout_coins, usual_fee
from custody.wallets.models import Utxo, Wallet

# Each payout of a deal costs one satoshi less than the one before; so many may have failed.
MAX_DISCOUNT = 100


@dataclass(frozen=True)
class Assembled:
    """The coins chosen and the unsigned transaction made of them."""

    coins: tuple[Utxo, ...]
    psbt: str
    spend: DecodedSpend


def assemble(wallet: Wallet, document: Intent) -> Assembled:
    """Build the transaction an intent asks for from coins at finality depth.

    Raises RefusedError ``anchor_spent``, ``not_enough_coins`` or ``fee_above_max``, and
    InvalidInputError for a payee that cannot be paid.
    """
    payees = [Payee(item.to, item.amount) for item in document.payees]
    coins = _choose(wallet, document, outputs=len(payees))
    psbt = build_payout(
        inputs=[Spendable(coin.vout, bytes(coin.transaction.raw)) for coin in coins],
        payees=payees,
        witness_script=bytes(wallet.script),
        chain=wallet.chain,
    )
    return Assembled(tuple(coins), psbt, decode(psbt, chain=wallet.chain, field="psbt"))


def _choose(wallet: Wallet, document: Intent, *, outputs: int) -> list[Utxo]:
    coins = payout_coins(wallet).spendable
    if wallet.anchor and not coins:
        raise RefusedError(
            "the coin that all payouts share is spent", code="anchor_spent", field="/source/wallet"
        )
    limit = min(document.fee.max, selectors.terms_of(wallet).fee.max)
    chosen: list[Utxo] = []
    fee = -document.total
    for coin in coins:
        if chosen and fee + coin.amount > limit:
            continue
        chosen.append(coin)
        fee += coin.amount
        if fee >= usual_fee(inputs=len(chosen), outputs=outputs, limit=limit) - MAX_DISCOUNT:
            break
    if fee > limit:
        raise RefusedError(
            "coins exceed payees by more than the fee allows", code="fee_above_max", field="/fee/max"
        )
    if fee < RELAY_RATE * estimated_vsize(inputs=len(chosen), outputs=outputs):
        raise RefusedError(
            "final coins do not cover payees and fee", code="not_enough_coins", field="/payees"
        )
    return chosen
