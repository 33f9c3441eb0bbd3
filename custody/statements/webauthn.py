"""Checks of a WebAuthn assertion over a document hash (formats section 3, WebAuthn Level 3 section 7.2).

The station asks for no extension, so authenticator data is exactly 37 bytes. A falling counter
is an alarm of the caller and no refusal; therefore the counter is returned.
"""

import base64
import hashlib
import json
from collections.abc import Mapping
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256

from custody.statements.credential import WebAuthnCredential
from custody.statements.proof import ProofError, WebAuthnProof, p256_key

AUTHENTICATOR_DATA_SIZE = 37
# (bit, must be set, name): user present and verified; neither backed up nor able to be (section 6.1).
FLAGS = (
    (0x01, True, "user present"),
    (0x04, True, "user verified"),
    (0x08, False, "backup eligible"),
    (0x10, False, "backed up"),
)


def verify_assertion(proof: WebAuthnProof, *, digest: str, credential: WebAuthnCredential) -> int:
    """Return the signature counter when the assertion proves ``digest`` (64 hex); raise ProofError."""
    if proof.credential != credential.id:
        raise ProofError("another credential", field="/credential")
    _check_client_data(_client_data(proof), digest=digest, origin=credential.origin)
    counter = _check_authenticator_data(from_base64url(proof.authenticator_data), rp_id=credential.rp_id)
    _check_signature(proof, public_key=credential.public_key)
    return counter


def from_base64url(text: str) -> bytes:
    """Decode base64url without padding."""
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def to_base64url(data: bytes) -> str:
    """Encode as base64url without padding."""
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def _client_data(proof: WebAuthnProof) -> dict[str, Any]:
    """Parse what the browser wrote: JSON, but not canonical; a repeated key is refused."""
    try:
        value = json.loads(from_base64url(proof.client_data), object_pairs_hook=_unique)
    except (ValueError, RecursionError):
        raise ProofError("client data is not JSON", field="/client_data") from None
    if not isinstance(value, dict):
        raise ProofError("client data is not an object", field="/client_data")
    return value


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    if len(dict(pairs)) != len(pairs):
        raise ValueError("repeated key")
    return dict(pairs)


def _check_client_data(data: Mapping[str, Any], *, digest: str, origin: str) -> None:
    expected = {
        "type": "webauthn.get",
        "challenge": to_base64url(bytes.fromhex(digest)),
        "origin": origin,
    }
    for name, value in expected.items():
        if data.get(name) != value:
            raise ProofError(
                "%(name)s of the client data differs", field="/client_data", values={"name": name}
            )
    if data.get("crossOrigin", False) is not False or "topOrigin" in data:
        raise ProofError("asked for inside another page", field="/client_data")


def _check_authenticator_data(data: bytes, *, rp_id: str) -> int:
    if len(data) != AUTHENTICATOR_DATA_SIZE:
        raise ProofError("not 37 bytes", field="/authenticator_data")
    if data[:32] != hashlib.sha256(rp_id.encode()).digest():
        raise ProofError("made for another relying party", field="/authenticator_data")
    for bit, is_set, name in FLAGS:
        if bool(data[32] & bit) != is_set:
            raise _flag(name, is_set=is_set)
    return int.from_bytes(data[33:], "big")


def _flag(name: str, *, is_set: bool) -> ProofError:
    field, values = "/authenticator_data", {"name": name}
    if is_set:
        return ProofError("%(name)s is not set", field=field, values=values)
    return ProofError("%(name)s is set", field=field, values=values)


def _check_signature(proof: WebAuthnProof, *, public_key: str) -> None:
    signed = (
        from_base64url(proof.authenticator_data) + hashlib.sha256(from_base64url(proof.client_data)).digest()
    )
    try:
        p256_key(public_key).verify(from_base64url(proof.signature), signed, ec.ECDSA(SHA256()))
    except InvalidSignature:
        raise ProofError("signature does not verify", field="/signature") from None
