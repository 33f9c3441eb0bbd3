"""What buyers and strangers send to a deal's address, as the monitor would store it."""

import itertools
from dataclasses import dataclass

from custody.chains.bitcoin.script import p2wsh_script
from custody.chains.bitcoin.transaction import Transaction, TxInput, TxOutput
from custody.escrow import selectors, services
from custody.escrow.models import Deal
from custody.wallets.models import ChainCursor, ChainTransaction, Utxo
from tests.cast import AT
from tests.harness.bitcoin import REGTEST

TIP = 200
_numbers = itertools.count(1)


@dataclass(frozen=True)
class Deposit:
    """One transaction that pays ``amounts`` (satoshi); ``padding`` bytes in its script, or its witness."""

    amounts: tuple[int, ...]
    padding: int = 0
    witness: int = 0

    def transaction(self, script: bytes) -> Transaction:
        witness = (b"w" * self.witness,) if self.witness else ()
        spent = TxInput(f"{next(_numbers):064x}", 0, b"s" * self.padding, 0xFFFFFFFF, witness)
        outputs = tuple(TxOutput(amount, p2wsh_script(script)) for amount in self.amounts)
        return Transaction(2, (spent,), outputs, 0)


def start_chain() -> None:
    """The monitor stands at a height of its own; there is no node."""
    ChainCursor.objects.create(chain=REGTEST, height=TIP, block_hash="bb" * 32, updated_at=AT)


def pay(deal: Deal, *deposits: Deposit) -> None:
    """Let the monitor see final deposits at the deal's address, and the deal follow."""
    wallet = selectors.wallet_of(deal)
    assert wallet is not None
    for deposit in deposits:
        transaction = deposit.transaction(bytes(wallet.script))
        row = ChainTransaction.objects.create(
            chain=REGTEST,
            txid=transaction.txid,
            raw=transaction.to_bytes(),
            height=TIP - 10,
            block_hash="cc" * 32,
            first_seen_at=AT,
        )
        Utxo.objects.bulk_create(
            Utxo(
                wallet=wallet,
                chain=REGTEST,
                txid=transaction.txid,
                vout=vout,
                amount=amount,
                transaction=row,
            )
            for vout, amount in enumerate(deposit.amounts)
        )
    services.follow_funding(wallet_id=wallet.pk, at=AT)
