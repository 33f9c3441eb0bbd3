"""Disk, clock, token and a second signer fail around a request: it ends, or it says why."""

import os
import resource
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import connections

from custody.audit.checkpoints import read_checkpoints
from custody.hsm.backends.pkcs11 import Pkcs11Backend
from custody.hsm.signer.keys import SigningToken
from custody.hsm.signer.signer import Step
from custody.hsm.signer.store import journal, models
from custody.hsm.signer.store.errors import StoreStoppedError
from custody.hsm.signer.store.router import ALIAS
from custody.statements.request import Request
from custody.statements.result import Result
from custody.statements.trust.holds import Kill
from custody.statements.trust.people import PersonRevoke
from tests.harness.signer_bench import LABEL
from tests.signer.bench import AT, Bench
from tests.signer.deals import many_spends
from tests.signer.genesis import THIRD
from tests.signer.tokens import session_on


def kinds_of(request: Request) -> list[str]:
    return [entry.kind for entry in journal.of_request(request.hash)]


def said(result: Result) -> tuple[str, str | None, int]:
    return result.outcome, result.rule, len(result.signatures)


def handle_all(bench: Bench, *requests: Request) -> list[tuple[str, str | None, int]]:
    bodies = bench.signer.handle_all([(item.id, item.to_bytes()) for item in requests])
    return [said(Result.from_bytes(body)) for body in bodies]


# --- the disk is full -----------------------------------------------------------------------------


