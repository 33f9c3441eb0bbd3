"""HMAC-SHA256 with a key that never leaves the token (RFC 2104; PKCS#11 v2.40, 2.23)."""

import pkcs11
from pkcs11 import Attribute, KeyType, Mechanism, MechanismFlag, ObjectClass

from custody.hsm.token.session import TokenSession


def generate(token: TokenSession, *, identifier: bytes, label: str) -> None:
    """Make a 256-bit MAC key; with a known identifier it stays as it is."""
    token.run(lambda open_token: _generate(open_token, identifier, label))


def mac(token: TokenSession, *, identifier: bytes, data: bytes) -> bytes:
    """32 bytes over ``data``; raises KeyUnknownError."""
    return token.run(
        lambda open_token: bytes(
            open_token.key(ObjectClass.SECRET_KEY, identifier).sign(data, mechanism=Mechanism.SHA256_HMAC)
        )
    )


def destroy(token: TokenSession, *, identifier: bytes) -> None:
    """Delete a MAC key; raises KeyUnknownError."""
    token.run(lambda open_token: _destroy(open_token, identifier))


def _generate(token: TokenSession, identifier: bytes, label: str) -> None:
    try:
        token.key(ObjectClass.SECRET_KEY, identifier)
    except pkcs11.NoSuchKey:
        token.session.generate_key(
            KeyType.GENERIC_SECRET,
            256,
            id=identifier,
            label=label,
            store=True,
            mechanism=Mechanism.GENERIC_SECRET_KEY_GEN,
            capabilities=MechanismFlag.SIGN | MechanismFlag.VERIFY,
            template={Attribute.SENSITIVE: True, Attribute.EXTRACTABLE: False, Attribute.PRIVATE: True},
        )


def _destroy(token: TokenSession, identifier: bytes) -> None:
    key = token.key(ObjectClass.SECRET_KEY, identifier)
    token.forget(ObjectClass.SECRET_KEY, identifier)
    key.destroy()
