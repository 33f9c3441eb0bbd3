"""Seeds of derived keys: born on the token, wrapped there, opened into memory for a derivation.

No PKCS#11 mechanism derives BIP32 children, so the seed has to be read: unwrapped as a session object
that is not sensitive, read and destroyed. Only its wrapped form is ever stored. Python cannot
overwrite what the module hands out; it is dropped at once, and the returned copy is the caller's to
overwrite.
"""

from dataclasses import dataclass
from typing import Any

import pkcs11
from pkcs11 import Attribute, KeyType, Mechanism, MechanismFlag, ObjectClass

from custody.hsm.token import ec, wrapped
from custody.hsm.token.errors import KeyUnknownError
from custody.hsm.token.session import TokenSession

SEED_BITS = 256
_SESSION_SEED = {
    Attribute.SENSITIVE: True,
    Attribute.EXTRACTABLE: True,
    Attribute.WRAP_WITH_TRUSTED: True,
    Attribute.PRIVATE: True,
}
_READABLE = {
    Attribute.ENCRYPT: pkcs11.DEFAULT,
    Attribute.WRAP: pkcs11.DEFAULT,
    Attribute.VERIFY: pkcs11.DEFAULT,
    Attribute.SENSITIVE: False,
    Attribute.EXTRACTABLE: True,
}


@dataclass(frozen=True)
class WrappedSeed:
    """What the token said of a new seed, and its blob."""

    attributes: dict[str, bool]
    blob: bytes


def generate(token: TokenSession, *, wrapping_key: bytes) -> WrappedSeed:
    """Make a seed of 32 bytes and wrap it out; raises like ``wrapped.generate``."""
    return token.run(lambda open_token: _generate(open_token, wrapping_key))


def open_seed(token: TokenSession, *, wrapping_key: bytes, blob: bytes) -> bytearray:
    """The 32 bytes; raises KeyUnknownError for a blob that does not open, or holds something else."""
    return token.run(lambda open_token: _open(open_token, wrapping_key, blob))


def _generate(token: TokenSession, wrapping_key: bytes) -> WrappedSeed:
    wrapping = wrapped.trusted(token, wrapping_key)
    made = token.session.generate_key(
        KeyType.GENERIC_SECRET,
        SEED_BITS,
        mechanism=Mechanism.GENERIC_SECRET_KEY_GEN,
        capabilities=MechanismFlag.SIGN,
        template=_SESSION_SEED,
    )
    try:
        attributes = {
            **ec.evidence_of(made),
            "wrap_with_trusted": bool(made[Attribute.WRAP_WITH_TRUSTED]),
        }
        return WrappedSeed(attributes, bytes(wrapping.wrap_key(made, mechanism=Mechanism.AES_KEY_WRAP_PAD)))
    finally:
        made.destroy()


def _open(token: TokenSession, wrapping_key: bytes, blob: bytes) -> bytearray:
    wrapping = token.key(ObjectClass.SECRET_KEY, wrapping_key)
    try:
        opened = _unwrap(wrapping, blob)
    except wrapped.KWP_ERRORS:
        wrapped.prove_alive(token, wrapping_key)
        raise KeyUnknownError("the blob does not open under this token's wrapping key") from None
    try:
        seed = bytearray(opened[Attribute.VALUE])
    finally:
        opened.destroy()
    if len(seed) * 8 != SEED_BITS:
        raise KeyUnknownError("the blob holds no seed")
    return seed


def _unwrap(wrapping: Any, blob: bytes) -> Any:  # noqa: ANN401 - handles of python-pkcs11
    return wrapping.unwrap_key(
        ObjectClass.SECRET_KEY,
        KeyType.GENERIC_SECRET,
        blob,
        mechanism=Mechanism.AES_KEY_WRAP_PAD,
        capabilities=MechanismFlag.SIGN,
        template=_READABLE,
    )
