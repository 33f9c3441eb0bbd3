"""``KeyBackend``: all that the product asks of whatever holds its keys.

Failures are those of ``custody.hsm.token.errors``, the same for a token, a service and a vault.
A key is named by a ``handle``, text that only its back-end reads. A wrapping key's handle is part
of the back-end's settings: no caller can choose another one, unwrap without signing at once, or
wrap a key that stays.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Literal, Protocol, runtime_checkable

from custody.hsm.token.evidence import proves_never_leaves

Curve = Literal["secp256k1", "secp256r1", "ed25519"]


class Scheme(StrEnum):
    """What is signed how; the digest has 32 bytes in all of them."""

    ECDSA_SECP256K1 = "ecdsa-secp256k1"
    ECDSA_P256 = "ecdsa-p256"
    ED25519 = "ed25519"


class KeyClass(StrEnum):
    """Where a private key may be (trust.md 15); keys derived in memory belong to no back-end."""

    NEVER_LEAVES = "NEVER_LEAVES"
    WRAPPED = "WRAPPED"


SCHEME_OF: Mapping[str, Scheme] = {
    "secp256k1": Scheme.ECDSA_SECP256K1,
    "secp256r1": Scheme.ECDSA_P256,
    "ed25519": Scheme.ED25519,
}
CURVE_OF: Mapping[Scheme, Curve] = {
    Scheme.ECDSA_SECP256K1: "secp256k1",
    Scheme.ECDSA_P256: "secp256r1",
    Scheme.ED25519: "ed25519",
}


@dataclass(frozen=True)
class MadeKey:
    """A key as its back-end shows it.

    ``public_key`` is the compressed point, or the 32 bytes of an Ed25519 key. ``attributes`` are the
    evidence of origin, read from the back-end and never assumed. ``blob`` is the wrapped private key
    of class WRAPPED; such a key has no handle, its blob is the only copy there is.
    """

    handle: str
    public_key: bytes
    attributes: Mapping[str, bool | str]
    blob: bytes | None = None

    @property
    def never_leaves(self) -> bool:
        """True when the evidence says: born there, and cannot leave."""
        return proves_never_leaves(self.attributes)


@dataclass(frozen=True)
class Capabilities:
    """What a back-end offers; everything else it refuses with CapabilityMissingError.

    ``schemes`` are offered with keys that never leave, ``wrapped`` with keys of class WRAPPED.
    """

    schemes: frozenset[Scheme]
    wrapped: frozenset[Scheme] = frozenset()
    mac: bool = False
    tweak: bool = False
    threads: bool = False
    forks: bool = False

    def offers(self, scheme: Scheme, key_class: KeyClass) -> bool:
        """True when keys of this class can be made for this scheme."""
        return scheme in (self.wrapped if key_class is KeyClass.WRAPPED else self.schemes)


@dataclass(frozen=True)
class Health:
    """Whether a back-end answers now; ``detail`` is for people and names no secret."""

    ok: bool
    detail: str


@dataclass(frozen=True)
class Description:
    """What the HSM register keeps of a back-end; ``tested`` is ours: has it ever been tried for real."""

    manufacturer: str
    model: str
    serial: str
    firmware: str
    tested: bool
    notes: tuple[str, ...] = field(default=())


class KeyBackend(Protocol):
    """One opened back-end; nothing is connected before the first call, all calls may be repeated."""

    @property
    def name(self) -> str:
        """The name it has in the configuration; errors and the catalogue use it."""

    def sign(self, *, handle: str, scheme: Scheme, digest32: bytes, tweak: bytes | None = None) -> bytes:
        """Return 64 bytes r || s (low S on secp256k1), or the 64 bytes of Ed25519.

        ``tweak`` is for keys that are changed by a public amount before they sign (BIP341).
        Raises ValueError unless the digest has 32 bytes, CapabilityMissingError, KeyUnknownError,
        KeyDisabledError, AccessDeniedError, TokenPinError, TokenUnavailableError.
        """

    def public_key(self, handle: str) -> bytes:
        """Return the compressed public key; raises KeyUnknownError."""

    def generate(
        self, *, label: str, curve: Curve, key_class: KeyClass, handle: str | None = None
    ) -> MadeKey:
        """Make a key pair. With the handle of an existing key, only read it and its evidence back.

        A handle that is not known yet becomes the new key's where callers may choose, and is
        KeyUnknownError where the back-end chooses.
        """

    def sign_wrapped(self, *, blob: bytes, curve: Curve, digest32: bytes, public_key: bytes) -> bytes:
        """Unwrap a key of class WRAPPED, sign once and destroy it; like ``sign`` in all else.

        ``public_key`` is the one that belongs to the blob: the unwrapped key proves it over bytes of
        chance before it sees the digest, and another one is TokenResultError. A blob that was not made
        under this back-end's wrapping key is KeyUnknownError.
        """

    def generate_mac_key(self, *, label: str) -> str:
        """Make a key for ``mac`` and return its handle; raises CapabilityMissingError."""

    def mac(self, *, handle: str, data: bytes) -> bytes:
        """Return HMAC-SHA256 (32 bytes) over at most 4,096 bytes."""

    def destroy(self, handle: str) -> None:
        """End a key for good, or begin the waiting time that the service insists on; no signature after."""

    def health(self) -> Health:
        """Ask the back-end something harmless; never raises."""

    def capabilities(self) -> Capabilities:
        """What is offered, as far as it can be known without trying; raises like ``sign``."""

    def describe(self) -> Description:
        """What it is; raises like ``sign``."""

    def close(self) -> None:
        """Drop the connection; the next call makes a new one."""


@runtime_checkable
class TakesPin(Protocol):
    """A back-end whose PIN a person may type for each session, so that it stands in no file."""

    @property
    def asks_pin(self) -> bool:
        """True when the settings name no file with the PIN."""

    def take_pin(self, pin: str | None) -> None:
        """Keep the PIN in memory; None forgets it, while ``close`` does not."""


@dataclass(frozen=True)
class MadeSeed:
    """A seed as its back-end shows it: evidence of origin, and the blob that is the only copy there is."""

    attributes: Mapping[str, bool | str]
    blob: bytes


@runtime_checkable
class SeedHolder(Protocol):
    """A back-end that makes and wraps the seeds of DERIVED_IN_RAM keys; few do.

    Opening one is the single call by which key material reaches this process.
    """

    def generate_seed(self) -> MadeSeed:
        """Make 32 bytes by the back-end's own chance, and wrap them; raises CapabilityMissingError."""

    def open_seed(self, blob: bytes) -> bytearray:
        """Return the seed; the caller overwrites it after use. Raises KeyUnknownError for a foreign blob."""
