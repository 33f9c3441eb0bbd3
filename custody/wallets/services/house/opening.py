"""Opens the wallet of a key that was taken into use for the house; the monitor watches it from then on."""

import logging
from datetime import datetime

from django.db import IntegrityError, transaction

from custody.audit.services import record
from custody.chains.bitcoin.address import p2wpkh_address
from custody.chains.bitcoin.networks import network_of
from custody.chains.bitcoin.script import p2wpkh_script
from custody.hsm import standing
from custody.hsm.models import SigningKey
from custody.statements.trust.keys import WalletBinding
from custody.wallets.models import Wallet

log = logging.getLogger(__name__)

SIGNER = "system:signer"


def open_house_wallet(*, key_id: str, at: datetime) -> Wallet | None:
    """Make the wallet a key's activation names; twice is once, and other owners' keys make none.

    A wallet known with another key is an alarm and stays as it is.
    """
    found = standing.activation_of(key_id)
    binding = found[1].wallet if found else None
    if found is None or binding is None or binding.owner != Wallet.Owner.HOUSE:
        return None
    try:
        return _open(found[0], binding, at=at)
    except IntegrityError:
        log.critical("wallet %s of key %s contradicts one that is known", binding.wallet, key_id)
        return None


def open_missing_wallets(*, at: datetime) -> None:
    """Open what lost messages left out."""
    known = set(Wallet.objects.filter(owner=Wallet.Owner.HOUSE).values_list("signing_key", flat=True))
    for key, activation in standing.activations():
        binding = activation.wallet
        if binding is not None and binding.owner == Wallet.Owner.HOUSE and key.pk not in known:
            open_house_wallet(key_id=key.pk, at=at)


@transaction.atomic
def _open(key: SigningKey, binding: WalletBinding, *, at: datetime) -> Wallet:
    public_key = bytes.fromhex(key.public_key)
    wallet, is_new = Wallet.objects.get_or_create(
        pk=binding.wallet,
        signing_key=key.pk,
        defaults={
            "owner": Wallet.Owner.HOUSE,
            "chain": binding.chain,
            "asset": network_of(binding.chain).asset,
            "script_pubkey": p2wpkh_script(public_key),
            "address": p2wpkh_address(public_key, binding.chain),
            "public_key": key.public_key,
            "created_at": at,
        },
    )
    if is_new:
        payload = {"key": key.pk, "tier": binding.tier, "address": wallet.address}
        record(verb="wallets.wallet.opened", actor=SIGNER, subject=wallet.pk, payload=payload, at=at)
    return wallet
