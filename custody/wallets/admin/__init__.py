"""Pages of wallets, payments and the chain in the back office: looked at, never edited."""

from custody.wallets.admin.chain import ChainTransactionAdmin
from custody.wallets.admin.intents import TransferIntentAdmin
from custody.wallets.admin.wallets import WalletAdmin

__all__ = ["ChainTransactionAdmin", "TransferIntentAdmin", "WalletAdmin"]
