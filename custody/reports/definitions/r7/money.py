"""Chapters 4, 7 and 8: coins that came in, payouts that were wanted, transactions and their fee."""

from typing import Any

from custody.common.clock import write_time
from custody.escrow.models import Payout
from custody.wallets import selectors as wallets
from custody.wallets.models import ChainCursor, TransferIntent, TxAttempt, Utxo, Wallet


def chapter(wallet: Wallet | None, payouts: list[Payout]) -> dict[str, Any]:
    """The keys ``wallet`` (absent before there is one), ``coins`` and ``payouts``."""
    result: dict[str, Any] = {"coins": [], "payouts": [_payout(payout) for payout in payouts]}
    if wallet is not None:
        result["wallet"] = {"id": wallet.pk, "address": wallet.address, "terms": wallet.terms_hash}
        result["coins"] = [_coin(coin) for coin in wallets.coins_of(wallet)]
    return result


def block_of(chain: str) -> list[dict[str, Any]]:
    """The last block the monitor has taken in: the state of the data."""
    cursors = ChainCursor.objects.filter(chain=chain)
    return [{"chain": row.chain, "height": row.height, "hash": row.block_hash} for row in cursors]


def _coin(coin: Utxo) -> dict[str, Any]:
    place = coin.transaction
    mined = {"height": place.height, "block": place.block_hash} if place.height is not None else {}
    spent = {"spent_by": coin.spender.txid} if coin.spender else {}
    return {"outpoint": coin.outpoint, "amount": str(coin.amount), **mined, **spent}


def _payout(payout: Payout) -> dict[str, Any]:
    intent = payout.intent
    document = wallets.document_of(intent)
    attempt = wallets.attempt_of(intent)
    return {
        "kind": payout.kind,
        "at": write_time(payout.created_at),
        "intent": intent.pk,
        "intent_hash": intent.hash,
        "state": intent.state,
        "payees": [{"to": payee.to, "amount": str(payee.amount)} for payee in document.payees],
        **({"transaction": _transaction(intent, attempt)} if attempt else {}),
    }


def _transaction(intent: TransferIntent, attempt: TxAttempt) -> dict[str, Any]:
    """The attempt decoded from its stored PSBT, who signed it, and where the chain has it.

    A segwit txid does not depend on signatures: the same txid before and in the chain proves that
    exactly the agreed transaction was sent.
    """
    spend = wallets.spend_of(attempt)
    return {
        "txid": spend.txid,
        "inputs": [{"outpoint": item.outpoint, "amount": str(item.amount)} for item in spend.inputs],
        "outputs": [{"to": item.address or "", "amount": str(item.amount)} for item in spend.outputs],
        "fee": str(spend.fee),
        "signers": _signers(intent, attempt),
        "confirmations": wallets.confirmations(attempt),
    }


def _signers(intent: TransferIntent, attempt: TxAttempt) -> list[dict[str, str]]:
    """Keys that signed every input, by their role in the terms."""
    keys = wallets.terms_of(intent.wallet).keys
    signed = wallets.signed_keys(attempt)
    return [
        {"role": role, "public_key": keys.of(role)}
        for role in ("buyer", "mediator", "merchant")
        if keys.of(role) in signed
    ]
