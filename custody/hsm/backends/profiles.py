"""What is known of PKCS#11 modules, as data: what they offer, how they differ, where that stands.

Only what the vendors' documentation says or what we measured (hsm.md); a module that we never had
in hand is ``tested=False``, and ``probe_key_backend`` decides for every single device.
"""

from dataclasses import dataclass

from custody.hsm.backends.interface import Curve

_BOTH: tuple[Curve, ...] = ("secp256k1", "secp256r1")
_ALL: tuple[Curve, ...] = (*_BOTH, "ed25519")


@dataclass(frozen=True, kw_only=True)
class Profile:
    """One kind of module.

    ``label``: what people call it. ``curves``: those it documents (the mechanism list names none).
    ``id_bytes``: length of the CKA_ID we make. ``locks_keys``: takes CKA_MODIFIABLE and
    CKA_COPYABLE in a template. ``makes_keys``: a user may generate. ``kwp``: CKM_AES_KEY_WRAP_PAD
    under a trusted key. ``forks``: a child may open a session of its own.
    """

    label: str
    curves: tuple[Curve, ...]
    quirks: tuple[str, ...]
    source: str
    tested: bool = False
    id_bytes: int = 16
    locks_keys: bool = True
    makes_keys: bool = True
    kwp: bool = False
    hmac: bool = False
    forks: bool = True


PROFILES: dict[str, Profile] = {
    "softhsm2": Profile(
        label="SoftHSM2",
        tested=True,
        curves=_ALL,
        kwp=True,
        hmac=True,
        quirks=(
            "signs input of any length",
            "ECDSA is random; half of the signatures have high S",
            "finds a key by searching all of them: handles are cached",
            "logging in makes the token unreadable to other processes for a moment",
            "never locks after wrong PINs",
        ),
        source="measured with 2.6.1, both values of library.reset_on_fork",
    ),
    "p11-kit": Profile(
        label="p11-kit client",
        tested=True,
        curves=_BOTH,
        hmac=True,
        quirks=(
            "shows what the module behind the socket offers, less what its protocol cannot carry "
            "(0.24: no GCM, no EdDSA, no KWP)",
            "P11_KIT_SERVER_ADDRESS names the socket",
        ),
        source="measured with 0.24.1 before SoftHSM2",
    ),
    "aws-cloudhsm": Profile(
        label="AWS CloudHSM",
        curves=_BOTH,
        hmac=True,
        locks_keys=False,
        quirks=(
            "the PIN is <crypto user>:<password>",
            "AES key wrap with zero padding is CKM_CLOUDHSM_AES_KEY_WRAP_ZERO_PAD, a mechanism of its own",
            "only a crypto officer sets CKA_TRUSTED",
            "hashing happens in the client library, so digests are given",
        ),
        source="AWS CloudHSM user guide, Client SDK 5: mechanisms, attributes, key types",
    ),
    "nshield": Profile(
        label="Entrust nShield",
        curves=("secp256r1",),
        kwp=True,
        hmac=True,
        quirks=(
            "secp256k1 is not claimed here: the mechanism table read does not name curves",
            "mechanisms may be restricted in Security Worlds of FIPS 140 level 3",
            "security assurance settings (CKNFAST_OVERRIDE_SECURITY_ASSURANCES) may refuse templates",
        ),
        source="nShield Security World documentation 13.6, PKCS#11 mechanisms",
    ),
    "yubihsm2": Profile(
        label="YubiHSM 2",
        curves=_BOTH,
        hmac=True,
        id_bytes=2,
        locks_keys=False,
        quirks=(
            "the PIN begins with the authentication key's id, four hex digits",
            "a CKA_ID has two bytes",
            "at most 256 objects",
            "wraps with AES-CCM in a mechanism of its own",
            "knows no security officer",
            "YUBIHSM_PKCS11_CONF names its configuration",
        ),
        source="YubiHSM 2 user guide: PKCS#11, device specifications",
    ),
    "nethsm": Profile(
        label="Nitrokey NetHSM",
        curves=_BOTH,
        makes_keys=False,
        locks_keys=False,
        quirks=(
            "keys are made by an administrator, outside the operator's session",
            "secp256k1 from NetHSM 3.0 and module 2.0 on",
            "no wrapping, no verification, no digests",
            "set disable_thread_pool: the module is unloaded and loaded again on reconnect",
        ),
        source="nethsm-pkcs11: features, change log, known issues",
    ),
}
