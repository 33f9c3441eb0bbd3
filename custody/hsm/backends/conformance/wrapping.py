"""Checks of keys that live outside as a blob, and of MAC keys."""

import os
from dataclasses import replace
from functools import partial

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.keywrap import aes_key_wrap_with_padding
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from custody.chains.bitcoin.keys import has_low_s
from custody.hsm.backends.conformance.judge import is_public_key, verifies
from custody.hsm.backends.conformance.refusing import BAD_LENGTH, WRONG_LENGTHS
from custody.hsm.backends.conformance.subject import DIGESTS, LABEL, Failed, NotOffered, Subject, expect
from custody.hsm.backends.interface import CURVE_OF, KeyClass, MadeKey, Scheme
from custody.hsm.token.errors import KeyUnknownError, TokenResultError


def wrapped_round_trip(subject: Subject) -> str:
    """A key made wrapped signs from its blob, once and again."""
    for scheme in _wrapped_schemes(subject):
        made = _make(subject, scheme)
        if not made.blob or not is_public_key(scheme, made.public_key):
            raise Failed(f"{scheme}: no blob, or no public key")
        for digest in DIGESTS[:8]:
            signature = _sign(subject, scheme, made, digest)
            if not verifies(scheme, made.public_key, digest, signature):
                raise Failed(f"{scheme}: the signature does not verify")
            if scheme is Scheme.ECDSA_SECP256K1 and not has_low_s(signature):
                raise Failed(f"{scheme}: a signature with high S")
    return ", ".join(_wrapped_schemes(subject))


def wrapped_evidence(subject: Subject) -> str:
    """Such a key was never readable, and does not pass for one that never leaves."""
    for scheme in _wrapped_schemes(subject):
        made = _make(subject, scheme)
        born = [made.attributes.get(name) for name in ("sensitive", "always_sensitive", "local")]
        if made.never_leaves or born != [True, True, True]:
            raise Failed(f"{scheme}: {dict(made.attributes)}")
    return "born inside, sensitive, wrapped out"


def wrapped_digest_length(subject: Subject) -> str:
    """Only digests of 32 bytes are signed."""
    for scheme in _wrapped_schemes(subject):
        made = _make(subject, scheme)
        for length in WRONG_LENGTHS:
            call = partial(_sign, subject, scheme, made, bytes(length))
            expect(BAD_LENGTH, call, what=f"{scheme}: digest of {length} bytes")
    return "refused"


def foreign_blob_refused(subject: Subject) -> str:
    """A blob under another wrapping key, a torn one and an empty one open nothing."""
    for scheme in _wrapped_schemes(subject):
        own = _make(subject, scheme)
        torn = (own.blob or b"")[:-8]
        for what, blob in {"foreign": _foreign_blob(), "torn": torn, "empty": b""}.items():
            call = partial(_sign, subject, scheme, replace(own, blob=blob), DIGESTS[0])
            expect((KeyUnknownError,), call, what=f"{scheme}: {what} blob")
    return "refused"


def wrapped_key_proved(subject: Subject) -> str:
    """A blob whose key is not the one it is said to be signs nothing."""
    for scheme in _wrapped_schemes(subject):
        own, other = _make(subject, scheme), _make(subject, scheme)
        call = partial(_sign, subject, scheme, replace(own, blob=other.blob), DIGESTS[0])
        expect((TokenResultError,), call, what=f"{scheme}: blob of another key")
    return "refused"


def mac(subject: Subject) -> str:
    """A MAC repeats, and changes with its data."""
    if not subject.offered.mac:
        raise NotOffered("no MAC")
    handle = subject.backend.generate_mac_key(label=LABEL)
    try:
        first, again, other = (subject.backend.mac(handle=handle, data=data) for data in (b"a", b"a", b"b"))
    finally:
        subject.backend.destroy(handle)
    if len(first) != 32 or first != again or first == other:
        raise Failed("not 32 bytes that depend on the data alone")
    return "HMAC-SHA256"


def _wrapped_schemes(subject: Subject) -> list[Scheme]:
    if not subject.offered.wrapped:
        raise NotOffered("no wrapped keys")
    return sorted(subject.offered.wrapped)


def _make(subject: Subject, scheme: Scheme) -> MadeKey:
    return subject.backend.generate(label=LABEL, curve=CURVE_OF[scheme], key_class=KeyClass.WRAPPED)


def _sign(subject: Subject, scheme: Scheme, made: MadeKey, digest: bytes) -> bytes:
    return subject.backend.sign_wrapped(
        blob=made.blob or b"", curve=CURVE_OF[scheme], digest32=digest, public_key=made.public_key
    )


def _foreign_blob() -> bytes:
    """A well-formed private key under an AES key that the back-end never saw (RFC 5649)."""
    key = ec.generate_private_key(ec.SECP256K1())
    plain = key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    return aes_key_wrap_with_padding(os.urandom(32), plain)
