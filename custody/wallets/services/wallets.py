"""Registers the wallet of an escrow deal from the terms both parties have signed."""

from collections.abc import Collection
from datetime import datetime

from django.contrib.auth.base_user import AbstractBaseUser
from django.db import transaction

from custody.audit.services import record
from custody.chains.bitcoin.script import p2wsh_script
from custody.common.errors import RefusedError
from custody.common.ids import new_id
from custody.statements.terms import SignedTerms
from custody.wallets.models import Wallet


@transaction.atomic
def register_escrow_wallet(
    *,
    actor: AbstractBaseUser | str,
    terms: SignedTerms,
    signing_key: str,
    subjects: Collection[str],
    at: datetime,
) -> Wallet:
    """Make the wallet whose script the terms name; the same terms give the same wallet.

    ``signing_key``: id of our key in the script, "" when the mediator's key is outside;
    ``subjects``: ids of the clients whose compliance holds stop this wallet. Raises
    InvalidInputError for terms without both signatures, RefusedError ``deal_has_wallet`` for
    other terms of a deal that has a wallet.
    """
    terms.verify()
    document = terms.document
    script = bytes.fromhex(document.script)
    wallet, is_new = Wallet.objects.get_or_create(
        deal=document.id,
        defaults={
            "id": new_id("wal", at=at),
            "owner": Wallet.Owner.ESCROW,
            "chain": document.chain,
            "asset": document.asset,
            "terms_hash": document.hash,
            "terms": document.to_bytes(),
            "script": script,
            "script_pubkey": p2wsh_script(script),
            "address": document.address,
            "signing_key": signing_key,
            "subjects": sorted(set(subjects)),
            "created_at": at,
        },
    )
    if wallet.terms_hash != document.hash:
        raise RefusedError("the deal has a wallet by other terms", code="deal_has_wallet", field="terms")
    if is_new:
        payload = {"deal": document.id, "terms": document.hash, "address": document.address}
        record(verb="wallets.wallet.registered", actor=actor, subject=wallet.pk, payload=payload, at=at)
    return wallet
