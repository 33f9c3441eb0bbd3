"""A cold token signs only in a session that custodians present have agreed on, and only what it names."""

import json
import os
import pty
import select
import shutil
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from django.conf import LazySettings
from django.core.management import CommandError, call_command
from pytest_django.plugin import DjangoDbBlocker

from custody.common import canonical, clock
from custody.hsm.signer import ordering
from custody.hsm.signer.cold_session import SessionEnd, SessionPlan
from custody.hsm.signer.identity import identity
from custody.hsm.signer.keys import SigningToken
from custody.hsm.signer.store import journal, models, selectors, tokens
from custody.hsm.token.errors import TokenClosedError
from custody.statements.codecs import BadFieldError
from custody.statements.critical import Critical
from custody.statements.trust.holds import Kill
from custody.statements.trust.keys import KeyStateChange
from tests.harness.waiting import eventually
from tests.signer.bench import Bench, Hands, store_database
from tests.signer.cold import ENTRY, Vault, make_cold_token
from tests.signer.genesis import CUSTODIAN, FIRST, TREASURER
from tests.signer.house import House
from tests.signer.officers import QUORUM
from tests.signer.tokens import PIN


@dataclass(frozen=True)
class Furnished:
    """A closed store with a cold wallet, its time, and the keys of both wallets."""

    directory: Path
    hands: Hands
    key: str
    cold_key: str


@pytest.fixture(scope="session")
def furnished_vault(
    after_genesis: Path,
    token: SigningToken,
    tmp_path_factory: pytest.TempPathFactory,
    django_db_blocker: DjangoDbBlocker,
) -> Furnished:
    make_cold_token()
    directory = tmp_path_factory.mktemp("furnished-vault") / "signer"
    shutil.copytree(after_genesis, directory)
    with configured(directory), django_db_blocker.unblock(), store_database(directory):
        bench = Bench(directory, SigningToken(token.session))
        vault = Vault(House(bench))
        vault.furnish()
        bench.close()
    return Furnished(directory, bench.hands, vault.house.key, vault.key)


@pytest.fixture
def vault(
    furnished_vault: Furnished, token: SigningToken, tmp_path: Path, django_db_blocker: DjangoDbBlocker
) -> Iterator[Vault]:
    directory = tmp_path / "signer"
    shutil.copytree(furnished_vault.directory, directory)
    with configured(tmp_path), django_db_blocker.unblock(), store_database(directory):
        bench = Bench(directory, SigningToken(token.session), replace(furnished_vault.hands))
        yield Vault(House(bench, furnished_vault.key), furnished_vault.cold_key)
        bench.token.lock("cold")
        bench.close()


@contextmanager
def configured(directory: Path) -> Iterator[None]:
    """The installation's file of back-ends names the cold token."""
    file = directory / "key-backends.json"
    file.write_text(json.dumps({"cold": ENTRY}))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CUSTODY_KEY_BACKENDS_FILE", str(file))
        yield


def console() -> list[dict[str, Any]]:
    """What the journal says of the console, oldest first."""
    rows = models.Entry.objects.filter(kind__in=["HEAD", "REFUSED"]).order_by("seq")
    return [json.loads(bytes(row.body))["body"] for row in rows]


def test_a_request_for_a_closed_token_says_so_and_waits(vault: Vault) -> None:
    request, before = vault.request(), journal.last()
    result = vault.house.bench.handle(request)
    assert (result.outcome, result.rule, result.signatures, result.entries) == (
        "FAILED",
        "token_closed",
        (),
        (),
    )
    assert journal.last() == before
    vault.open(request)
    assert vault.house.bench.handle(request).outcome == "SIGNED"


def test_what_is_refused_anyway_is_refused_while_the_token_is_closed(vault: Vault) -> None:
    request = vault.request()
    result = vault.house.bench.handle(replace(request, approvals=()))
    assert (result.outcome, result.rule) == ("REFUSED", "maker_has_not_signed")


def test_a_wait_is_no_promise(vault: Vault) -> None:
    """What was granted in the mind of yesterday is judged anew when the token opens."""
    request = vault.request()
    assert vault.house.bench.handle(request).rule == "token_closed"
    vault.house.bench.orders.give(kind="KILL", body=Kill(), reason="drill")
    vault.open(request)
    result = vault.house.bench.handle(request)
    assert (result.outcome, result.rule) == ("REFUSED", "killed")


