"""Writes of the wallets package; every entry point and every package above calls these only."""

from custody.wallets.services.broadcast import broadcast_intent
from custody.wallets.services.chain import scan_chain
from custody.wallets.services.collecting import accept_psbt
from custody.wallets.services.house.approvals import hand_in_approval
from custody.wallets.services.house.opening import open_house_wallet, open_missing_wallets
from custody.wallets.services.house.sweeps import sweep_house, sweep_wallet
from custody.wallets.services.house.transfers import preview_transfer, propose_transfer, withdraw_transfer
from custody.wallets.services.intents import cancel_intent, create_intent
from custody.wallets.services.signing import apply_signature
from custody.wallets.services.steps import take_step
from custody.wallets.services.transitions import advance, note_problem
from custody.wallets.services.wallets import register_escrow_wallet

__all__ = [
    "accept_psbt",
    "advance",
    "apply_signature",
    "broadcast_intent",
    "cancel_intent",
    "create_intent",
    "hand_in_approval",
    "note_problem",
    "open_house_wallet",
    "open_missing_wallets",
    "preview_transfer",
    "propose_transfer",
    "register_escrow_wallet",
    "scan_chain",
    "sweep_house",
    "sweep_wallet",
    "take_step",
    "withdraw_transfer",
]
