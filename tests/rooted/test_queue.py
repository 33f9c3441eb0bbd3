"""Hostile messages on the signing queue: only ``wake`` is heard, all else is refused and on record."""

import base64
import os
import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import redis

from custody.audit.models import AuditEntry
from custody.common import canonical
from custody.hsm.models import JournalEntry
from custody.statements.intent import Intent
from custody.statements.store_entry import StoreEntry
from tests.harness.live_deal import LiveDeal
from tests.harness.waiting import eventually
from tests.rooted.attacker import Attacker, message
from tests.rooted.forging import intent, spend, to_thief

pytestmark = pytest.mark.xdist_group("live")

CANARY = {"task": "wake", "args": ["req_01KAJ8W0000000000000000001"], "options": {"queue": "canary"}}


MALFORMED = {"rule": "malformed_message", "task": ""}


class Bomb:
    """Runs a command when it is unpickled."""

    def __init__(self, path: str) -> None:
        self._path = path

    def __reduce__(self) -> tuple[Any, ...]:
        return os.mkdir, (self._path,)


@pytest.fixture
def still_answers(attacker: Attacker, untouched: LiveDeal) -> Callable[[], None]:
    """The signer is the same process and refuses the next forged request as ever."""
    signer = attacker.world.processes["signer"]
    before = signer.pid

    def check() -> None:
        refused = attacker.is_refused(spend(untouched, wanted=to_the_thief(untouched)))
        assert refused.rule == "payee_not_in_terms"
        assert (signer.is_alive(), signer.pid) == (True, before)

    return check


@pytest.fixture
def broker(attacker: Attacker) -> redis.Redis:
    world = attacker.world
    return redis.Redis(
        unix_socket_path=str(world.redis.socket), db=world.broker_database, decode_responses=True
    )


def to_the_thief(deal: LiveDeal) -> Intent:
    return intent(deal, payees=to_thief(deal))


def refused_messages() -> list[dict[str, Any]]:
    """Bodies of journalled refusals of messages, as far as they are in the audit record."""
    mirrored = AuditEntry.objects.filter(verb="hsm.journal.mirrored", subject="signer")
    on_record = {canonical.decode(bytes(entry.body))["payload"]["hash"] for entry in mirrored}
    rows = JournalEntry.objects.filter(kind="REFUSED", request="", hash__in=on_record)
    return [StoreEntry.from_bytes(bytes(row.body)).body for row in rows]


def is_on_record(body: dict[str, Any], *, times: int = 1) -> None:
    """Entries without a request travel with the next answer, which the desk collects by itself."""
    eventually(lambda: refused_messages().count(body) >= times, what=f"{body} in the audit record")


@pytest.mark.parametrize(
    "name",
    [
        "custody.hsm.signer.sign",
        "os.system",
        "celery.chord_unlock",
        "celery.map",
        "wallets.broadcast",
        "Wake",
    ],
)
def test_a_task_of_another_name(attacker: Attacker, still_answers: Callable[[], None], name: str) -> None:
    attacker.push(message(name, "req_01KAJ8W0000000000000000001"))
    still_answers()
    is_on_record({"rule": "unknown_task", "task": name})


def test_a_flood_is_counted_and_no_answer_is_lost(
    attacker: Attacker, still_answers: Callable[[], None]
) -> None:
    """Some by name, the rest by number: so the answer that carries them always fits."""
    before = sum(int(body.get("count", 0)) for body in refused_messages())
    for number in range(300):
        attacker.push(message(f"flood.{number}"))
    still_answers()

    def on_record() -> int:
        bodies = refused_messages()
        named = [body for body in bodies if body.get("task", "").startswith("flood.")]
        return len(named) + sum(int(body.get("count", 0)) for body in bodies) - before

    eventually(lambda: on_record() == 300, what="300 messages in the audit record")


def text(data: bytes) -> str:
    return base64.b64encode(data).decode()


def typed(body: bytes, content_type: str, **changes: Any) -> str:
    return message("wake", **{"body": text(body), "content-type": content_type, **changes})


# What each message is → how it is written; some would leave a canary at the given path.
HOSTILE: dict[str, Callable[[str], str]] = {
    "pickled body": lambda path: typed(
        pickle.dumps(Bomb(path)), "application/x-python-serialize", **{"content-encoding": "binary"}
    ),
    "YAML body": lambda path: typed(
        f"!!python/object/apply:os.mkdir ['{path}']".encode(), "application/x-yaml"
    ),
    "body that is no JSON": lambda path: message("wake", body=text(b"{[")),
    "body that is no base64": lambda path: message("wake", body="%%%%"),
    "body that is a number": lambda path: message("wake", body=text(b"7")),
    "body nested deeply": lambda path: message("wake", body=text(b"[" * 100_000)),
    "no headers": lambda path: message("wake", headers=None),
    "empty headers": lambda path: message("wake", headers={}),
    "task that is a list": lambda path: message("wake", headers={"task": ["wake"], "id": "x"}),
    "unknown task without id": lambda path: message("wake", headers={"task": "os.system"}),
    "wake without id": lambda path: message("wake", headers={"task": "wake"}),
    "no properties": lambda path: message("wake", properties=None),
    "envelope that is no JSON": lambda path: "not JSON at all",
    "envelope that is a number": lambda path: "7",
}


@pytest.mark.parametrize("kind", HOSTILE)
def test_a_message_that_is_none(
    attacker: Attacker, still_answers: Callable[[], None], tmp_path: Path, kind: str
) -> None:
    canary = tmp_path / "canary"
    before = refused_messages().count(MALFORMED)
    attacker.push(HOSTILE[kind](str(canary)))
    still_answers()
    assert not canary.exists()
    is_on_record(MALFORMED, times=before + 1)


@pytest.mark.parametrize(
    "arguments", [(), (7,), ({"a": [1]},), ("req_x",), ("'; DROP TABLE x; --",), (["req"] * 1000,)]
)
def test_wake_with_other_arguments(
    attacker: Attacker, still_answers: Callable[[], None], arguments: Any
) -> None:
    attacker.push(message("wake", *arguments))
    still_answers()


@pytest.mark.parametrize(
    "embed",
    [
        {"callbacks": [CANARY]},
        {"errbacks": [CANARY]},
        {"chain": [CANARY]},
        {"chord": {**CANARY, "kwargs": {}, "chord_size": 1}},
        {"callbacks": "nonsense", "chain": 7},
    ],
)
def test_nothing_is_started_afterwards(
    attacker: Attacker, still_answers: Callable[[], None], broker: redis.Redis, embed: dict[str, Any]
) -> None:
    attacker.push(message("wake", "req_01KAJ8W0000000000000000001", embed=embed))
    attacker.push(message("wake", "no id at all", embed=embed))
    still_answers()
    assert broker.llen("canary") == 0