def test_the_session_is_in_the_journal_from_opening_to_end(vault: Vault) -> None:
    request = vault.request()
    agreed = vault.open(request)
    opened = console()[-1]
    assert opened["backend"] == "cold"
    assert opened["opened"]["id"] == agreed.action.id
    assert opened["opened"]["action"] == agreed.action.hash
    assert opened["opened"]["people"] == sorted((TREASURER, CUSTODIAN))
    assert opened["opened"]["requests"] == [request.hash]
    assert opened["opened"]["minutes"] == 15
    ends_at = vault.house.bench.hands.now.replace(minute=vault.house.bench.hands.now.minute + 15)
    assert opened["opened"]["ends_at"] == clock.write_time(ends_at)
    vault.house.bench.handle(request)
    assert console()[-1] == {"backend": "cold", "closed": {"id": agreed.action.id, "reason": "done"}}
    assert PIN not in json.dumps(console())


def test_the_token_is_closed_once_all_is_decided(vault: Vault) -> None:
    first, second = vault.request(), vault.request(salt=0x33)
    vault.open(first, second)
    vault.house.bench.handle(first)
    assert "cold" in vault.house.bench.token.opened()
    vault.house.bench.handle(second)
    assert "cold" not in vault.house.bench.token.opened()
    key = selectors.key(vault.key)
    assert key is not None
    with pytest.raises(TokenClosedError):
        vault.house.bench.token.make(key, bytes(32))


def test_signs_no_request_that_the_session_does_not_name(vault: Vault) -> None:
    named, other = vault.request(), vault.request(salt=0x33)
    vault.open(named)
    result = vault.house.bench.handle(other)
    assert (result.outcome, result.rule) == ("FAILED", "token_closed")
    assert vault.house.bench.handle(named).outcome == "SIGNED"


def test_the_end_of_its_time_closes_the_token(vault: Vault) -> None:
    request = vault.request()
    agreed = vault.open(request, minutes=15)
    vault.house.bench.hands.pass_by(minutes=15)
    assert vault.house.bench.handle(request).rule == "token_closed"
    assert console()[-1]["closed"] == {"id": agreed.action.id, "reason": "time_out"}
    assert "cold" not in vault.house.bench.token.opened()


def test_the_last_second_of_a_session_still_signs(vault: Vault) -> None:
    request = vault.request()
    vault.open(request, minutes=15)
    vault.house.bench.hands.pass_by(minutes=14, seconds=59)
    assert vault.house.bench.handle(request).outcome == "SIGNED"


def test_time_that_runs_out_while_deciding_signs_nothing(vault: Vault) -> None:
    request, hands = vault.request(), vault.house.bench.hands
    vault.open(request, minutes=1)
    # The session ends between the commit and the token.
    vault.house.bench.reached = lambda step: hands.pass_by(minutes=1) if step == "committed" else None
    result = vault.house.bench.handle(request)
    assert (result.outcome, result.rule, result.signatures) == ("FAILED", "token_closed", ())
    vault.house.bench.reached = lambda step: None
    vault.open(request)
    assert vault.house.bench.handle(request).outcome == "SIGNED"


def test_logs_out_by_itself_when_nobody_wakes_the_signer(vault: Vault) -> None:
    token = vault.house.bench.token
    opened = token.unlock("cold", pin=PIN, seconds=0.0)
    eventually(lambda: "cold" not in token.opened(), timeout=5)
    assert not opened.health().ok


def test_closes_by_command(vault: Vault) -> None:
    request = vault.request()
    agreed = vault.open(request)
    vault.order("CLOSE_TOKEN", SessionEnd(session=agreed.action.id), pin=None)
    assert console()[-1]["closed"] == {"id": agreed.action.id, "reason": "command"}
    assert vault.house.bench.handle(request).rule == "token_closed"


def test_a_session_ends_with_the_process(vault: Vault) -> None:
    """Whoever restarts the signer has not got the custodians beside them."""
    request = vault.request()
    agreed = vault.open(request)
    bench = vault.house.bench
    bench.token.lock("cold")
    bench.token = SigningToken(bench.token.session)
    assert bench.handle(request).rule == "token_closed"
    assert console()[-1]["closed"] == {"id": agreed.action.id, "reason": "restart"}


