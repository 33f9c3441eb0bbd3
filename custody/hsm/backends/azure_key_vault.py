"""Azure Key Vault: keys on P-256K and P-256, signed with ES256K and ES256. A handle is ``name/version``.

The signer's identity needs keys/get and keys/sign; create and delete only while keys are made or
destroyed. The vault does not say whether a key was made in it or imported: only the answer to our
own create call is evidence of origin, a key that is read back proves nothing about it.
"""

import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from azure.keyvault.keys import KeyCurveName, KeyVaultKey
from azure.keyvault.keys.crypto import SignatureAlgorithm

from custody.hsm.backends import guards, points
from custody.hsm.backends.azure_connection import API_VERSION, Settings, Vault, split, translated
from custody.hsm.backends.interface import (
    SCHEME_OF,
    Capabilities,
    Curve,
    Description,
    Health,
    KeyClass,
    MadeKey,
    Scheme,
)
from custody.hsm.backends.per_process import PerProcess
from custody.hsm.token.errors import AccessDeniedError, KeyUnknownError, TokenResultError

_ALGORITHMS = {
    Scheme.ECDSA_SECP256K1: SignatureAlgorithm.es256_k,
    Scheme.ECDSA_P256: SignatureAlgorithm.es256,
}
_CURVES = {"secp256k1": KeyCurveName.p_256_k, "secp256r1": KeyCurveName.p_256}
_NAMES = {str(theirs.value): ours for ours, theirs in _CURVES.items()}
_OFFERED = Capabilities(schemes=frozenset(_ALGORITHMS), threads=True, forks=True)


def from_settings(name: str, settings: Mapping[str, Any]) -> "AzureKeyVaultBackend":
    """Raises InvalidInputError naming the field."""
    return AzureKeyVaultBackend(name=name, settings=Settings.read(settings))


class AzureKeyVaultBackend:
    """A ``KeyBackend`` on one vault."""

    def __init__(self, *, name: str, settings: Settings) -> None:
        self.name = name
        self._settings = settings
        self._vault = PerProcess(lambda: Vault(settings))

    def sign(self, *, handle: str, scheme: Scheme, digest32: bytes, tweak: bytes | None = None) -> bytes:
        guards.check_signing(self.name, _OFFERED, scheme=scheme, digest32=digest32, tweak=tweak)
        with self._call("sign") as vault:
            made = vault.signer(handle).sign(_ALGORITHMS[scheme], digest32)
        return guards.finished(made.signature, scheme)

    def public_key(self, handle: str) -> bytes:
        return _point(self._get(handle))

    def generate(
        self, *, label: str, curve: Curve, key_class: KeyClass, handle: str | None = None
    ) -> MadeKey:
        guards.check_making(self.name, _OFFERED, curve=curve, key_class=key_class)
        if handle is not None:
            found = self._get(handle)
            return MadeKey(handle, _point(found), _evidence(found, made_now=False))
        with self._call("create") as vault:
            made = vault.keys.create_ec_key(
                f"custody-{secrets.token_hex(8)}",
                curve=_CURVES[curve],
                hardware_protected=self._settings.hardware,
                exportable=None,
                key_operations=["sign", "verify"],
                tags={"label": label},
            )
        return MadeKey(f"{made.name}/{made.properties.version}", _point(made), _evidence(made, made_now=True))

    def sign_wrapped(self, *, blob: bytes, curve: Curve, digest32: bytes, public_key: bytes) -> bytes:
        guards.check_wrapped_signing(self.name, _OFFERED, scheme=SCHEME_OF[curve], digest32=digest32)
        raise AssertionError("unreachable: no scheme is offered wrapped")

    def generate_mac_key(self, *, label: str) -> str:
        raise guards.missing(self.name, "mac")

    def mac(self, *, handle: str, data: bytes) -> bytes:
        raise guards.missing(self.name, "mac")

    def destroy(self, handle: str) -> None:
        name, _ = split(handle)
        with self._call("delete") as vault:
            vault.keys.begin_delete_key(name)

    def health(self) -> Health:
        return guards.health_of(self)

    def capabilities(self) -> Capabilities:
        return _OFFERED

    def describe(self) -> Description:
        self._reach()
        return Description(
            manufacturer="Microsoft",
            model="Azure Key Vault",
            serial=self._settings.vault,
            firmware=f"api {API_VERSION}",
            tested=False,
            notes=("tested against a local server of the documented wire format; never against Azure",),
        )

    def close(self) -> None:
        if vault := self._vault.drop():
            vault.keys.close()

    def _get(self, handle: str) -> KeyVaultKey:
        name, version = split(handle)
        with self._call("get") as vault:
            return vault.keys.get_key(name, version)

    @contextmanager
    def _call(self, operation: str) -> Iterator[Vault]:
        try:
            with translated(operation):
                yield self._vault.get()
        except AccessDeniedError:
            self.close()  # a secret that was renewed in its file counts from the next call on
            raise

    def _reach(self) -> None:
        """Ask for a key that does not exist: only a vault that knows us says so."""
        try:
            self._get(f"custody-none/{'0' * 32}")
        except KeyUnknownError:
            return


def _point(key: KeyVaultKey) -> bytes:
    web_key: Any = key.key  # its fields are set at run time
    curve = _NAMES.get(str(getattr(web_key.crv, "value", web_key.crv)))
    if curve is None or not web_key.x or not web_key.y:
        raise TokenResultError("the vault's key is on no curve of ours")
    return points.from_coordinates(curve, web_key.x, web_key.y)


def _evidence(key: KeyVaultKey, *, made_now: bool) -> dict[str, bool | str]:
    exportable = bool(key.properties.exportable)
    return {
        "sensitive": True,
        "always_sensitive": made_now,
        "extractable": exportable,
        "never_extractable": made_now and not exportable,
        "local": made_now,
        "key_type": str(getattr(key.key_type, "value", key.key_type)),
    }
