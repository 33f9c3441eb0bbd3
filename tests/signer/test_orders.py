"""Orders at the signer's console: obeyed before the next decision, once, and undone by quorum alone."""

import pytest
from django.conf import LazySettings
from django.core.management import CommandError, call_command

from custody.common import canonical
from custody.hsm.signer.orders import OrderFolder
from custody.hsm.signer.store import models, selectors, tokens
from custody.statements.trust.holds import Hold, Kill, Restart
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


UNREADABLE = [
    b"",
    b"{",
    b"\xff\xfe",
    b"[]",
    b"null",
    b"9" * 9999,
    b"[" * 9999,
    b'{"type":"KILL"}',
    b'{"type":["KILL"]}',
]


@pytest.mark.parametrize("data", UNREADABLE)
def test_a_file_that_is_no_order_is_set_aside_on_record_and_holds_up_no_kill(
    house: House, data: bytes
) -> None:
    orders = house.bench.directory / "orders"
    name = "0" * 32  # looked at before the kill
    (orders / f"{name}.json").write_bytes(data)
    house.bench.orders.give(kind="KILL", body=Kill(), reason="drill")
    first, second = house.bench.handle(house.transfer()), house.bench.handle(house.transfer())
    assert (first.rule, second.rule) == ("killed", "killed")
    assert [path.name for path in orders.iterdir()] == [f"{name}.unreadable"]
    assert (orders / f"{name}.unreadable").read_bytes() == data
    assert tokens.refusal_of_order(name) == ("order_unreadable", "")
    own = [entry.body for result in (first, second) for entry in result.entries if "order" in entry.body]
    assert [body["rule"] for body in own if body["order"] == name] == ["order_unreadable"]


def test_an_order_under_another_name_is_none(house: House) -> None:
    order = house.bench.orders.new(kind="KILL", body=Kill(), reason="drill")
    orders = house.bench.directory / "orders"
    (orders / "Kill now!.json").write_bytes(canonical.encode(order.to_json()))
    result = house.bench.handle(house.transfer())
    assert result.outcome == "SIGNED"
    assert [entry.body for entry in result.entries if entry.kind == "REFUSED"] == [
        {"rule": "order_unreadable", "culprit": ""}
    ]


def test_what_cannot_be_read_or_renamed_now_holds_up_nobody(
    house: House, caplog: pytest.LogCaptureFixture
) -> None:
    """A directory in place of an order, and a file whose name is taken by one."""
    orders = house.bench.directory / "orders"
    (orders / "a.json").mkdir()
    (orders / "b.json").write_bytes(b"")
    (orders / "b.unreadable").mkdir()
    house.bench.orders.give(kind="KILL", body=Kill(), reason="drill")
    assert house.bench.handle(house.transfer()).rule == "killed"
    assert {path.name for path in orders.iterdir()} == {"a.json", "b.json", "b.unreadable"}
    assert "order a.json cannot be read" in caplog.text
    assert "b.json cannot be set aside" in caplog.text


def test_an_order_that_nobody_carries_out_leaves_no_entry(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What stands in the journal stays there, and an order there counts like a trust document of its type."""
    order = house.bench.orders.new(kind="KILL", body=Kill(), reason="drill")
    object.__setattr__(order, "body", Hold(scope="WALLET", ref="wal_01KAJ8S0000000000000000001"))
    monkeypatch.setattr(OrderFolder, "look", lambda folder: ([order], []))
    before = models.Entry.objects.count()
    with pytest.raises(AssertionError):
        house.bench.signer.handle_all([])
    assert models.Entry.objects.count() == before
