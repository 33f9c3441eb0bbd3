"""Any PKCS#11 module: SoftHSM2, one behind p11-kit, a vendor's. A handle is a CKA_ID in hex."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any

from pkcs11 import Mechanism

from custody.hsm.backends import guards
from custody.hsm.backends.interface import (
    CURVE_OF,
    SCHEME_OF,
    Capabilities,
    Curve,
    Description,
    Health,
    KeyClass,
    MadeKey,
    MadeSeed,
    Scheme,
)
from custody.hsm.backends.profiles import PROFILES, Profile
from custody.hsm.backends.settings import FilePath, read_secret
from custody.hsm.token import ec, mac, seed, wrapped
from custody.hsm.token.errors import KeyUnknownError
from custody.hsm.token.pin import TypedPin
from custody.hsm.token.session import TokenSession
from custody.statements.codecs import OneOf
from custody.statements.fields import Hex, Text
from custody.statements.form import Form

_OWN_PROFILE = "softhsm2"
_ECDSA = {Mechanism.EC_KEY_PAIR_GEN, Mechanism.ECDSA}
_EDDSA = {Mechanism.EC_EDWARDS_KEY_PAIR_GEN, Mechanism.EDDSA}
_HMAC = {Mechanism.GENERIC_SECRET_KEY_GEN, Mechanism.SHA256_HMAC}


@dataclass(frozen=True, kw_only=True)
class Settings(Form):
    """``wrapping_key``: CKA_ID of the trusted AES key for keys of class WRAPPED, made at the console.

    Without ``pin_file`` a person types the PIN at the console whenever the token is opened.
    """

    module: FilePath
    label: Text
    pin_file: FilePath | None = None
    profile: Annotated[str, OneOf(tuple(PROFILES))]
    wrapping_key: Hex | None = None


def from_settings(name: str, settings: Mapping[str, Any]) -> "Pkcs11Backend":
    """Raises InvalidInputError naming the field."""
    read = Settings.read(settings)
    file, typed = read.pin_file, TypedPin()
    token = TokenSession(
        module=read.module, label=read.label, pin=typed.read if file is None else lambda: read_secret(file)
    )
    return Pkcs11Backend(
        name=name,
        token=token,
        profile=PROFILES[read.profile],
        wrapping_key=read.wrapping_key,
        typed=typed if file is None else None,
    )


def on_token(name: str, token: TokenSession) -> "Pkcs11Backend":
    """On a session that exists, as SoftHSM2 behaves and without wrapped keys."""
    return Pkcs11Backend(name=name, token=token, profile=PROFILES[_OWN_PROFILE])


class Pkcs11Backend:
    """A ``KeyBackend`` on one token; safe for threads, and for forks where the profile says so."""

    def __init__(
        self,
        *,
        name: str,
        token: TokenSession,
        profile: Profile,
        wrapping_key: str | None = None,
        typed: TypedPin | None = None,
    ) -> None:
        """``typed``: where the token reads its PIN from, when no file holds it."""
        self.name = name
        self._token, self._profile, self._typed = token, profile, typed
        self._wrapping_key = bytes.fromhex(wrapping_key) if wrapping_key else None
        self._offered: Capabilities | None = None

    def sign(self, *, handle: str, scheme: Scheme, digest32: bytes, tweak: bytes | None = None) -> bytes:
        offered = self.capabilities()
        guards.check_signing(self.name, offered, scheme=scheme, digest32=digest32, tweak=tweak)
        made = ec.sign(self._token, identifier=_identifier(handle), digest=digest32, curve=CURVE_OF[scheme])
        return guards.finished(made, scheme)

    def public_key(self, handle: str) -> bytes:
        return ec.read(self._token, identifier=_identifier(handle)).public_key

    def generate(
        self, *, label: str, curve: Curve, key_class: KeyClass, handle: str | None = None
    ) -> MadeKey:
        guards.check_making(self.name, self.capabilities(), curve=curve, key_class=key_class)
        if key_class is KeyClass.WRAPPED:
            made = wrapped.generate(self._token, wrapping_key=self._wrapping(), curve=curve)
            return MadeKey("", made.public_key, made.attributes, made.blob)
        identifier = _identifier(handle) if handle else secrets.token_bytes(self._profile.id_bytes)
        key = self._make_or_read(identifier, label=label, curve=curve, is_given=handle is not None)
        return MadeKey(identifier.hex(), key.public_key, key.attributes)

    def sign_wrapped(self, *, blob: bytes, curve: Curve, digest32: bytes, public_key: bytes) -> bytes:
        scheme = SCHEME_OF[curve]
        guards.check_wrapped_signing(self.name, self.capabilities(), scheme=scheme, digest32=digest32)
        made = wrapped.sign(
            self._token,
            wrapping_key=self._wrapping(),
            blob=wrapped.Blob(blob, curve, public_key),
            digest=digest32,
        )
        return guards.finished(made, scheme)

    def generate_seed(self) -> MadeSeed:
        made = seed.generate(self._token, wrapping_key=self._wrapping())
        return MadeSeed(made.attributes, made.blob)

    def open_seed(self, blob: bytes) -> bytearray:
        return seed.open_seed(self._token, wrapping_key=self._wrapping(), blob=blob)

    def generate_mac_key(self, *, label: str) -> str:
        self._check_mac()
        identifier = secrets.token_bytes(self._profile.id_bytes)
        mac.generate(self._token, identifier=identifier, label=label)
        return identifier.hex()

    def mac(self, *, handle: str, data: bytes) -> bytes:
        self._check_mac()
        guards.check_mac(data)
        return mac.mac(self._token, identifier=_identifier(handle), data=data)

    def destroy(self, handle: str) -> None:
        try:
            ec.destroy(self._token, identifier=_identifier(handle))
        except KeyUnknownError:
            mac.destroy(self._token, identifier=_identifier(handle))

    def health(self) -> Health:
        return guards.health_of(self)

    def capabilities(self) -> Capabilities:
        """What both the profile and the module's own mechanism list say; asked once."""
        if self._offered is None:
            self._offered = self._judge(
                self._token.run(lambda token: token.session.token.slot.get_mechanisms())
            )
        return self._offered

    def describe(self) -> Description:
        return self._token.run(lambda token: _describe(token.session.token, self._profile))

    def close(self) -> None:
        self._token.close()

    @property
    def asks_pin(self) -> bool:
        return self._typed is not None

    def take_pin(self, pin: str | None) -> None:
        if self._typed is not None:
            self._typed.keep(pin)

    def _judge(self, mechanisms: set[Mechanism]) -> Capabilities:
        profile = self._profile
        curves = {
            curve for curve in profile.curves if (_EDDSA if curve == ec.ED25519 else _ECDSA) <= mechanisms
        }
        wraps = profile.kwp and self._wrapping_key is not None and Mechanism.AES_KEY_WRAP_PAD in mechanisms
        return Capabilities(
            schemes=frozenset(SCHEME_OF[curve] for curve in curves),
            # Edwards keys cannot be wrapped: SoftHSM answers KeyNotWrappable.
            wrapped=frozenset(SCHEME_OF[curve] for curve in curves - {ec.ED25519} if wraps),
            mac=profile.hmac and mechanisms >= _HMAC,
            threads=True,
            forks=profile.forks,
        )

    def _make_or_read(self, identifier: bytes, *, label: str, curve: Curve, is_given: bool) -> ec.TokenKey:
        if self._profile.makes_keys:
            locked = self._profile.locks_keys
            return ec.generate(self._token, identifier=identifier, label=label, curve=curve, locked=locked)
        if not is_given:
            raise guards.missing(self.name, "making keys")
        return ec.read(self._token, identifier=identifier)

    def _check_mac(self) -> None:
        if not self.capabilities().mac:
            raise guards.missing(self.name, "mac")

    def _wrapping(self) -> bytes:
        if self._wrapping_key is None:
            raise guards.missing(self.name, f"key class {KeyClass.WRAPPED}")
        return self._wrapping_key


def _identifier(handle: str) -> bytes:
    try:
        return bytes.fromhex(handle)
    except ValueError:
        raise KeyUnknownError("a handle on a token is a CKA_ID in hex") from None


def _describe(token: Any, profile: Profile) -> Description:  # noqa: ANN401 - a class of python-pkcs11
    return Description(
        manufacturer=_text(token.manufacturer_id),
        model=_text(token.model),
        serial=_text(token.serial),
        firmware=".".join(str(part) for part in token.firmware_version),
        tested=profile.tested,
        notes=profile.quirks,
    )


def _text(value: str | bytes) -> str:
    return value.decode(errors="replace").strip() if isinstance(value, bytes) else value.strip()
