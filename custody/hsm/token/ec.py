"""Elliptic-curve keys on the token: generate, read, sign a 32-byte digest, destroy.

SoftHSM signs input of any length, so the length is enforced here; its ECDSA is not
deterministic and returns high S half of the time (hsm.md section 1).
"""

from dataclasses import dataclass
from typing import Any

import pkcs11
from asn1crypto.core import OctetString
from pkcs11 import Attribute, KeyType, Mechanism, MechanismFlag, ObjectClass
from pkcs11.util.ec import encode_named_curve_parameters

from custody.hsm.token.errors import KeyDisabledError
from custody.hsm.token.evidence import proves_never_leaves
from custody.hsm.token.session import TokenSession

DIGEST_BYTES = 32
ED25519 = "ed25519"
_ED25519_OID = "1.3.101.112"  # RFC 8410
_CKR_KEY_FUNCTION_NOT_PERMITTED = "0x68"
# What the token says of a private key; recorded as evidence of how the key was made.
EVIDENCE = {
    "sensitive": Attribute.SENSITIVE,
    "always_sensitive": Attribute.ALWAYS_SENSITIVE,
    "extractable": Attribute.EXTRACTABLE,
    "never_extractable": Attribute.NEVER_EXTRACTABLE,
    "local": Attribute.LOCAL,
}
NEVER_LEAVES = {Attribute.SENSITIVE: True, Attribute.EXTRACTABLE: False, Attribute.PRIVATE: True}
LOCKED = {Attribute.MODIFIABLE: False, Attribute.COPYABLE: False}


@dataclass(frozen=True)
class TokenKey:
    """A key pair as read from the token: compressed point (Ed25519: 32 bytes) and evidence."""

    public_key: bytes
    attributes: dict[str, bool]

    @property
    def never_leaves(self) -> bool:
        """True when the key was born on the token and cannot leave it."""
        return proves_never_leaves(self.attributes)


def generate(
    token: TokenSession, *, identifier: bytes, label: str, curve: str, locked: bool = True
) -> TokenKey:
    """Make a key pair that never leaves the token; with a known identifier, only read it back.

    ``locked`` also forbids changing and copying its object, where the module knows these attributes.
    """
    return token.run(lambda open_token: _generate(open_token, identifier, label, curve, locked))


def read(token: TokenSession, *, identifier: bytes) -> TokenKey:
    """Read a key pair back; raises KeyUnknownError."""
    return token.run(lambda open_token: _read(open_token, identifier))


def sign(token: TokenSession, *, identifier: bytes, digest: bytes, curve: str = "") -> bytes:
    """Return r || s over a 32-byte digest; raises ValueError for any other length.

    Raises KeyUnknownError, and KeyDisabledError for a key that may not sign.
    """
    if len(digest) != DIGEST_BYTES:
        raise ValueError("only 32-byte digests are signed")
    return token.run(
        lambda open_token: sign_with(open_token.key(ObjectClass.PRIVATE_KEY, identifier), digest, curve)
    )


def sign_with(key: Any, digest: bytes, curve: str) -> bytes:  # noqa: ANN401 - its abilities depend on the key
    """Sign with an open handle, inside ``TokenSession.run``."""
    if not hasattr(key, "sign"):
        raise KeyDisabledError("the token does not let this key sign")
    try:
        return bytes(key.sign(digest, mechanism=Mechanism.EDDSA if curve == ED25519 else Mechanism.ECDSA))
    except pkcs11.PKCS11Error as error:
        if _CKR_KEY_FUNCTION_NOT_PERMITTED in str(error):
            raise KeyDisabledError("the token does not let this key sign") from None
        raise


def destroy(token: TokenSession, *, identifier: bytes) -> None:
    """Delete both halves of a key pair; raises KeyUnknownError."""
    token.run(lambda open_token: _destroy(open_token, identifier))


def make_pair(token: TokenSession, *, curve: str, template: dict[Attribute, bool], **kept: Any) -> Any:  # noqa: ANN401
    """Generate a key pair inside ``TokenSession.run``; ``kept`` makes it a stored one with id and label."""
    edwards = curve == ED25519
    parameters = token.session.create_domain_parameters(
        KeyType.EC_EDWARDS if edwards else KeyType.EC,
        {Attribute.EC_PARAMS: encode_named_curve_parameters(_ED25519_OID if edwards else curve)},
        local=True,
    )
    return parameters.generate_keypair(
        mechanism=Mechanism.EC_EDWARDS_KEY_PAIR_GEN if edwards else Mechanism.EC_KEY_PAIR_GEN,
        capabilities=MechanismFlag.SIGN | MechanismFlag.VERIFY,
        private_template=template,
        **kept,
    )


def point_of(public: Any) -> bytes:  # noqa: ANN401 - a handle of python-pkcs11
    """The compressed point, or the 32 bytes of an Ed25519 key."""
    point = bytes(OctetString.load(public[Attribute.EC_POINT]).native)
    if len(point) == DIGEST_BYTES:
        return point
    x, y = point[1:33], point[33:65]
    return bytes([2 + (y[-1] & 1)]) + x  # SEC 1, 2.3.3


def evidence_of(private: Any) -> dict[str, bool]:  # noqa: ANN401 - a handle of python-pkcs11
    """What the token itself says of a private key."""
    return {name: bool(private[attribute]) for name, attribute in EVIDENCE.items()}


def _generate(token: TokenSession, identifier: bytes, label: str, curve: str, locked: bool) -> TokenKey:
    try:
        return _read(token, identifier)
    except pkcs11.NoSuchKey:
        pass
    template = NEVER_LEAVES | (LOCKED if locked else {})
    make_pair(token, curve=curve, template=template, store=True, id=identifier, label=label)
    return _read(token, identifier)


def _read(token: TokenSession, identifier: bytes) -> TokenKey:
    private = token.key(ObjectClass.PRIVATE_KEY, identifier)
    public = token.key(ObjectClass.PUBLIC_KEY, identifier)
    return TokenKey(point_of(public), evidence_of(private))


def _destroy(token: TokenSession, identifier: bytes) -> None:
    for object_class in (ObjectClass.PRIVATE_KEY, ObjectClass.PUBLIC_KEY):
        key = token.key(object_class, identifier)
        token.forget(object_class, identifier)
        key.destroy()
