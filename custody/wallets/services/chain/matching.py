"""Finds what concerns us in a block: two indexed questions to the database, whatever the block's size."""

from dataclasses import dataclass

from custody.chains.bitcoin.block import Block
from custody.wallets.models import Utxo, Wallet


@dataclass(frozen=True)
class Payment:
    """An output that pays one of our wallets, in satoshi; ``raw`` without witness."""

    wallet_id: str
    txid: str
    vout: int
    amount: int
    raw: bytes


@dataclass(frozen=True)
class Spend:
    """A transaction that spends one of our coins; ``raw`` as it is sent."""

    coin: Utxo
    txid: str
    raw: bytes


def find_payments(chain: str, block: Block) -> list[Payment]:
    """Outputs of the block that pay a wallet of the chain, in the block's order."""
    outputs = [
        (transaction, vout, output)
        for transaction in block.transactions
        for vout, output in enumerate(transaction.outputs)
    ]
    watched = _watched(chain, {output.script for _, _, output in outputs})
    return [
        Payment(watched[output.script], transaction.txid, vout, output.amount, transaction.stripped())
        for transaction, vout, output in outputs
        if output.script in watched
    ]


def find_spends(chain: str, block: Block) -> list[Spend]:
    """Inputs of the block that spend a known coin of the chain, in the block's order."""
    inputs = [(transaction, item) for transaction in block.transactions for item in transaction.inputs]
    known = Utxo.objects.filter(chain=chain, txid__in={item.txid for _, item in inputs})
    coins = {coin.outpoint: coin for coin in known}
    return [
        Spend(coins[item.outpoint], transaction.txid, transaction.to_bytes())
        for transaction, item in inputs
        if item.outpoint in coins
    ]


def _watched(chain: str, scripts: set[bytes]) -> dict[bytes, str]:
    wallets = Wallet.objects.filter(chain=chain, script_pubkey__in=scripts)
    return {bytes(script): pk for pk, script in wallets.values_list("pk", "script_pubkey")}
