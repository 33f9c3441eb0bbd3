"""No key is taken into use on a back-end that has not passed the probe as it is now."""

import json
import re
from dataclasses import replace

import pytest
from django.conf import LazySettings
from django.core.management import call_command

from custody.common import clock
from custody.hsm.backends.interface import Description
from custody.hsm.backends.pkcs11 import Pkcs11Backend
from custody.hsm.signer.identity import identity
from custody.hsm.signer.modules import Module, PassedProbe
from custody.hsm.signer.sessions import module_draft
from custody.hsm.signer.store import selectors, tokens
from custody.hsm.signer.store.journal import Draft
from custody.hsm.token.errors import TokenUnavailableError
from custody.statements.result import Result
from tests.signer.bench import Bench
from tests.signer.house import House
from tests.signer.officers import QUORUM

PLACE = "/documents/0/document/body"
NEW_FIRMWARE = Description(
    manufacturer="SoftHSM project", model="SoftHSM v2", serial="1", firmware="2.7", tested=True
)


@pytest.fixture
def house(bench: Bench) -> House:
    return House(bench)


def activate(house: House, key: str) -> Result:
    document = house.officers.document("KEY_ACTIVATE", house.activation(key, wallet=2))
    return house.officers.present(document, *QUORUM)


def key_on(bench: Bench, backend: str) -> str:
    """A key that is not in use yet, on a back-end that nobody has probed."""
    made = bench.token.generate(label="elsewhere", curve="secp256k1")
    body = {
        "key": "key_01KAJ8V0000000000000000008",
        "type": "KEY_ACTIVATE",
        "purpose": "spend",
        "curve": "secp256k1",
        "public_key": made.public_key.hex(),
        "token_id": made.handle,
        "backend": backend,
        "class": "NEVER_LEAVES",
        "attributes": dict(made.attributes),
        "state": "PRE_ACTIVE",
    }
    bench.store.commit(Draft("KEY", body), at=bench.hands.now)
    return str(body["key"])


def test_a_key_on_a_back_end_that_was_never_probed(house: House) -> None:
    key = key_on(house.bench, "elsewhere")
    result = activate(house, key)
    assert (result.outcome, result.rule, result.culprit) == ("REFUSED", "backend_not_probed", f"{PLACE}/key")
    found = selectors.key(key)
    assert found is not None
    assert found.state == "PRE_ACTIVE"


def test_a_module_that_was_seen_to_have_changed(house: House) -> None:
    key = house.make_key(2)
    known = tokens.known_backends()["pkcs11"]
    draft = module_draft("pkcs11", replace(known.module, firmware="2.7"))
    assert draft is not None
    house.bench.store.commit(draft, at=house.bench.hands.now)
    assert not tokens.known_backends()["pkcs11"].is_probed
    assert activate(house, key).rule == "backend_not_probed"


def test_a_module_that_changes_unseen(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """The back-end itself is asked before the acceptance is journalled."""
    key = house.make_key(2)
    monkeypatch.setattr(Pkcs11Backend, "describe", lambda _: NEW_FIRMWARE)
    result = activate(house, key)
    assert (result.rule, result.culprit) == ("backend_not_probed", f"{PLACE}/key")


def test_a_module_that_does_not_answer_leaves_the_document_undecided(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = house.make_key(2)
    document = house.officers.document("KEY_ACTIVATE", house.activation(key, wallet=2))
    request = house.officers.request(document, *house.officers.approvals(document, QUORUM))
    with monkeypatch.context() as away:
        away.setattr(Pkcs11Backend, "describe", unavailable)
        result = house.bench.handle(request)
        assert (result.outcome, result.rule) == ("FAILED", "token_unavailable")
    assert house.bench.handle(request).outcome == "RECORDED"


def unavailable(_: Pkcs11Backend) -> Description:
    raise TokenUnavailableError("away")


def test_a_probe_without_the_curve_of_the_key(house: House) -> None:
    key = house.make_key(2)
    known = tokens.known_backends()["pkcs11"].probe
    assert known is not None
    order(house, replace(known, schemes=("ecdsa-p256",)))
    result = activate(house, key)
    assert (result.rule, result.culprit) == ("backend_not_probed", f"{PLACE}/curve")
    order(house, known)
    assert activate(house, key).outcome == "RECORDED"


def order(house: House, probe: PassedProbe) -> None:
    house.bench.orders.give(kind="PROBED", body=probe, reason="probe")
    house.bench.signer.handle_all([])


def test_what_a_back_end_says_anew_is_journalled_and_published(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Pkcs11Backend, "describe", lambda _: NEW_FIRMWARE)
    house.go_on_duty()
    backends = identity(at=house.bench.hands.now)["backends"]
    (backend,) = (item for item in backends if item["name"] == "pkcs11")
    assert backend["module"]["firmware"] == "2.7"
    assert backend["probe"]["module"]["firmware"] == "2.6"


def test_the_command_has_a_passed_probe_recorded(
    house: House, settings: LazySettings, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.SIGNER_DIR = house.bench.directory
    monkeypatch.setattr("custody.hsm.signer.program.build_token", lambda: house.bench.token)
    before = tokens.known_backends()["pkcs11"].probe
    call_command("probe_key_backend", "pkcs11", "--json", "--record")
    report = json.loads(capsys.readouterr().out)
    house.bench.signer.handle_all([])
    after = tokens.known_backends()["pkcs11"].probe
    assert before is not None
    assert after is not None
    assert after.report != before.report or after.at != before.at
    assert after.module == Module(
        **{name: report["description"][name] for name in ("manufacturer", "model", "serial", "firmware")}
    )
    assert after.at > before.at
    assert after.at <= clock.now()
    assert house.bench.orders.waiting() == []


def test_a_probe_for_people_ends_with_its_verdict(
    house: House, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("custody.hsm.signer.program.build_token", lambda: house.bench.token)
    call_command("probe_key_backend", "pkcs11")
    last = capsys.readouterr().out.splitlines()[-1]
    assert re.fullmatch(r"pkcs11: PASSED \((\d+ not_offered, )?\d+ passed\)", last)


def test_a_failed_probe_is_not_recorded(
    house: House, settings: LazySettings, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    settings.SIGNER_DIR = house.bench.directory
    monkeypatch.setattr("custody.hsm.signer.program.build_token", lambda: house.bench.token)
    monkeypatch.setattr(Pkcs11Backend, "public_key", lambda *_: b"\x02" + bytes(32))
    with pytest.raises(Exception, match="failed: public_key_reads_back"):
        call_command("probe_key_backend", "pkcs11", "--record")
    assert capsys.readouterr().out.splitlines()[-1].startswith("pkcs11: FAILED (1 failed, ")
    assert house.bench.orders.waiting() == []
