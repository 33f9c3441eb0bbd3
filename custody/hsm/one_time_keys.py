"""Asks the signer for one-time keys of a wallet, and for their end; the signer judges by its templates.

The address of a key that was made is asked for like any other (``attestations.request_address``), by
its number.
"""

from collections.abc import Sequence
from datetime import datetime

from django.contrib.auth.base_user import AbstractBaseUser

from custody.hsm import services
from custody.hsm.models import SigningRequest
from custody.statements.holdings import AnyProven


def request_one_time_key(
    *, actor: AbstractBaseUser | str, wallet: str, index: int, ref: str, at: datetime
) -> SigningRequest:
    """Have number ``index`` of a wallet's one-time keys made for the business ``ref``.

    Raises InvalidInputError for what is no id, and UnavailableError while the signer is not known.
    """
    payload = {"wallet": wallet, "index": index, "ref": ref}
    return services.submit_request(actor=actor, kind="KEY_MAKE", subject=ref, payload=payload, at=at)


def request_end_of_key(
    *, actor: AbstractBaseUser | str, key: str, ref: str, facts: Sequence[AnyProven], at: datetime
) -> SigningRequest:
    """Have a one-time key destroyed; ``facts``: the witness on each transaction the key has signed, and on
    what lies at its address now.

    Raises like ``request_one_time_key``.
    """
    return services.submit_request(
        actor=actor, kind="KEY_DESTROY", key=key, subject=ref, payload={"ref": ref}, facts=facts, at=at
    )
