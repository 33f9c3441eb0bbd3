"""Signatures of the party's key: deterministic (RFC 6979), low S, over 32-byte digests only."""

from coincurve import PrivateKey
from coincurve.ecdsa import der_to_cdata, serialize_compact

from custody.chains.bitcoin.psbt import DecodedSpend, InputSignature, digests
from custody.statements.proof import Secp256k1Proof


def sign(key: PrivateKey, digest: bytes) -> bytes:
    """Return r || s, 64 bytes."""
    return bytes(serialize_compact(der_to_cdata(key.sign(digest, hasher=None))))


def prove(key: PrivateKey, document_hash: str) -> Secp256k1Proof:
    """Sign the hash of a document (64 hex digits)."""
    signature = sign(key, bytes.fromhex(document_hash))
    return Secp256k1Proof(credential=key.public_key.format().hex(), signature=signature.hex())


def sign_inputs(key: PrivateKey, spend: DecodedSpend) -> tuple[InputSignature, ...]:
    """Sign every input of a checked spend."""
    public_key = key.public_key.format()
    return tuple(
        InputSignature(index, public_key, sign(key, digest)) for index, digest in enumerate(digests(spend))
    )
