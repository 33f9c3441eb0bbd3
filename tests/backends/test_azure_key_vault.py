"""Azure Key Vault: the documented wire format, errors in our words, and what the vault does not tell."""

from pathlib import Path
from typing import Any

import pytest

from custody.common.errors import CustodyError, InvalidInputError
from custody.hsm.backends import registry
from custody.hsm.backends.conformance.judge import verifies
from custody.hsm.backends.interface import Curve, KeyBackend, KeyClass, MadeKey, Scheme
from custody.hsm.token.errors import (
    AccessDeniedError,
    CapabilityMissingError,
    KeyDisabledError,
    KeyUnknownError,
    TokenPinError,
    TokenUnavailableError,
)
from tests.harness.azure import SECRET, LocalVault, VaultError

DIGEST = bytes(range(32))
K1 = Scheme.ECDSA_SECP256K1


def opened(settings: dict[str, Any], **changes: Any) -> KeyBackend:
    return registry.open_backend("vault", kind="azure_key_vault", settings=settings | changes)


def make(backend: KeyBackend, curve: Curve = "secp256k1") -> MadeKey:
    return backend.generate(label="test", curve=curve, key_class=KeyClass.NEVER_LEAVES)


ANSWERS: list[tuple[VaultError, type[CustodyError], str]] = [
    (VaultError(403, "Forbidden", "KeyDisabled"), KeyDisabledError, "key_disabled"),
    (VaultError(403, "Forbidden", "ForbiddenByPolicy"), AccessDeniedError, "access_denied"),
    (VaultError(403, "Forbidden"), AccessDeniedError, "access_denied"),
    (VaultError(404, "KeyNotFound"), KeyUnknownError, "key_unknown"),
    (VaultError(400, "BadParameter"), TokenUnavailableError, "token_unavailable"),
]


@pytest.mark.parametrize(("theirs", "ours", "code"), ANSWERS)
def test_errors_in_our_words(
    vault: LocalVault,
    vault_settings: dict[str, Any],
    theirs: VaultError,
    ours: type[CustodyError],
    code: str,
) -> None:
    backend = opened(vault_settings)
    made = make(backend)
    backend.sign(handle=made.handle, scheme=K1, digest32=DIGEST)
    vault.failures.append(theirs)
    with pytest.raises(ours) as raised:
        backend.sign(handle=made.handle, scheme=K1, digest32=DIGEST)
    assert (raised.value.code, vault.failures) == (code, [])


def test_a_failing_vault_is_asked_again_and_then_unavailable(
    vault: LocalVault, vault_settings: dict[str, Any]
) -> None:
    backend = opened(vault_settings)
    made = make(backend)
    backend.sign(handle=made.handle, scheme=K1, digest32=DIGEST)
    vault.failures.append(VaultError(503, "Busy"))
    assert len(backend.sign(handle=made.handle, scheme=K1, digest32=DIGEST)) == 64
    vault.failures.extend([VaultError(503, "Busy")] * 3)
    with pytest.raises(TokenUnavailableError, match="503"):
        backend.sign(handle=made.handle, scheme=K1, digest32=DIGEST)


def test_throttling_is_unavailable_at_once(vault: LocalVault, vault_settings: dict[str, Any]) -> None:
    backend = opened(vault_settings)
    made = make(backend)
    backend.sign(handle=made.handle, scheme=K1, digest32=DIGEST)
    vault.failures.append(VaultError(429, "Throttled"))
    with pytest.raises(TokenUnavailableError, match="429"):
        backend.sign(handle=made.handle, scheme=K1, digest32=DIGEST)


def test_a_wrong_secret(vault: LocalVault, vault_settings: dict[str, Any]) -> None:
    Path(vault_settings["client_secret_file"]).write_text("wrong")
    backend = opened(vault_settings)
    with pytest.raises(AccessDeniedError) as raised:
        backend.public_key(f"any/{'0' * 32}")
    assert raised.value.code == "credentials_refused"
    assert backend.health().detail == "credentials_refused"
    Path(vault_settings["client_secret_file"]).write_text(SECRET)
    assert backend.health().ok


def test_a_missing_secret_is_named(vault_settings: dict[str, Any]) -> None:
    with pytest.raises(TokenPinError, match="/nowhere/secret"):
        opened(vault_settings, client_secret_file="/nowhere/secret").public_key(f"any/{'0' * 32}")


def test_nobody_there(vault_settings: dict[str, Any]) -> None:
    backend = opened(vault_settings, vault="https://127.0.0.1:1", authority="https://127.0.0.1:1")
    with pytest.raises(TokenUnavailableError):
        backend.public_key(f"any/{'0' * 32}")


def test_trusts_the_named_ca_alone(vault_settings: dict[str, Any]) -> None:
    settings = {name: value for name, value in vault_settings.items() if name != "ca_file"}
    with pytest.raises(TokenUnavailableError):
        opened(settings).public_key(f"any/{'0' * 32}")


def test_plain_http_is_refused_elsewhere(vault_settings: dict[str, Any]) -> None:
    with pytest.raises(InvalidInputError) as refused:
        opened(vault_settings, vault="http://vault.example")
    assert refused.value.field == "/settings/vault"


@pytest.mark.parametrize(
    ("curve", "scheme", "theirs"),
    [("secp256k1", Scheme.ECDSA_SECP256K1, "P-256K"), ("secp256r1", Scheme.ECDSA_P256, "P-256")],
)
@pytest.mark.parametrize(("hardware", "kind"), [(True, "EC-HSM"), (False, "EC")])
def test_makes_keys_of_the_configured_kind(
    vault: LocalVault,
    vault_settings: dict[str, Any],
    curve: Curve,
    scheme: Scheme,
    theirs: str,
    hardware: bool,
    kind: str,
) -> None:
    backend = opened(vault_settings, hardware=hardware)
    made = make(backend, curve)
    key = vault.keys[made.handle]
    assert (key.curve, key.kind, key.tags) == (theirs, kind, {"label": "test"})
    assert (made.never_leaves, made.attributes["key_type"]) == (True, kind)
    signature = backend.sign(handle=made.handle, scheme=scheme, digest32=DIGEST)
    assert verifies(scheme, made.public_key, DIGEST, signature)


def test_a_key_that_is_read_back_proves_no_origin(vault_settings: dict[str, Any]) -> None:
    backend = opened(vault_settings)
    made = make(backend)
    read = backend.generate(label="", curve="secp256k1", key_class=KeyClass.NEVER_LEAVES, handle=made.handle)
    assert (read.public_key, read.never_leaves) == (made.public_key, False)


@pytest.mark.parametrize("handle", ["", "name", "name/", "name/latest", f"a/b/{'0' * 32}"])
def test_only_named_versions_are_handles(vault_settings: dict[str, Any], handle: str) -> None:
    with pytest.raises(KeyUnknownError, match="name/version"):
        opened(vault_settings).sign(handle=handle, scheme=K1, digest32=DIGEST)


def test_what_is_not_offered_is_named(vault_settings: dict[str, Any]) -> None:
    backend = opened(vault_settings)
    with pytest.raises(CapabilityMissingError, match="vault does not offer mac"):
        backend.mac(handle="x", data=b"x")
    with pytest.raises(CapabilityMissingError, match="vault does not offer mac"):
        backend.generate_mac_key(label="x")
    with pytest.raises(CapabilityMissingError, match="WRAPPED for scheme ecdsa-secp256k1"):
        backend.sign_wrapped(blob=b"", curve="secp256k1", digest32=DIGEST, public_key=b"")
