"""Orders at the signer's console: obeyed before the next decision, once, and undone by quorum alone."""

import pytest
from django.conf import LazySettings
from django.core.management import CommandError, call_command

from custody.common import canonical
from custody.hsm.signer.store import selectors
from custody.statements.trust.holds import Kill, Restart
from custody.statements.trust.people import PersonRevoke
from tests.signer.bench import Bench
from tests.signer.genesis import APPROVER
from tests.signer.house import House


@pytest.fixture
def house(bench: Bench) -> House:
    return House(bench)


def kills() -> list[str]:
    return [item.name for item in selectors.trust().accepted if item.type == "KILL"]


def test_a_kill_at_the_console_is_obeyed_before_the_next_decision(house: House) -> None:
    house.bench.orders.give(kind="KILL", body=Kill(), reason="drill")
    assert house.bench.handle(house.transfer()).rule == "killed"
    assert house.bench.orders.waiting() == []


def test_a_restart_names_the_entry_of_the_order(house: House) -> None:
    house.bench.orders.give(kind="KILL", body=Kill(), reason="drill")
    assert house.bench.handle(house.transfer()).rule == "killed"
    (kill,) = kills()
    house.officers.accept("RESTART", Restart(kill=kill))
    assert house.bench.handle(house.transfer()).outcome == "SIGNED"


def test_an_order_taken_in_before_a_crash_counts_once(house: House) -> None:
    order = house.bench.orders.give(kind="KILL", body=Kill(), reason="drill")
    house.bench.handle(house.transfer())
    # The file comes back as if the signer had died before it could remove it.
    file = house.bench.directory / "orders" / f"{order.nonce}.json"
    file.write_bytes(canonical.encode(order.to_json()))
    house.bench.handle(house.transfer())
    assert not file.exists()
    assert len(kills()) == 1


def test_a_kill_of_one_key_is_a_kill_of_one_key(house: House) -> None:
    house.bench.orders.give(kind="KILL", body=Kill(key=house.bench.key("mediator").id), reason="drill")
    assert house.bench.handle(house.transfer()).outcome == "SIGNED"


def test_a_person_revoked_at_the_console_no_longer_counts(house: House) -> None:
    request = house.transfer()
    house.bench.orders.give(kind="PERSON_REVOKE", body=PersonRevoke(person=APPROVER), reason="lost device")
    assert house.bench.handle(request).rule == "bad_proof"


def test_the_commands_give_orders(house: House, settings: LazySettings) -> None:
    settings.SIGNER_DIR = house.bench.directory
    call_command("signer_kill", reason="drill")
    call_command("signer_revoke", APPROVER, reason="lost device")
    assert {order.type for order in house.bench.orders.waiting()} == {"KILL", "PERSON_REVOKE"}


def test_the_commands_refuse_what_is_no_name(house: House, settings: LazySettings) -> None:
    settings.SIGNER_DIR = house.bench.directory
    with pytest.raises(CommandError, match="not an id"):
        call_command("signer_kill", reason="drill", key="everything")
    with pytest.raises(CommandError, match="id"):
        call_command("signer_revoke", "Bob", reason="lost device")
    assert house.bench.orders.waiting() == []
