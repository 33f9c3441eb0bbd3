"""Chooses coins for an intent and builds its transaction; writes nothing.

No payment has change, and a house wallet spends exactly the coins that were chosen with the intent.
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
    build_spend,
    decode,
    estimated_vsize,
)
from custody.common.errors import RefusedError
from custody.statements.intent import Intent
from custody.wallets import selectors
from custody.wallets.coins import RELAY_RATE, payout_coins, usual_fee
from custody.wallets.house import least_fee
from custody.wallets.models import TransferIntent, Utxo

# Each payout of a deal costs one satoshi less than the one before; so many may have failed.
MAX_DISCOUNT = 100


@dataclass(frozen=True)
class Assembled:
    """The coins chosen and the unsigned transaction made of them."""

    coins: tuple[Utxo, ...]
    psbt: str
    spend: DecodedSpend


def assemble(intent: TransferIntent) -> Assembled:
    """Build the transaction an intent asks for from coins at finality depth.

    Raises RefusedError ``anchor_spent``, ``not_enough_coins``, ``fee_above_max`` or ``coins_gone``, and
    InvalidInputError for a payee that cannot be paid.
    """
    wallet, document = intent.wallet, selectors.document_of(intent)
    payees = [Payee(item.to, item.amount) for item in document.payees]
    choose = _planned if wallet.is_house else _choose
    coins = choose(intent, document)
    inputs = [Spendable(coin.vout, bytes(coin.transaction.raw)) for coin in coins]
    if wallet.is_house:
        key = bytes.fromhex(wallet.public_key)
        psbt = build_spend(inputs=inputs, payees=payees, public_key=key, chain=wallet.chain)
    else:
        script = bytes(wallet.script)
        psbt = build_payout(inputs=inputs, payees=payees, witness_script=script, chain=wallet.chain)
    return Assembled(tuple(coins), psbt, decode(psbt, chain=wallet.chain, field="psbt"))


def _planned(intent: TransferIntent, document: Intent) -> list[Utxo]:
    """The coins that were chosen with the intent, all of them still final and unspent."""
    final = selectors.mined_utxos(intent.wallet).filter(
        transaction__height__lte=selectors.final_height(intent.wallet.chain)
    )
    known = {coin.outpoint: coin for coin in final}
    if not set(intent.coins) <= known.keys():
        raise RefusedError(
            "a coin that was chosen is spent or not final", code="coins_gone", field="/source/wallet"
        )
    coins = [known[outpoint] for outpoint in intent.coins]
    fee = sum(coin.amount for coin in coins) - document.total
    if not least_fee(len(coins)) <= fee <= document.fee.max:
        raise RefusedError(
            "coins exceed payees by more than the fee allows", code="fee_above_max", field="/fee/max"
        )
    return coins


def _choose(intent: TransferIntent, document: Intent) -> list[Utxo]:
    """The anchor and the largest coins, until payees and a usual fee are covered."""
    wallet, outputs = intent.wallet, len(document.payees)
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