@pytest.mark.parametrize(
    ("people", "changes", "rule", "culprit"),
    [
        ((TREASURER,), {}, "custodians_missing", "/approvals"),
        ((TREASURER, FIRST), {}, "custodians_missing", "/approvals"),
        ((TREASURER, CUSTODIAN), {"action": "MAKE_KEY"}, "not_a_session", "/action/action"),
        (
            (TREASURER, CUSTODIAN),
            {"parameters": "00" * 32},
            "another_session_was_approved",
            "/action/parameters",
        ),
        ((TREASURER, CUSTODIAN), {"backend": "cloud"}, "unknown_backend", "/session/backend"),
    ],
)
def test_refuses_a_session(
    vault: Vault, people: tuple[str, ...], changes: dict[str, Any], rule: str, culprit: str
) -> None:
    request = vault.request()
    vault.open(request, people=people, **changes)
    assert (console()[-1]["rule"], console()[-1]["culprit"]) == (rule, culprit)
    assert tokens.open_sessions() == []
    assert vault.house.bench.handle(request).rule == "token_closed"


def test_an_agreement_opens_the_token_once(vault: Vault) -> None:
    request = vault.request()
    agreed = vault.open(request)
    vault.order("CLOSE_TOKEN", SessionEnd(session=agreed.action.id), pin=None)
    vault.order("OPEN_TOKEN", agreed)
    assert (console()[-1]["rule"], console()[-1]["culprit"]) == ("session_was_held", "/action/id")


def test_one_session_at_a_time(vault: Vault) -> None:
    request = vault.request()
    vault.open(request)
    vault.open(vault.request(salt=0x33))
    assert (console()[-1]["rule"], console()[-1]["culprit"]) == ("session_is_open", "/session/backend")
    assert vault.house.bench.handle(request).outcome == "SIGNED"


@pytest.mark.parametrize(("pin", "rule"), [(None, "token_pin_missing"), ("654321", "token_pin_refused")])
def test_a_session_without_the_right_pin_ends_at_once(vault: Vault, pin: str | None, rule: str) -> None:
    request = vault.request()
    agreed = vault.open(request, pin=pin)
    assert console()[-1]["closed"] == {"id": agreed.action.id, "reason": "unusable", "rule": rule}
    assert vault.house.bench.handle(request).rule == "token_closed"
    vault.open(request)
    assert vault.house.bench.handle(request).outcome == "SIGNED"


def test_a_cold_wallet_on_an_open_token_needs_a_session_as_well(vault: Vault) -> None:
    house = vault.house
    open_key = house.make_key(3)
    house.activate(open_key, wallet=2, tier="COLD")
    vault.key = open_key
    request = vault.request()
    assert house.bench.handle(request).rule == "token_closed"
    vault.open(request, backend="pkcs11", pin=None)
    assert house.bench.handle(request).outcome == "SIGNED"
    assert house.bench.token.backend().health().ok


def test_a_key_that_becomes_cold_beside_its_first_payment_waits(vault: Vault) -> None:
    """One wake brings the activation and, decided on what it leaves, a payment."""
    house = vault.house
    vault.key = house.make_key(3)
    document = house.officers.document("KEY_ACTIVATE", house.activation(vault.key, wallet=2, tier="COLD"))
    activation = house.officers.request(document, *house.officers.approvals(document, QUORUM))
    payment = vault.request()
    requests = [(request.id, request.to_bytes()) for request in (activation, payment)]
    outcomes = [json.loads(answer)["outcome"] for answer in house.bench.signer.handle_all(requests)]
    assert outcomes == ["RECORDED", "FAILED"]


def test_other_keys_sign_as_ever(vault: Vault) -> None:
    closed, usual = vault.request(), vault.house.transfer()
    bench = vault.house.bench
    answers = bench.signer.handle_all([(request.id, request.to_bytes()) for request in (closed, usual)])
    outcomes = [json.loads(answer)["outcome"] for answer in answers]
    assert outcomes == ["FAILED", "SIGNED"]


