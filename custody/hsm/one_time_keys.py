"""Asks the signer for one-time keys of a wallet; the signer judges by its templates.

The address of a key that was made is asked for like any other (``attestations.request_address``), by
its number.
"""

from datetime import datetime

from django.contrib.auth.base_user import AbstractBaseUser

from custody.hsm import services
from custody.hsm.models import SigningRequest


def request_one_time_key(
    *, actor: AbstractBaseUser | str, wallet: str, index: int, ref: str, at: datetime
) -> SigningRequest:
    """Have number ``index`` of a wallet's one-time keys made for the business ``ref``.

    Raises InvalidInputError for what is no id, and UnavailableError while the signer is not known.
    """
    payload = {"wallet": wallet, "index": index, "ref": ref}
    return services.submit_request(actor=actor, kind="KEY_MAKE", subject=ref, payload=payload, at=at)
