"""Elliptic-curve keys on the token: generate, read, sign a 32-byte digest.

SoftHSM signs input of any length, so the length is enforced here; its ECDSA is not
deterministic and returns high S half of the time (hsm.md section 1).
"""

from dataclasses import dataclass

import pkcs11
from asn1crypto.core import OctetString
from pkcs11 import Attribute, KeyType, Mechanism, MechanismFlag, ObjectClass
from pkcs11.util.ec import encode_named_curve_parameters

from custody.hsm.token.session import TokenSession

DIGEST_BYTES = 32
# What the token says of a private key; recorded as evidence of how the key was made.
EVIDENCE = {
    "sensitive": Attribute.SENSITIVE,
    "always_sensitive": Attribute.ALWAYS_SENSITIVE,
    "extractable": Attribute.EXTRACTABLE,
    "never_extractable": Attribute.NEVER_EXTRACTABLE,
    "local": Attribute.LOCAL,
}


@dataclass(frozen=True)
class TokenKey:
    """A key pair as read from the token: compressed point and the evidence attributes."""

    public_key: bytes
    attributes: dict[str, bool]

    @property
    def never_leaves(self) -> bool:
        """True when the key was born on the token and cannot leave it."""
        wanted = dict.fromkeys(EVIDENCE, True) | {"extractable": False}
        return self.attributes == wanted


def generate(token: TokenSession, *, identifier: bytes, label: str, curve: str) -> TokenKey:
    """Make a key pair that never leaves the token; with a known identifier, only read it back."""
    return token.run(lambda open_token: _generate(open_token, identifier, label, curve))


def sign(token: TokenSession, *, identifier: bytes, digest: bytes) -> bytes:
    """Return r || s over a 32-byte digest; raises ValueError for any other length."""
    if len(digest) != DIGEST_BYTES:
        raise ValueError("only 32-byte digests are signed")
    return token.run(
        lambda open_token: bytes(
            open_token.key(ObjectClass.PRIVATE_KEY, identifier).sign(digest, mechanism=Mechanism.ECDSA)
        )
    )


def _generate(token: TokenSession, identifier: bytes, label: str, curve: str) -> TokenKey:
    try:
        return _read(token, identifier)
    except pkcs11.NoSuchKey:
        pass
    parameters = token.session.create_domain_parameters(
        KeyType.EC, {Attribute.EC_PARAMS: encode_named_curve_parameters(curve)}, local=True
    )
    parameters.generate_keypair(
        mechanism=Mechanism.EC_KEY_PAIR_GEN,
        store=True,
        id=identifier,
        label=label,
        capabilities=MechanismFlag.SIGN | MechanismFlag.VERIFY,
        private_template={
            Attribute.SENSITIVE: True,
            Attribute.EXTRACTABLE: False,
            Attribute.PRIVATE: True,
            Attribute.MODIFIABLE: False,
            Attribute.COPYABLE: False,
        },
    )
    return _read(token, identifier)


def _read(token: TokenSession, identifier: bytes) -> TokenKey:
    private = token.key(ObjectClass.PRIVATE_KEY, identifier)
    public = token.key(ObjectClass.PUBLIC_KEY, identifier)
    return TokenKey(
        _compress(OctetString.load(public[Attribute.EC_POINT]).native),
        {name: bool(private[attribute]) for name, attribute in EVIDENCE.items()},
    )


def _compress(point: bytes) -> bytes:
    """04 || X || Y to 02/03 || X (SEC 1, 2.3.3)."""
    x, y = point[1:33], point[33:65]
    return bytes([2 + (y[-1] & 1)]) + x