def test_a_destroyed_key_leaves_the_cold_token_when_it_opens_next(vault: Vault) -> None:
    spare = vault.make_key()
    vault.house.officers.accept("KEY_STATE", KeyStateChange(key=spare, state="DESTROYED"))
    key = selectors.key(spare)
    assert key is not None
    vault.open(vault.request())
    opened = vault.house.bench.token.opened()["cold"]
    with pytest.raises(Exception, match="no such key"):
        opened.public_key(key.token_id)


def test_publishes_open_sessions(vault: Vault) -> None:
    request = vault.request()
    agreed = vault.open(request)
    (session,) = identity(at=vault.house.bench.hands.now)["sessions"]
    assert (session["id"], session["backend"]) == (agreed.action.id, "cold")
    assert session["requests"] == [request.hash]


@pytest.mark.parametrize(
    ("change", "field"),
    [({"minutes": 241}, "/minutes"), ({"minutes": 0}, "/minutes"), ({"requests": []}, "/requests"),
     ({"requests": [f"{number:064x}" for number in range(101)]}, "/requests")],
)  # fmt: skip
def test_a_plan_has_bounds(change: dict[str, Any], field: str) -> None:
    with pytest.raises(BadFieldError) as refused:
        SessionPlan.read({"backend": "cold", "minutes": 15, "requests": ["00" * 32]} | change)
    assert refused.value.field == field


# --- at the console -------------------------------------------------------------------------


@pytest.fixture
def at_console(vault: Vault, settings: LazySettings, monkeypatch: pytest.MonkeyPatch) -> Vault:
    """Commands meet this signer, which has its turn whenever they wait."""
    bench = vault.house.bench
    settings.SIGNER_DIR = bench.directory
    bench.hands.pass_by(seconds=(clock.now() - bench.hands.now).total_seconds())
    bench.hands.now = bench.hands.now.replace(microsecond=0)
    vault.house.go_on_duty()
    monkeypatch.setattr(ordering, "pause", lambda: bench.signer.handle_all([]))
    return vault


def approve(vault: Vault, action: Path, directory: Path, people: tuple[str, ...]) -> list[str]:
    document = Critical.from_bytes(action.read_bytes())
    files = []
    for number, approval in enumerate(vault.house.officers.approvals(document, people)):
        files.append(directory / f"{number}.json")
        files[-1].write_bytes(canonical.encode(approval.to_json()))
    return [str(file) for file in files]


