"""The suite on every back-end we have, through the command; each with a key that was switched off."""

from pathlib import Path
from typing import Any

import boto3
import pytest

from custody.hsm.backends import registry
from custody.hsm.backends.conformance.suite import CHECKS
from custody.hsm.backends.interface import KeyClass
from tests.backends.probing import Probe, probe
from tests.backends.tokens import SoftToken, disabled_key, make_soft_token
from tests.harness.azure import LocalVault
from tests.harness.p11kit import client_module, p11kit_server

ALL = {check.name for check in CHECKS}
WRAPPED = {
    "wrapped_round_trip",
    "wrapped_evidence",
    "wrapped_digest_length",
    "foreign_blob_refused",
    "wrapped_key_proved",
}


# p11-kit's client says this when a forked child finalizes what its parent has initialised.
FORKED = "p11-kit: 'module->initialized_forkid == p11_forkid' not true at rpc_C_Finalize"


def passes(found: Probe, *, all_but: set[str], errors: str = "") -> None:
    """Every check passed but those that are not offered."""
    assert (found.exit_code, found.errors) == (0, errors)
    assert found.report["ok"] is True
    assert found.outcomes("passed") == ALL - all_but
    assert found.outcomes("not_offered") == all_but


@pytest.mark.parametrize("reset_on_fork", [True, False])
def test_softhsm(tmp_path: Path, reset_on_fork: bool) -> None:
    token = make_soft_token(tmp_path, "probed", reset_on_fork=reset_on_fork)
    entry = {"backend": "pkcs11", "settings": token.settings()}
    off = f"secp256k1={disabled_key(token)}"
    found = probe(tmp_path, entry, "subject", "--disabled", off, **token.environment)
    passes(found, all_but={"missing_scheme_refused"})
    assert found.report["description"]["model"] == "SoftHSM v2"
    assert found.report["capabilities"]["schemes"] == ["ecdsa-p256", "ecdsa-secp256k1", "ed25519"]
    assert found.report["capabilities"]["wrapped"] == ["ecdsa-p256", "ecdsa-secp256k1"]


def test_softhsm_behind_p11_kit(tmp_path: Path) -> None:
    token = make_soft_token(tmp_path, "probed")
    entry = {"backend": "pkcs11", "settings": token.settings(module=client_module(), profile="p11-kit")}
    off = f"secp256k1={disabled_key(token)}"
    with p11kit_server(tmp_path, label="probed", configuration=token.configuration) as environment:
        found = probe(tmp_path, entry, "subject", "--disabled", off, **environment)
    passes(found, all_but=WRAPPED, errors=FORKED)
    assert found.report["capabilities"]["schemes"] == ["ecdsa-p256", "ecdsa-secp256k1"]
    assert "1 cut connection" in detail(found, "reopens")


def test_aws_kms(tmp_path: Path, kms_settings: dict[str, Any]) -> None:
    client = boto3.client(
        "kms",
        region_name="eu-central-1",
        endpoint_url=kms_settings["endpoint"],
        aws_access_key_id="AKIATESTS",
        aws_secret_access_key="of-no-account",
    )
    off = client.create_key(KeySpec="ECC_SECG_P256K1", KeyUsage="SIGN_VERIFY")["KeyMetadata"]["KeyId"]
    client.disable_key(KeyId=off)
    entry = {"backend": "aws_kms", "settings": kms_settings}
    found = probe(tmp_path, entry, "subject", "--disabled", f"secp256k1={off}")
    passes(found, all_but=WRAPPED)


def test_azure_key_vault(tmp_path: Path, vault: LocalVault, vault_settings: dict[str, Any]) -> None:
    backend = registry.open_backend("here", kind="azure_key_vault", settings=vault_settings)
    made = backend.generate(label="off", curve="secp256k1", key_class=KeyClass.NEVER_LEAVES)
    vault.keys[made.handle].enabled = False
    entry = {"backend": "azure_key_vault", "settings": vault_settings}
    found = probe(tmp_path, entry, "subject", "--disabled", f"secp256k1={made.handle}")
    passes(found, all_but=WRAPPED | {"mac"})
    assert "cut connection" in detail(found, "reopens")


def test_leaves_nothing_behind(tmp_path: Path, vault: LocalVault, vault_settings: dict[str, Any]) -> None:
    before = set(vault.keys)
    probe(tmp_path, {"backend": "azure_key_vault", "settings": vault_settings})
    made = [key for handle, key in vault.keys.items() if handle not in before]
    assert len(made) == 3
    assert all(key.deleted for key in made)


def test_keys_that_are_given_are_used_and_stay(
    tmp_path: Path, vault: LocalVault, vault_settings: dict[str, Any]
) -> None:
    backend = registry.open_backend("here", kind="azure_key_vault", settings=vault_settings)
    given = backend.generate(label="kept", curve="secp256k1", key_class=KeyClass.NEVER_LEAVES)
    entry = {"backend": "azure_key_vault", "settings": vault_settings}
    found = probe(tmp_path, entry, "subject", "--key", f"secp256k1={given.handle}")
    # The vault does not say where a key that it only reads back was born.
    assert (found.exit_code, found.outcomes("failed")) == (1, {"evidence_never_leaves"})
    assert not vault.keys[given.handle].deleted


def test_a_back_end_that_does_not_answer_fails_one_check(tmp_path: Path, soft_token: SoftToken) -> None:
    entry = {"backend": "pkcs11", "settings": soft_token.settings(label="nowhere")}
    found = probe(tmp_path, entry, **soft_token.environment)
    assert (found.exit_code, found.report["description"]) == (1, None)
    assert found.outcomes("failed") == {"health", "describes_itself"}
    assert found.errors == "CommandError: failed: health, describes_itself"
    assert found.outcomes("passed") == set()


def test_the_signers_own_token_is_called_pkcs11(tmp_path: Path, soft_token: SoftToken) -> None:
    found = probe(
        tmp_path,
        None,
        "pkcs11",
        **soft_token.environment,
        CUSTODY_SIGNER_TOKEN_LABEL=soft_token.label,
        CUSTODY_SIGNER_PIN_FILE=str(soft_token.directory / "pin"),
    )
    assert (found.exit_code, found.report["backend"]) == (0, "pkcs11")
    assert found.outcomes("not_offered") == WRAPPED | {"missing_scheme_refused", "disabled_key_refused"}


@pytest.mark.parametrize(
    ("arguments", "process", "error"),
    [
        (("nobody",), "signer", "no key back-end is configured as nobody"),
        (("subject", "--key", "secp256k1"), "signer", "not CURVE=HANDLE"),
        (("subject", "--disabled", "p-256=ff"), "signer", "not CURVE=HANDLE"),
        (("subject",), "keys", "Unknown command"),
        (("subject",), "command", "only the signer's environment can use its keys"),
    ],
)
def test_bad_use(tmp_path: Path, arguments: tuple[str, ...], process: str, error: str) -> None:
    entry = {"backend": "aws_kms", "settings": {"region": "eu-central-1"}}
    found = probe(tmp_path, entry, *arguments, process=process)
    assert error in found.errors
    assert found.exit_code == (2 if process != "keys" else 1)
    assert found.report == {}


def detail(found: Probe, name: str) -> str:
    return next(str(check["detail"]) for check in found.report["checks"] if check["name"] == name)
