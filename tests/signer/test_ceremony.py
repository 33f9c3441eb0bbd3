"""A key ceremony: custodians present, one key, once, and of no use before its activation."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from django.conf import LazySettings
from django.core.management import CommandError, call_command

from custody.common import canonical, clock
from custody.hsm.signer.ceremony import Ceremony, WantedKey
from custody.hsm.signer.store import journal, selectors
from custody.hsm.token.errors import KeyUnknownError
from custody.statements.critical import Critical
from custody.statements.trust.keys import KeyStateChange
from tests.signer.bench import Bench
from tests.signer.genesis import CUSTODIAN, FIRST, TREASURER
from tests.signer.house import House


@pytest.fixture
def house(bench: Bench) -> House:
    return House(bench)


def hold(house: House, ceremony: Ceremony) -> list[str]:
    """Ids of the keys that came of it."""
    before = {key.id for key in selectors.all_keys()}
    house.bench.orders.give(kind="MAKE_KEY", body=ceremony, reason="ceremony")
    house.bench.signer.handle_all([])
    assert house.bench.orders.waiting() == []
    return sorted({key.id for key in selectors.all_keys()} - before)


def test_makes_a_key_that_never_leaves_and_is_of_no_use_yet(house: House) -> None:
    (made,) = hold(house, house.ceremony("second"))
    key = selectors.key(made)
    assert key is not None
    assert (key.purpose, key.curve, key.key_class, key.state) == (
        "spend",
        "secp256k1",
        "NEVER_LEAVES",
        "PRE_ACTIVE",
    )
    assert house.bench.handle(replace(house.transfer(), key=made)).rule == "key_not_active"


def test_the_journal_keeps_who_was_present_and_the_evidence_of_origin(house: House) -> None:
    ceremony = house.ceremony("second")
    hold(house, ceremony)
    last = journal.last()
    assert last is not None
    held = last.body["ceremony"]
    assert (held["id"], held["action"]) == (ceremony.action.id, ceremony.action.hash)
    assert held["people"] == sorted((TREASURER, CUSTODIAN))
    assert last.body["attributes"]["never_extractable"] is True
    assert last.body["attributes"]["local"] is True


def test_a_ceremony_is_held_once(house: House) -> None:
    ceremony = house.ceremony("second")
    assert len(hold(house, ceremony)) == 1
    assert hold(house, ceremony) == []
    assert refusal() == ("ceremony_was_held", "/action/id")


@pytest.mark.parametrize(
    ("people", "changes", "rule", "culprit"),
    [
        ((TREASURER,), {}, "custodians_missing", "/approvals"),
        ((TREASURER, FIRST), {}, "custodians_missing", "/approvals"),
        ((TREASURER, CUSTODIAN), {"system": "warehouse"}, "not_a_key_ceremony", "/action/action"),
        ((TREASURER, CUSTODIAN), {"action": "DROP_KEY"}, "not_a_key_ceremony", "/action/action"),
        ((TREASURER, CUSTODIAN), {"parameters": "00" * 32}, "another_key_was_approved", "/action/parameters"),
        (
            (TREASURER, CUSTODIAN),
            {"instance": "ins_01KAJ8M3V6Q2W9X4Y7Z0A1B2C4"},
            "wrong_instance",
            "/action/instance",
        ),
    ],
)
def test_refuses_a_ceremony(
    house: House, people: tuple[str, ...], changes: dict[str, Any], rule: str, culprit: str
) -> None:
    assert hold(house, house.ceremony("second", people=people, **changes)) == []
    assert refusal() == (rule, culprit)


def test_refuses_a_ceremony_that_was_planned_for_yesterday(house: House) -> None:
    ceremony = house.ceremony("second")
    house.bench.hands.pass_by(hours=8)
    assert hold(house, ceremony) == []
    assert refusal()[0] == "expired"


def refusal() -> tuple[str, str]:
    last = journal.last()
    assert last is not None
    assert last.kind == "REFUSED"
    return last.body["rule"], last.body["culprit"]


def test_plan_and_hold_at_the_console(house: House, settings: LazySettings, tmp_path: Path) -> None:
    settings.SIGNER_DIR = house.bench.directory
    house.bench.hands.now = clock.now().replace(microsecond=0)
    plan, key = tmp_path / "action.json", {"purpose": "spend", "curve": "secp256k1", "label": "third"}
    call_command("signer_ceremony", "plan", purpose="spend", label="third", output=plan)
    action = Critical.from_bytes(plan.read_bytes())
    assert action.parameters == WantedKey.read(key).parameters
    files = []
    for number, approval in enumerate(house.officers.approvals(action, (TREASURER, CUSTODIAN))):
        files.append(tmp_path / f"{number}.json")
        files[-1].write_bytes(canonical.encode(approval.to_json()))
    arguments = ["hold", "--purpose", "spend", "--label", "third", str(plan)]
    with pytest.raises(CommandError, match="custodians_missing at /approvals"):
        call_command("signer_ceremony", *arguments, str(files[0]))
    assert house.bench.orders.waiting() == []
    call_command("signer_ceremony", *arguments, *map(str, files))
    (order,) = house.bench.orders.waiting()
    assert json.loads(canonical.encode(order.body.to_json()))["key"] == key


def test_a_destroyed_key_is_gone_from_the_token(house: House) -> None:
    (made,) = hold(house, house.ceremony("second"))
    key = selectors.key(made)
    assert key is not None
    house.officers.accept("KEY_STATE", KeyStateChange(key=made, state="DESTROYED"))
    assert house.bench.token.backend().health().ok
    with pytest.raises(KeyUnknownError):
        house.bench.token.backend().public_key(key.token_id)
