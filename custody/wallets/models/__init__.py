"""Tables of the wallets package, by noun."""

from custody.wallets.models.chain import BlockHeader, ChainCursor, ChainTransaction, Utxo
from custody.wallets.models.intents import TransferIntent, TxAttempt, TxSignature, UtxoLease
from custody.wallets.models.proofs import TransferApproval, WitnessFact
from custody.wallets.models.wallets import Wallet, WalletUserPermission

__all__ = [
    "BlockHeader",
    "ChainCursor",
    "ChainTransaction",
    "TransferApproval",
    "TransferIntent",
    "TxAttempt",
    "TxSignature",
    "Utxo",
    "UtxoLease",
    "Wallet",
    "WalletUserPermission",
    "WitnessFact",
]
