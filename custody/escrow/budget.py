"""How much a deal can pay out: its final coins less the fee, both in satoshi."""

from dataclasses import dataclass

from custody.chains.bitcoin.psbt import estimated_vsize
from custody.escrow.models import Deal
from custody.escrow.selectors import wallet_of
from custody.wallets import selectors as wallets

# Satoshi per virtual byte, up to what the terms allow; a payout that is stuck is helped by its payee.
FEE_RATE = 10
# A smaller coin costs about as much as it brings; strangers may send any number of them.
MIN_COIN = 2_000
# Nodes relay no smaller output to any script (dust limit of P2PKH, with a margin).
MIN_SHARE = 1_000


@dataclass(frozen=True)
class Budget:
    """What the final coins hold, and what of it goes to the miners."""

    coins: int
    fee: int

    @property
    def payable(self) -> int:
        """What buyer and merchant get together; never negative."""
        return max(self.coins - self.fee, 0)


def payout_budget(deal: Deal, *, payees: int) -> Budget:
    """Budget of the next payout to ``payees`` parties; empty before there is a wallet.

    Each payout of a deal costs one satoshi less than the one before, so that no two are the same
    transaction and the chain tells which of them it was.
    """
    wallet = wallet_of(deal)
    if wallet is None:
        return Budget(0, 0)
    final = wallets.final_height(wallet.chain)
    amounts = [
        coin.amount
        for coin in wallets.mined_utxos(wallet).filter(transaction__height__lte=final)
        if coin.amount >= MIN_COIN
    ]
    vsize = estimated_vsize(inputs=max(len(amounts), 1), outputs=payees)
    return Budget(sum(amounts), min(deal.fee_max, FEE_RATE * vsize) - deal.payouts.count())
