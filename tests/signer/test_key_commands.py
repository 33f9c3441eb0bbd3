"""Console commands about keys that are kept as blobs: wrapping key, ceremony, xpub, backup."""

import json
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.conf import LazySettings
from django.core.management import CommandError, call_command

from custody.chains.bitcoin import hd
from custody.hsm.backends import registry
from custody.hsm.backends.interface import KeyClass
from custody.hsm.signer.ceremony import WantedKey
from custody.hsm.signer.store import selectors
from custody.statements.critical import Critical
from custody.statements.trust.keys import KeyStateChange
from tests.harness.bitcoin import REGTEST
from tests.harness.signer_bench import LABEL
from tests.signer.bench import Bench
from tests.signer.house import House
from tests.signer.one_time import OneTimeKeys
from tests.signer.test_one_time import backup_file
from tests.signer.tokens import PIN, SO_PIN

MODULE = "/usr/lib/softhsm/libsofthsm2.so"


def call(*words: str, **options: Any) -> str:
    out = StringIO()
    call_command(*words, stdout=out, **options)
    return out.getvalue()


def test_makes_a_wrapping_key_at_the_console(bench: Bench, settings: LazySettings, tmp_path: Path) -> None:
    settings.PKCS11_MODULE, settings.SIGNER_TOKEN_LABEL = MODULE, LABEL
    so_pin, pin = tmp_path / "so-pin", tmp_path / "pin"
    so_pin.write_text(SO_PIN)
    pin.write_text(PIN)
    said = call("signer_wrapping_key", so_pin_file=so_pin)
    name, _, identifier = said.strip().partition(": ")
    assert name == "wrapping_key"
    backend = registry.open_backend(
        "t",
        kind="pkcs11",
        settings={
            "module": MODULE,
            "label": LABEL,
            "pin_file": str(pin),
            "profile": "softhsm2",
            "wrapping_key": identifier,
        },
    )
    made = backend.generate(label="x", curve="secp256k1", key_class=KeyClass.WRAPPED)
    assert made.attributes["wrap_with_trusted"] is True


def test_the_wrong_security_officer_makes_none(bench: Bench, settings: LazySettings, tmp_path: Path) -> None:
    settings.PKCS11_MODULE, settings.SIGNER_TOKEN_LABEL = MODULE, LABEL
    so_pin = tmp_path / "so-pin"
    so_pin.write_text("00000000")
    with pytest.raises(CommandError, match="security officer"):
        call("signer_wrapping_key", so_pin_file=so_pin)


def test_a_ceremony_plans_a_derived_wallet(bench: Bench, tmp_path: Path) -> None:
    plan = tmp_path / "action.json"
    wish = {"purpose": "spend", "label": "hot", "class_": "DERIVED_IN_RAM", "chain": REGTEST}
    call("signer_ceremony", "plan", output=plan, **wish)
    wanted = WantedKey(curve="secp256k1", **wish)  # type: ignore[arg-type]
    assert Critical.from_bytes(plan.read_bytes()).parameters == wanted.parameters
    plain = WantedKey(purpose="spend", curve="secp256k1", label="hot")
    assert wanted.parameters != plain.parameters
    # What custodians agreed on before there were classes is still the same hash.
    assert plain.to_json() == {"purpose": "spend", "curve": "secp256k1", "label": "hot"}


@pytest.mark.parametrize(
    "wish",
    [
        {"purpose": "seal", "class_": "WRAPPED"},
        {"purpose": "spend", "class_": "DERIVED_IN_RAM"},
        {"purpose": "spend", "class_": "DERIVED_IN_RAM", "chain": "eip155:1"},
        {"purpose": "spend", "chain": REGTEST},
    ],
)
def test_a_ceremony_refuses_what_no_key_can_be(bench: Bench, tmp_path: Path, wish: dict[str, str]) -> None:
    with pytest.raises(CommandError):
        call("signer_ceremony", "plan", output=tmp_path / "action.json", label="x", **wish)
    assert not (tmp_path / "action.json").exists()


def test_exports_the_xpub_of_a_derived_wallet(wrapping: Bench) -> None:
    made = selectors.key(House(wrapping).make_key(5, class_="DERIVED_IN_RAM", chain=REGTEST))
    assert made is not None
    assert made.account is not None
    said = json.loads(call("export_xpub", made.id, as_json=True))
    assert said == {
        "key": made.id,
        "class": "DERIVED_IN_RAM",
        "chain": REGTEST,
        "fingerprint": made.account.fingerprint,
        "path": "84h/1h/0h",
        "xpub": made.account.xpub,
        "descriptor": hd.descriptor(
            made.account.xpub, fingerprint=made.account.fingerprint, path=made.account.path
        ),
        "addresses": [hd.child_address(made.account.xpub, index, chain=REGTEST) for index in range(5)],
    }
    assert f"descriptor: {said['descriptor']}" in call("export_xpub", made.id)


def test_other_keys_have_no_xpub(bench: Bench) -> None:
    with pytest.raises(CommandError, match="no derived key"):
        call("export_xpub", bench.key("mediator").id)
    with pytest.raises(CommandError, match="no such key"):
        call("export_xpub", "key_01KAJ8V0000000000000000099")


def test_checks_and_mends_the_backup(wrapping: Bench) -> None:
    keys = OneTimeKeys(wrapping)
    lost, changed = keys.make_one(0), keys.make_one(1)
    good = json.loads(call("signer_key_backup", "check", as_json=True))
    assert good == {"ok": True, "keys": 2, "wrong": {}}
    backup_file(wrapping, lost.id).unlink()
    backup_file(wrapping, changed.id).write_text("?")
    out = StringIO()
    with pytest.raises(CommandError, match="not what the store holds") as refused:
        call_command("signer_key_backup", "check", as_json=True, stdout=out)
    assert refused.value.returncode == 1
    assert json.loads(out.getvalue())["wrong"] == {lost.id: "missing", changed.id: "differs"}
    assert json.loads(call("signer_key_backup", "restore", as_json=True))["ok"] is True
    assert wrapping.handle(keys.spend_request(lost)).outcome == "SIGNED"


def test_mending_brings_no_destroyed_key_back(wrapping: Bench) -> None:
    keys = OneTimeKeys(wrapping)
    key = keys.make_one()
    copy = backup_file(wrapping, key.id).read_bytes()
    for state in ("DEACTIVATED", "DESTROYED"):
        keys.officers.accept("KEY_STATE", KeyStateChange(key=key.id, state=state))
    backup_file(wrapping, key.id).write_bytes(copy)
    with pytest.raises(CommandError):
        call("signer_key_backup", "check")
    assert json.loads(call("signer_key_backup", "restore", as_json=True))["ok"] is True
    assert not backup_file(wrapping, key.id).exists()
