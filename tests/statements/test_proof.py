"""The three signature schemes: right ones pass, every changed part is refused."""

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed, decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from custody.statements.key_proof import ProvenKey
from custody.statements.proof import (
    ProofError,
    Secp256k1Proof,
    verify_ed25519,
    verify_p256,
    verify_secp256k1,
)
from tests.harness.bitcoin import private_key
from tests.statements.examples import KEY_PROOF, TERMS
from tests.statements.refusing import refused
from tests.statements.vectors import load, secret

DIGEST = "cd" * 32


def p256_signature() -> tuple[str, str]:
    """Public key and r || s over DIGEST."""
    key = ec.derive_private_key(int.from_bytes(secret("custody test checkpoint"), "big"), ec.SECP256R1())
    r, s = decode_dss_signature(key.sign(bytes.fromhex(DIGEST), ec.ECDSA(Prehashed(SHA256()))))
    point = key.public_key().public_bytes(Encoding.X962, PublicFormat.CompressedPoint)
    return point.hex(), f"{r:064x}{s:064x}"


def secp256k1_proof(digest: str, *, name: str = "mediator") -> Secp256k1Proof:
    key = private_key(name)
    signature = key.sign_recoverable(bytes.fromhex(digest), hasher=None)[:64]
    return Secp256k1Proof(credential=key.public_key.format().hex(), signature=signature.hex())


def flipped(text: str, position: int) -> str:
    return f"{text[:position]}{int(text[position], 16) ^ 1:x}{text[position + 1 :]}"


def test_p256_verifies_and_refuses_every_changed_digit() -> None:
    public_key, signature = p256_signature()
    verify_p256(public_key=public_key, digest=DIGEST, signature=signature)
    for position in range(len(signature)):
        with pytest.raises(ProofError):
            verify_p256(public_key=public_key, digest=DIGEST, signature=flipped(signature, position))
    with refused("/signature", "bad_proof"):
        verify_p256(public_key=public_key, digest="ce" * 32, signature=signature)


def test_p256_refuses_a_key_off_the_curve() -> None:
    _, signature = p256_signature()
    with refused("/credential", "bad_proof"):
        verify_p256(public_key="02" + "ff" * 32, digest=DIGEST, signature=signature)


def test_secp256k1_verifies_and_refuses_every_changed_digit() -> None:
    signature, public_key, digest = load("terms")["signature"], TERMS.keys.buyer, TERMS.hash
    verify_secp256k1(public_key=public_key, digest=digest, signature=signature)
    for position in range(len(signature)):
        with pytest.raises(ProofError):
            verify_secp256k1(public_key=public_key, digest=digest, signature=flipped(signature, position))
    with refused("/signature", "bad_proof"):
        verify_secp256k1(public_key=TERMS.keys.merchant, digest=digest, signature=signature)


def test_ed25519_refuses_a_key_that_is_no_point() -> None:
    with refused("/signature", "bad_proof"):
        verify_ed25519(public_key="ff" * 32, digest=DIGEST, signature="00" * 64)


def test_a_key_proof_is_signed_by_the_key_it_names() -> None:
    ProvenKey(document=KEY_PROOF, proof=secp256k1_proof(KEY_PROOF.hash)).verify()
    with refused("/proof/credential", "foreign_key"):
        ProvenKey(document=KEY_PROOF, proof=secp256k1_proof(KEY_PROOF.hash, name="buyer")).verify()
    with refused("/proof/signature", "bad_proof"):
        ProvenKey(document=KEY_PROOF, proof=secp256k1_proof(TERMS.hash)).verify()
