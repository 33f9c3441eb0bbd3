"""Keys that live outside as a blob: born on the token, wrapped there, unwrapped for one signature.

The wrapping key is an AES-256 key with CKA_TRUSTED, made in a security officer's session, and the
wrapped key carries CKA_WRAP_WITH_TRUSTED: otherwise whoever has the PIN could import an AES key of
his own and wrap everything out under it (hsm.md section 1). Wrapping is AES-KWP (RFC 5649).
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import pkcs11
from pkcs11 import Attribute, KeyType, Mechanism, MechanismFlag, ObjectClass

from custody.chains.bitcoin.keys import low_s
from custody.common.errors import InvalidInputError, RefusedError
from custody.hsm.token import ec
from custody.hsm.token.errors import KeyUnknownError, TokenPinError, TokenResultError
from custody.hsm.token.library import library_of
from custody.hsm.token.session import PIN_ERRORS, TokenSession
from custody.statements.proof import verify_p256, verify_secp256k1

_SESSION_KEY = {
    Attribute.SENSITIVE: True,
    Attribute.EXTRACTABLE: True,
    Attribute.WRAP_WITH_TRUSTED: True,
    Attribute.PRIVATE: True,
}
# SoftHSM refuses these attributes on private keys; DEFAULT leaves them out of the template.
_UNWRAPPED = {
    Attribute.ENCRYPT: pkcs11.DEFAULT,
    Attribute.WRAP: pkcs11.DEFAULT,
    Attribute.VERIFY: pkcs11.DEFAULT,
    Attribute.SENSITIVE: True,
    Attribute.EXTRACTABLE: False,
}
WRAPPING_LABEL = "wrapping key"
_WRAPPING_KEY = {
    Attribute.TRUSTED: True,
    Attribute.PRIVATE: False,
    Attribute.SENSITIVE: True,
    Attribute.EXTRACTABLE: False,
    **ec.LOCKED,
}
KWP_ERRORS = (
    pkcs11.GeneralError,
    pkcs11.FunctionFailed,
    pkcs11.EncryptedDataInvalid,
    pkcs11.WrappedKeyInvalid,
    pkcs11.WrappedKeyLenRange,
)


@dataclass(frozen=True)
class WrappedKey:
    """Public key (compressed), what the token said of the private one, and its blob."""

    public_key: bytes
    attributes: dict[str, bool]
    blob: bytes


def generate(token: TokenSession, *, wrapping_key: bytes, curve: str) -> WrappedKey:
    """Make a session key pair and wrap it out; raises KeyUnknownError without the wrapping key,
    and RefusedError when that is not a trusted one.
    """
    return token.run(lambda open_token: _generate(open_token, wrapping_key, curve))


@dataclass(frozen=True)
class Blob:
    """A wrapped key with what it is said to be: curve, and compressed public key."""

    data: bytes
    curve: str
    public_key: bytes


def sign(token: TokenSession, *, wrapping_key: bytes, blob: Blob, digest: bytes) -> bytes:
    """Unwrap, prove the public key, sign a 32-byte digest and destroy, in one go; r || s.

    Raises ValueError for another length, KeyUnknownError for a blob that does not open, and
    TokenResultError for one that holds another key.
    """
    if len(digest) != ec.DIGEST_BYTES:
        raise ValueError("only 32-byte digests are signed")
    return token.run(lambda open_token: _sign(open_token, wrapping_key, blob, digest))


def make_wrapping_key(*, module: str, label: str, so_pin: str, identifier: bytes) -> None:
    """Make a trusted AES-256 key that can wrap and unwrap and nothing else.

    For the console: starts the module anew, which ends every session this process has on it.
    Raises TokenPinError for the security officer's PIN, else PKCS11Error.
    """
    with _officers_session(module, label, so_pin) as session:
        session.generate_key(
            KeyType.AES,
            256,
            id=identifier,
            label=WRAPPING_LABEL,
            store=True,
            capabilities=MechanismFlag.WRAP | MechanismFlag.UNWRAP,
            template=_WRAPPING_KEY,
        )


def import_wrapping_key(*, module: str, label: str, so_pin: str, identifier: bytes, secret: bytes) -> None:
    """Like ``make_wrapping_key``, with a value that has a backup outside: CKA_LOCAL says false for it."""
    with _officers_session(module, label, so_pin) as session:
        session.create_object(
            {
                Attribute.CLASS: ObjectClass.SECRET_KEY,
                Attribute.KEY_TYPE: KeyType.AES,
                Attribute.VALUE: secret,
                Attribute.ID: identifier,
                Attribute.LABEL: WRAPPING_LABEL,
                Attribute.TOKEN: True,
                Attribute.WRAP: True,
                Attribute.UNWRAP: True,
                Attribute.ENCRYPT: False,
                Attribute.DECRYPT: False,
                **_WRAPPING_KEY,
            }
        )


@contextmanager
def _officers_session(module: str, label: str, so_pin: str) -> Iterator[Any]:
    library = library_of(module)
    with library.lock:
        token = library.initialise().get_token(token_label=label)
        try:
            session = token.open(rw=True, so_pin=so_pin)
        except PIN_ERRORS:
            raise TokenPinError("the token refused the security officer's PIN") from None
        with session:
            yield session


def _generate(token: TokenSession, wrapping_key: bytes, curve: str) -> WrappedKey:
    wrapping = trusted(token, wrapping_key)
    public, private = ec.make_pair(token, curve=curve, template=_SESSION_KEY)
    try:
        attributes = {
            **ec.evidence_of(private),
            "wrap_with_trusted": bool(private[Attribute.WRAP_WITH_TRUSTED]),
        }
        blob = bytes(wrapping.wrap_key(private, mechanism=Mechanism.AES_KEY_WRAP_PAD))
        return WrappedKey(ec.point_of(public), attributes, blob)
    finally:
        private.destroy()
        public.destroy()


def trusted(token: TokenSession, wrapping_key: bytes) -> Any:  # noqa: ANN401 - a handle of python-pkcs11
    """The wrapping key, inside ``TokenSession.run``; raises RefusedError for one that is not trusted."""
    wrapping = token.key(ObjectClass.SECRET_KEY, wrapping_key)
    if not wrapping[Attribute.TRUSTED]:
        raise RefusedError("the wrapping key is not marked as trusted", code="wrapping_key_not_trusted")
    return wrapping


def _sign(token: TokenSession, wrapping_key: bytes, blob: Blob, digest: bytes) -> bytes:
    wrapping = token.key(ObjectClass.SECRET_KEY, wrapping_key)
    kind = KeyType.EC_EDWARDS if blob.curve == ec.ED25519 else KeyType.EC
    try:
        private = wrapping.unwrap_key(
            ObjectClass.PRIVATE_KEY,
            kind,
            blob.data,
            mechanism=Mechanism.AES_KEY_WRAP_PAD,
            capabilities=MechanismFlag.SIGN,
            template=_UNWRAPPED,
        )
    except KWP_ERRORS:
        prove_alive(token, wrapping_key)
        raise KeyUnknownError("the blob does not open under this token's wrapping key") from None
    try:
        _prove(private, blob)
        return ec.sign_with(private, digest, blob.curve)
    finally:
        private.destroy()


def _prove(private: Any, blob: Blob) -> None:  # noqa: ANN401 - a handle of python-pkcs11
    """PKCS#11 shows no public half of an unwrapped key: its signature over chance bytes tells."""
    chance = os.urandom(ec.DIGEST_BYTES)
    made = ec.sign_with(private, chance, blob.curve)
    is_k1 = blob.curve == "secp256k1"
    signature = low_s(made) if is_k1 else made
    verify = verify_secp256k1 if is_k1 else verify_p256
    try:
        verify(public_key=blob.public_key.hex(), digest=chance.hex(), signature=signature.hex())
    except InvalidInputError:
        raise TokenResultError("the blob holds another key than its public one says") from None


def prove_alive(token: TokenSession, wrapping_key: bytes) -> None:
    """SoftHSM says GeneralError for a bad blob and for a lost token alike; a search tells them apart."""
    token.forget(ObjectClass.SECRET_KEY, wrapping_key)
    token.key(ObjectClass.SECRET_KEY, wrapping_key)