@contextmanager
def full_disk() -> Iterator[None]:
    """No file of this process grows beyond what it was at most before (setrlimit(2), EFBIG)."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (4096, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_a_full_disk_before_the_decision(bench: Bench) -> None:
    requests = many_spends(bench, 2)
    before = models.Entry.objects.count()
    with full_disk():
        assert handle_all(bench, *requests) == [("FAILED", "store_unavailable", 0)] * 2
    assert models.Entry.objects.count() == before
    assert handle_all(bench, *requests) == [("SIGNED", None, 1)] * 2


def test_a_full_disk_after_the_token_has_signed(bench: Bench) -> None:
    """What cannot be recorded does not leave; later the same digest is signed again."""
    request = bench.spend(bench.register())
    disk = full_disk()
    bench.reached = lambda step: disk.__enter__() if step == Step.VERIFIED else None
    try:
        result = bench.handle(request)
    finally:
        disk.__exit__(None, None, None)
    assert said(result) == ("FAILED", "store_unavailable", 0)
    assert kinds_of(request) == ["SEEN", "SIGN"]
    bench.reached = lambda step: None
    assert said(bench.handle(request)) == ("SIGNED", None, 1)
    assert models.Slot.objects.count() == 1


def test_public_files_that_cannot_be_written_hold_nobody_up(bench: Bench) -> None:
    """They are on a disk of their own perhaps; what is missing there comes with the next checkpoint."""
    (spend,) = many_spends(bench, 1)
    public, away = bench.directory / "public", bench.directory / "public.away"
    public.rename(away)
    bench.orders.give(kind="PERSON_REVOKE", body=PersonRevoke(person=THIRD), reason="drill")
    assert handle_all(bench, bench.checkpoint(["11" * 32]), spend) == [("SIGNED", None, 1)] * 2
    assert (bench.orders.waiting(), public.exists()) == ([], False)
    away.rename(public)
    assert said(bench.handle(bench.checkpoint(["22" * 32], first=2))) == ("SIGNED", None, 1)
    published = read_checkpoints(public / "checkpoints.jsonl")
    assert [item.checkpoint.position for item in published] == [1, 2]


# --- the clock ------------------------------------------------------------------------------------


@pytest.mark.parametrize("jump", [timedelta(hours=-1), timedelta(minutes=6), timedelta(days=400)])
def test_a_clock_that_jumps_while_the_token_signs(bench: Bench, jump: timedelta) -> None:
    request = bench.spend(bench.register())

    def reached(step: Step) -> None:
        if step == Step.HEAD_ADVANCED:
            bench.hands.now += jump

    bench.reached = reached
    assert said(bench.handle(request)) == ("FAILED", "clock_not_trusted", 0)
    assert kinds_of(request) == ["SEEN", "SIGN"]
    bench.reached = lambda step: None
    assert said(bench.handle(request)) == ("FAILED", "clock_not_trusted", 0)
    bench.hands.now -= jump
    bench.clock.confirm()
    assert said(bench.handle(request)) == ("SIGNED", None, 1)


def test_a_clock_that_went_back_between_two_processes(bench: Bench) -> None:
    """Small steps, too: a second behind the last entry is enough."""
    promised, new = many_spends(bench, 2)
    bench.token, right = SigningToken(session_on(LABEL, pin="999999")), bench.token
    assert said(bench.handle(promised)) == ("FAILED", "token_pin_refused", 0)
    bench.token = right
    bench.hands.now = AT - timedelta(seconds=1)
    bench._clock = bench.hands.clock(bench.directory / "clock-not-confirmed")
    assert handle_all(bench, promised, new) == [("FAILED", "clock_not_trusted", 0)] * 2


def test_an_order_of_the_console_waits_for_the_clock(bench: Bench) -> None:
    bench.register()
    bench.orders.give(kind="KILL", body=Kill(), reason="drill")
    bench.hands.now += timedelta(hours=1)
    request = bench.checkpoint(["11" * 32])
    assert said(bench.handle(request)) == ("FAILED", "clock_not_trusted", 0)
    assert len(bench.orders.waiting()) == 1
    bench.clock.confirm()
    assert bench.handle(request).outcome == "SIGNED"
    assert bench.orders.waiting() == []


# --- the token ------------------------------------------------------------------------------------


def test_the_token_goes_between_two_signatures_and_comes_back(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    (request,) = many_spends(bench, 1, inputs=2)
    tokens = Path(os.environ["SOFTHSM2_CONF"]).parent / "tokens"
    hidden, sign, digests = tokens.with_name("gone"), Pkcs11Backend.sign, []

    def once(self: Pkcs11Backend, **asked: object) -> bytes:
        digests.append(asked["digest32"])
        if len(digests) == 2:
            tokens.rename(hidden)
            bench.token.session.close()
        return sign(self, **asked)  # type: ignore[arg-type]

    monkeypatch.setattr(Pkcs11Backend, "sign", once)
    try:
        assert said(bench.handle(request)) == ("FAILED", "token_unavailable", 0)
    finally:
        hidden.rename(tokens)
    assert said(bench.handle(request)) == ("SIGNED", None, 2)
    assert digests[2:] == digests[:2]


def test_a_module_that_breaks_and_is_put_back(bench: Bench) -> None:
    request = bench.spend(bench.register())
    bench.token, right = SigningToken(session_on(LABEL, module="/nonexistent/module.so")), bench.token
    assert said(bench.handle(request)) == ("FAILED", "token_unavailable", 0)
    bench.token = right
    assert said(bench.handle(request)) == ("SIGNED", None, 1)


def test_a_wrong_pin_is_tried_once_for_a_whole_queue(bench: Bench) -> None:
    requests, tried = many_spends(bench, 3), []

    def pin() -> str:
        tried.append("wrong")
        return "999999"

    session = session_on(LABEL)
    session._pin = pin
    bench.token, right = SigningToken(session), bench.token
    for _ in range(3):
        assert handle_all(bench, *requests) == [("FAILED", "token_pin_refused", 0)] * 3
    assert tried == ["wrong"]
    right.session.close()
    bench.token = right
    assert handle_all(bench, *requests) == [("SIGNED", None, 1)] * 3


# --- two signers ----------------------------------------------------------------------------------


def test_a_signer_whose_lock_was_taken_away_writes_and_signs_nothing(bench: Bench) -> None:
    """Somebody removes the lock file, and a second signer opens the same store: the first is fenced."""
    first, second = many_spends(bench, 2)
    (bench.directory / "lock").unlink()
    other = Bench(bench.directory, bench.token, bench.hands)
    assert said(other.handle(first)) == ("SIGNED", None, 1)
    with pytest.raises(StoreStoppedError) as stopped:
        bench.handle(second)
    assert stopped.value.code == "store_not_ours"
    assert kinds_of(second) == []
    assert said(other.handle(second)) == ("SIGNED", None, 1)
    other.close()
    connections[ALIAS].close()
    Bench(bench.directory, bench.token, bench.hands).close()
