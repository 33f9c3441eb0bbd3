"""Reads about wallets of the house: whose key, what it may do, and which coins a payment can still take."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import QuerySet
from django.db.models.functions import Length

from custody.chains.bitcoin.psbt import InputKind, estimated_vsize
from custody.hsm import standing
from custody.hsm.models import SigningKey
from custody.statements.intent import Intent
from custody.statements.trust.keys import KeyActivate, KeyLimits, WalletBinding
from custody.wallets import selectors
from custody.wallets.coins import MAX_PREVIOUS, RELAY_RATE, USUAL_RATE
from custody.wallets.models import TransferIntent, Utxo, UtxoLease, Wallet
from custody.wallets.states import OPEN, State

# Every signer takes this many with room to spare, and pages can show them.
MAX_COINS = 100
KIND = InputKind.P2WPKH
INPUT_VSIZE = estimated_vsize(inputs=2, outputs=1, kind=KIND) - estimated_vsize(
    inputs=1, outputs=1, kind=KIND
)


@dataclass(frozen=True)
class HouseKey:
    """The one key of a wallet as the signer publishes it, and what it was taken into use for."""

    row: SigningKey
    activation: KeyActivate
    binding: WalletBinding

    @property
    def limits(self) -> KeyLimits:
        return self.binding.limits or KeyLimits()

    def is_usable(self, *, at: datetime) -> bool:
        """Active and within its cryptoperiod."""
        return self.row.state == "ACTIVE" and self.activation.valid_from <= at < self.activation.valid_until


def key_of(wallet: Wallet) -> HouseKey | None:
    """The key of a house wallet; None while the signer has not published it."""
    found = standing.activation_of(wallet.signing_key)
    if found is None or found[1].wallet is None:
        return None
    return HouseKey(*found, found[1].wallet)


def house_wallets() -> QuerySet[Wallet]:
    """All wallets of the house, oldest first."""
    return Wallet.objects.filter(owner=Wallet.Owner.HOUSE).order_by("created_at", "pk")


def free_coins(wallet: Wallet) -> list[Utxo]:
    """Final coins that no other payment holds or was planned with, largest first; ``size`` in bytes."""
    final = selectors.mined_utxos(wallet).filter(
        transaction__height__lte=selectors.final_height(wallet.chain)
    )
    # What is being withdrawn hands its coins over to the next payment.
    held = UtxoLease.objects.filter(utxo__wallet=wallet, released_at=None)
    held = held.exclude(intent__state=State.CANCELLING)
    planned = TransferIntent.objects.filter(wallet=wallet, state__in=OPEN).values_list("coins", flat=True)
    taken = {outpoint for coins in planned for outpoint in coins}
    coins = final.exclude(pk__in=held.values("utxo_id")).annotate(size=Length("transaction__raw"))
    return [coin for coin in coins if coin.outpoint not in taken]


def worthwhile(coins: list[Utxo]) -> list[Utxo]:
    """The largest coins that bring more than they cost, as many as one transaction takes."""
    chosen: list[Utxo] = []
    size = 0
    for coin in coins[:MAX_COINS]:
        size += coin.size  # type: ignore[attr-defined]  # annotated
        if coin.amount > USUAL_RATE * INPUT_VSIZE and (not chosen or size <= MAX_PREVIOUS):
            chosen.append(coin)
    return chosen


def least_fee(inputs: int) -> int:
    """Satoshi below which nodes do not relay a payment to one payee."""
    return RELAY_RATE * estimated_vsize(inputs=inputs, outputs=1, kind=KIND)


def mandate_of(document: Intent) -> str | None:
    """Id of the mandate that made the intent; None for one of a person."""
    return document.maker if document.maker.startswith("man_") else None
