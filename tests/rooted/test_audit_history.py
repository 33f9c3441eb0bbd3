"""The audit record rewritten by the superuser: found against the signer's checkpoints, and not re-signed."""

import io
import json
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from pytest_django.plugin import DjangoDbBlocker

from custody.audit.linking import link_entries
from custody.audit.links import FIRST_PREVIOUS, entry_hash, link_hash
from custody.audit.models import AuditEntry, AuditLink
from custody.common import clock
from custody.hsm import checkpoints
from custody.hsm.models import Checkpoint
from custody.statements.request import CheckpointPayload
from scripts.embedded.postgres import SUPERUSER, USER, tool
from scripts.embedded.process import run
from scripts.embedded.world import World
from tests.harness.live import point_at
from tests.harness.live_deal import LiveDeal
from tests.harness.waiting import eventually
from tests.rooted.attacker import Attacker, Refused
from tests.rooted.forging import request

pytestmark = pytest.mark.xdist_group("live")

ALTERED = 5


@pytest.fixture(scope="module")
def sealed(live_world: World, deals: tuple[LiveDeal, LiveDeal], django_db_blocker: DjangoDbBlocker) -> World:
    """A copy of the live database whose record is under a checkpoint; nobody works on it."""
    with point_at(live_world), django_db_blocker.unblock():
        link_entries()
        wanted = AuditLink.objects.filter(stream="main").count()
        eventually(lambda: is_sealed(wanted), timeout=60, what="checkpoint over the whole record")
    copy = f"{live_world.database}_history"
    live_world.postgres.create_database(copy)
    sockets = live_world.postgres.sockets
    options = f"-h {sockets} -U {SUPERUSER}"
    pipe = (
        f"{tool('pg_dump')} {options} {live_world.database} | {tool('psql')} {options} -q -o /dev/null {copy}"
    )
    run(["sh", "-c", pipe], user=USER, cwd=live_world.postgres.directory)
    return replace(live_world, database=copy)


def is_sealed(position: int) -> bool:
    """Ask for checkpoints until one covers ``position`` of the main stream and one the start of the other."""
    checkpoints.request_checkpoints(at=clock.now(), force=True)
    return sealed_up_to("main") >= position and sealed_up_to("signing") > ALTERED + 2


@pytest.fixture
def history(sealed: World, live: World, request: pytest.FixtureRequest) -> Iterator[Attacker]:
    """A fresh copy of the sealed record for the superuser to rewrite."""
    world = replace(sealed, database=f"{sealed.database}_copy")
    world.postgres.create_database(world.database, template=sealed.database)
    with point_at(world):
        yield Attacker(world)
    world.postgres.sql(f"DROP DATABASE {world.database}")


def verdict() -> dict[str, Any]:
    """What ``verify_audit_log`` says, with the signer's own checkpoint file."""
    output = io.StringIO()
    with suppress(CommandError):
        call_command("verify_audit_log", as_json=True, stdout=output)
    found: dict[str, Any] = json.loads(output.getvalue())
    return found


def sealed_up_to(stream: str) -> int:
    last = Checkpoint.objects.filter(stream=stream).order_by("-position").first()
    return last.position if last else 0


def entries_in_order(stream: str) -> list[AuditEntry]:
    links = AuditLink.objects.filter(stream=stream).order_by("position").select_related("entry")
    return [link.entry for link in links]


def relink(attacker: Attacker, stream: str, hashes: list[tuple[int, str]]) -> None:
    """Compute every link of the stream anew over (entry, hash) in this order, as a careful forger does."""
    rows, previous = [], FIRST_PREVIOUS
    for position, (number, entry) in enumerate(hashes, start=1):
        link = link_hash(stream=stream, position=position, entry=entry, previous=previous)
        rows.append(f"('{stream}', {position}, {number}, '{previous}', '{link}')")
        previous = link
    attacker.sql(
        f"DELETE FROM audit_auditlink WHERE stream = '{stream}'; "
        "INSERT INTO audit_auditlink (stream, position, entry_id, previous, link) VALUES " + ", ".join(rows)
    )


def alter(attacker: Attacker, stream: str) -> None:
    victim = entries_in_order(stream)[ALTERED]
    body = bytes(victim.body).replace(b'"payload":{', b'"payload":{"a":"b",')
    attacker.sql(
        f"UPDATE audit_auditentry SET body = '\\x{body.hex()}', hash = '{entry_hash(body)}' "
        f"WHERE id = {victim.pk}"
    )
    relink(attacker, stream, [(entry.pk, entry.hash) for entry in entries_in_order(stream)])


def remove(attacker: Attacker, stream: str) -> None:
    order = [(entry.pk, entry.hash) for entry in entries_in_order(stream)]
    victim, _ = order.pop(ALTERED)
    relink(attacker, stream, order)
    attacker.sql(f"DELETE FROM audit_auditentry WHERE id = {victim}")


def insert(attacker: Attacker, stream: str) -> None:
    order = [(entry.pk, entry.hash) for entry in entries_in_order(stream)]
    last = order.pop()
    order.insert(ALTERED, last)
    relink(attacker, stream, order)


def reorder(attacker: Attacker, stream: str) -> None:
    order = [(entry.pk, entry.hash) for entry in entries_in_order(stream)]
    order[ALTERED], order[ALTERED + 1] = order[ALTERED + 1], order[ALTERED]
    relink(attacker, stream, order)


def cut_off(attacker: Attacker, stream: str) -> None:
    relink(
        attacker,
        stream,
        [(entry.pk, entry.hash) for entry in entries_in_order(stream)][: sealed_up_to(stream) - 1],
    )


def test_the_record_is_whole_before_anybody_touches_it(history: Attacker) -> None:
    found = verdict()
    assert (found["ok"], found["first_bad"]) == (True, None)
    assert found["checkpoints"] > 0


@pytest.mark.parametrize("stream", ["main", "signing"])
@pytest.mark.parametrize("rewrite", [alter, remove, insert, reorder, cut_off])
def test_a_rewritten_record_is_found(
    history: Attacker, rewrite: Callable[[Attacker, str], None], stream: str
) -> None:
    """All hashes and links were computed anew and fit together; only the checkpoints do not."""
    rewrite(history, stream)
    found = verdict()
    assert not found["ok"]
    assert found["first_bad"]["stream"] == stream
    assert found["first_bad"]["reason"] in {
        "link differs from the signed checkpoint",
        "entries before a signed checkpoint are gone",
    }


def test_the_signer_does_not_sign_a_second_history(attacker: Attacker) -> None:
    """Asked for a checkpoint from the beginning, over entries of the forger's choice."""
    payload = CheckpointPayload(stream="main", from_=1, to=2, entries=("11" * 32, "22" * 32))
    refused = attacker.is_refused(request("CHECKPOINT", "checkpoint", payload=payload))
    assert refused == Refused("not_the_next_position", "/payload/from")


def test_the_signer_does_not_sign_another_journal_than_its_own(attacker: Attacker) -> None:
    last = Checkpoint.objects.filter(stream="signer").order_by("-position").first()
    first = last.position + 1 if last else 1
    payload = CheckpointPayload(stream="signer", from_=first, to=first, entries=("11" * 32,))
    refused = attacker.is_refused(request("CHECKPOINT", "checkpoint", payload=payload))
    assert refused == Refused("not_our_entries", "/payload/entries")
