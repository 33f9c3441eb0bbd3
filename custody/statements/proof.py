"""Proofs: who signed the 32-byte hash of a document (formats sections 3 and 6).

Raises ProofError, never returns a truth value: a proof that is not checked must not pass.
Relies on ``cryptography`` for Ed25519 and P-256 and on libsecp256k1 for the parties' keys.
"""

from dataclasses import dataclass
from typing import Annotated, Literal

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed, encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256

from custody.chains.bitcoin import keys as secp256k1
from custody.common.errors import InvalidInputError
from custody.statements.fields import Base64UrlText, CompressedKey, Ed25519Key, Signature
from custody.statements.form import By, Form


class ProofError(InvalidInputError):
    """The proof does not prove; ``field`` is relative to the proof."""

    code = "bad_proof"


@dataclass(frozen=True, kw_only=True)
class Ed25519Proof(Form):
    """Ed25519 over the 32 bytes of the hash (RFC 8032)."""

    type: Literal["ed25519"] = "ed25519"
    credential: Ed25519Key
    signature: Signature

    def verify(self, digest: str) -> None:
        """``digest``: 64 hex digits. Raises ProofError."""
        verify_ed25519(public_key=self.credential, digest=digest, signature=self.signature)


@dataclass(frozen=True, kw_only=True)
class Secp256k1Proof(Form):
    """ECDSA over the 32 bytes of the hash; r || s with low S."""

    type: Literal["secp256k1"] = "secp256k1"
    credential: CompressedKey
    signature: Signature

    def verify(self, digest: str) -> None:
        """``digest``: 64 hex digits. Raises ProofError."""
        verify_secp256k1(public_key=self.credential, digest=digest, signature=self.signature)


@dataclass(frozen=True, kw_only=True)
class WebAuthnProof(Form):
    """A WebAuthn assertion whose challenge is the hash; checked in ``statements.webauthn``."""

    type: Literal["webauthn"] = "webauthn"
    credential: Base64UrlText
    authenticator_data: Base64UrlText
    client_data: Base64UrlText
    signature: Base64UrlText


ApprovalProof = Annotated[Ed25519Proof | WebAuthnProof, By("type")]


def verify_ed25519(*, public_key: str, digest: str, signature: str) -> None:
    """All hex. Raises ProofError."""
    try:
        key = ed25519.Ed25519PublicKey.from_public_bytes(bytes.fromhex(public_key))
        key.verify(bytes.fromhex(signature), bytes.fromhex(digest))
    except (ValueError, InvalidSignature):
        raise ProofError("signature does not verify", field="/signature") from None


def verify_secp256k1(*, public_key: str, digest: str, signature: str) -> None:
    """All hex; a high S is refused. Raises ProofError."""
    parts = {"public_key": public_key, "digest": digest, "signature": signature}
    if not secp256k1.verify(**{name: bytes.fromhex(value) for name, value in parts.items()}):
        raise ProofError("signature does not verify", field="/signature")


def verify_p256(*, public_key: str, digest: str, signature: str) -> None:
    """P-256 over a 32-byte digest; compressed key and r || s in hex. Raises ProofError."""
    raw = bytes.fromhex(signature)
    r, s = int.from_bytes(raw[:32], "big"), int.from_bytes(raw[32:], "big")
    try:
        p256_key(public_key).verify(
            encode_dss_signature(r, s), bytes.fromhex(digest), ec.ECDSA(Prehashed(SHA256()))
        )
    except InvalidSignature:
        raise ProofError("signature does not verify", field="/signature") from None


def p256_key(public_key: str) -> ec.EllipticCurvePublicKey:
    """Read a compressed P-256 point in hex. Raises ProofError."""
    try:
        return ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), bytes.fromhex(public_key))
    except ValueError:
        raise ProofError("not a point of P-256", field="/credential") from None