def test_plan_open_and_close(
    at_console: Vault, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    vault, request = at_console, at_console.request()
    file, plan, action = (tmp_path / name for name in ("request.json", "plan.json", "action.json"))
    file.write_bytes(request.to_bytes())
    arguments = ["--backend", "cold", "--minutes", "10", "--session", str(plan), "--output", str(action)]
    call_command("signer_session", "plan", str(file), *arguments)
    said = capsys.readouterr().out
    payee = request.intent.payees[0] if request.intent else None
    assert payee is not None
    assert f"BTC_SPEND {request.id} {request.hash}: {payee.amount} to {payee.to}" in said
    approvals = approve(vault, action, tmp_path, (TREASURER, CUSTODIAN))
    monkeypatch.setattr("getpass.getpass", lambda prompt: PIN)
    with pytest.raises(CommandError, match="custodians_missing at /approvals"):
        call_command("signer_session", "open", str(plan), str(action), approvals[0])
    assert vault.house.bench.orders.waiting() == []
    call_command("signer_session", "open", str(plan), str(action), *approvals)
    name = Critical.from_bytes(action.read_bytes()).id
    assert f"open for 10 minutes: {name}" in capsys.readouterr().out
    assert list((vault.house.bench.directory / "orders").iterdir()) == []
    call_command("signer_session", "close", name)
    with pytest.raises(CommandError, match="no such session is open"):
        call_command("signer_session", "close", name)


def test_the_pin_goes_from_a_terminal_to_the_signer_alone(at_console: Vault, tmp_path: Path) -> None:
    """The command as a process of its own, with a terminal to type at."""
    vault, request = at_console, at_console.request()
    file, plan, action = (tmp_path / name for name in ("request.json", "plan.json", "action.json"))
    file.write_bytes(request.to_bytes())
    arguments = ["--backend", "cold", "--minutes", "10", "--session", str(plan), "--output", str(action)]
    call_command("signer_session", "plan", str(file), *arguments)
    approvals = approve(vault, action, tmp_path, (TREASURER, CUSTODIAN))
    child, terminal = pty.fork()
    if child == 0:
        os.execve(  # noqa: S606 - the command itself, as an operator starts it
            sys.executable,
            [sys.executable, "manage.py", "signer_session", "open", str(plan), str(action), *approvals],
            {
                **os.environ,
                "CUSTODY_PROCESS": "signer",
                "CUSTODY_PROFILE": "test",
                "CUSTODY_SIGNER_DIR": str(vault.house.bench.directory),
            },
        )
    said = read_until(terminal, b"PIN of cold: ", turn=lambda: None)
    os.write(terminal, PIN.encode() + b"\n")
    said += read_until(terminal, b"req_", turn=lambda: vault.house.bench.signer.handle_all([]))
    os.waitpid(child, 0)
    assert b"open for 10 minutes: " in said
    assert PIN.encode() not in said
    assert vault.house.bench.handle(request).outcome == "SIGNED"


def read_until(terminal: int, wanted: bytes, *, turn: Callable[[], object]) -> bytes:
    """What a program has said up to ``wanted``; ``turn`` runs while it thinks."""
    said = b""

    def is_said() -> bool:
        nonlocal said
        turn()
        ready, _, _ = select.select([terminal], [], [], 0)
        said += os.read(terminal, 4096) if ready else b""
        return wanted in said

    eventually(is_said, timeout=60)
    return said


def test_a_wrong_pin_is_said_at_the_console(
    at_console: Vault, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    vault, request = at_console, at_console.request()
    file, plan, action = (tmp_path / name for name in ("request.json", "plan.json", "action.json"))
    file.write_bytes(request.to_bytes())
    arguments = ["--backend", "cold", "--minutes", "10", "--session", str(plan), "--output", str(action)]
    call_command("signer_session", "plan", str(file), *arguments)
    approvals = approve(vault, action, tmp_path, (TREASURER, CUSTODIAN))
    monkeypatch.setattr("getpass.getpass", lambda prompt: "000000")
    with pytest.raises(CommandError, match="could not be opened: token_pin_refused"):
        call_command("signer_session", "open", str(plan), str(action), *approvals)


def test_a_pin_that_nobody_types_is_one_line_of_error(
    at_console: Vault, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file, plan, action = (tmp_path / name for name in ("request.json", "plan.json", "action.json"))
    file.write_bytes(at_console.request().to_bytes())
    arguments = ["--backend", "cold", "--minutes", "10", "--session", str(plan), "--output", str(action)]
    call_command("signer_session", "plan", str(file), *arguments)
    approvals = approve(at_console, action, tmp_path, (TREASURER, CUSTODIAN))

    def nobody(prompt: str) -> str:
        raise EOFError

    monkeypatch.setattr("getpass.getpass", nobody)
    with pytest.raises(CommandError, match="no PIN was typed"):
        call_command("signer_session", "open", str(plan), str(action), *approvals)
    assert at_console.house.bench.orders.waiting() == []


def test_no_session_is_planned_for_what_would_be_refused_or_lies_elsewhere(
    at_console: Vault, tmp_path: Path
) -> None:
    request = at_console.request()
    bad, foreign = tmp_path / "bad.json", tmp_path / "foreign.json"
    bad.write_bytes(replace(request, approvals=()).to_bytes())
    foreign.write_bytes(at_console.house.transfer().to_bytes())
    rest = ["--backend", "cold", "--minutes", "10", "--session", str(tmp_path / "s"), "--output"]
    with pytest.raises(CommandError, match="would be refused: maker_has_not_signed"):
        call_command("signer_session", "plan", str(bad), *rest, str(tmp_path / "a"))
    with pytest.raises(CommandError, match="is for no key on cold"):
        call_command("signer_session", "plan", str(foreign), *rest, str(tmp_path / "a"))
    assert not (tmp_path / "a").exists()


def test_a_signer_that_does_not_wake_leaves_nothing_behind(
    at_console: Vault, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ordering, "pause", lambda: None)
    orders, agreed = at_console.house.bench.orders, at_console.session(at_console.request())
    with pytest.raises(Exception, match="does not take orders"):
        ordering.give_and_wait(orders, kind="OPEN_TOKEN", body=agreed, reason="test", pin=PIN)
    assert list((at_console.house.bench.directory / "orders").iterdir()) == []
