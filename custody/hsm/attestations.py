"""Addresses that the signer has issued: asks for one, keeps the answer, reads it back.

Whoever gets an address gets the signed attestation with it, and compares it with the fingerprint in
the contract (``scripts/verify_address``): this side could be in the wrong hands.
"""

from datetime import datetime

from django.contrib.auth.base_user import AbstractBaseUser
from django.db import transaction

from custody.common import canonical
from custody.hsm import selectors, services
from custody.hsm.models import AddressAttestation, SigningRequest
from custody.statements.attestation import Attestation, IssuedAddress, SignedAttestation
from custody.statements.result import Result


def request_address(
    *,
    actor: AbstractBaseUser | str,
    at: datetime,
    wallet: str | None = None,
    terms: str | None = None,
    index: int = 0,
) -> SigningRequest:
    """Have the signer attest address number ``index`` of a wallet, or of registered terms (by their hash).

    Raises InvalidInputError unless exactly one of the two is named, and UnavailableError while there
    is no attest key.
    """
    owner = {"wallet": wallet, "terms": terms}
    return services.submit_request(
        actor=actor,
        kind="ADDRESS",
        key=selectors.active_key("attest").pk,
        subject=wallet or terms or "",
        payload={"index": index} | {name: value for name, value in owner.items() if value is not None},
        at=at,
    )


@transaction.atomic
def apply_attestation(*, request_id: str) -> None:
    """Store the signed attestation of a request; run twice it changes nothing."""
    result = selectors.result_of(request_id)
    if result is None or result.outcome != "SIGNED":
        return
    signed = _signed_in(result)
    issued = IssuedAddress.read(signed.attestation.body)
    AddressAttestation.objects.get_or_create(
        request_id=request_id,
        defaults={
            "owner": issued.owner,
            "chain": issued.chain,
            "address": issued.address,
            "at": signed.attestation.at,
            "body": canonical.encode(signed.to_json()),
        },
    )


def attestation_in(row: AddressAttestation) -> SignedAttestation:
    """The attestation as anybody can verify it."""
    return SignedAttestation.read(canonical.decode(bytes(row.body)))


def _signed_in(result: Result) -> SignedAttestation:
    seen = next(entry.body for entry in result.entries if "attestation" in entry.body)
    (made,) = result.signatures
    return SignedAttestation(
        attestation=Attestation.from_json(seen["attestation"]),
        public_key=made.public_key,
        signature=made.signature,
    )
