"""How much a deal can pay out: the coins of its next payout less the fee, both in satoshi."""

from dataclasses import dataclass

from custody.escrow.models import Deal
from custody.escrow.selectors import wallet_of
from custody.wallets.coins import payout_coins, usual_fee

# Nodes relay no smaller output to any script (dust limit of P2PKH, with a margin).
MIN_SHARE = 1_000


@dataclass(frozen=True)
class Budget:
    """What the coins of the next payout hold, and what of it goes to the miners."""

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
    coins = payout_coins(wallet)
    fee = usual_fee(inputs=max(len(coins.spendable), 1), outputs=payees, limit=deal.fee_max)
    return Budget(coins.amount, fee - deal.payouts.count())
