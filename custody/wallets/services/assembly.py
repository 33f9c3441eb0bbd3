"""Chooses coins for an intent and builds its transaction; writes nothing.

An escrow payout has no change: what payees leave over of the chosen coins is the fee. The anchor
coin always comes first, then the largest, so that dust sent to the address by strangers cannot
make a payout impossible.
"""

from collections.abc import Sequence
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
from custody.wallets.models import Utxo, Wallet

# Nodes relay nothing below one satoshi per virtual byte.
MIN_FEE_RATE = 1


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
    chosen: list[Utxo] = []
    for coin in _candidates(wallet):
        chosen.append(coin)
        fee = sum(item.amount for item in chosen) - document.total
        if fee >= MIN_FEE_RATE * estimated_vsize(inputs=len(chosen), outputs=outputs):
            limit = min(document.fee.max, selectors.terms_of(wallet).fee.max)
            if fee > limit:
                raise RefusedError(
                    "coins exceed payees by more than the fee allows", code="fee_above_max", field="/fee/max"
                )
            return chosen
    raise RefusedError("final coins do not cover payees and fee", code="not_enough_coins", field="/payees")


def _candidates(wallet: Wallet) -> Sequence[Utxo]:
    final = selectors.final_height(wallet.chain)
    coins = list(selectors.mined_utxos(wallet).filter(transaction__height__lte=final))
    if not wallet.anchor:
        return coins
    anchor = [coin for coin in coins if coin.outpoint == wallet.anchor]
    if not anchor:
        raise RefusedError(
            "the coin that all payouts share is spent", code="anchor_spent", field="/source/wallet"
        )
    return anchor + [coin for coin in coins if coin.outpoint != wallet.anchor]
