"""The last release's data under today's code: migrated, still usable, still provable."""

import io
import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from django.core.management import call_command
from pytest_django.plugin import DjangoDbBlocker

from custody.escrow.models import Deal
from custody.hsm.models import JournalEntry
from custody.hsm.signer.store import journal
from custody.hsm.signer.store.models import Entry
from scripts.embedded.postgres import SUPERUSER, USER, tool
from scripts.embedded.users import as_user
from scripts.embedded.world import World
from tests.harness.live import point_at
from tests.signer.bench import store_database

FOLDER = Path(__file__).parent


def last_release() -> str:
    """Stem of the newest kept world, e.g. ``v0.1``."""
    kept = [path.stem for path in FOLDER.glob("v*.dump")]
    return max(kept, key=lambda stem: [int(number) for number in re.findall(r"\d+", stem)])


@pytest.fixture(scope="module")
def upgraded(own_world: World, worker: str) -> Iterator[World]:
    """The kept database, migrated as an operator does it."""
    world = replace(own_world, database=f"upgrade_{worker}")
    world.postgres.create_database(world.database)
    restore = [tool("pg_restore"), "-h", world.postgres.sockets, "-U", SUPERUSER, "-d", world.database, "-e"]
    subprocess.run(
        as_user(USER, [str(part) for part in restore]),
        input=(FOLDER / f"{last_release()}.dump").read_bytes(),
        check=True,
        cwd="/",
    )
    world.manage("migrate", "--no-input", "-v0", process="migrator")
    world.manage("grant_database_roles", process="migrator")
    yield world
    world.postgres.sql(f"DROP DATABASE {world.database} WITH (FORCE)")


@pytest.fixture
def old_data(upgraded: World, django_db_blocker: DjangoDbBlocker) -> Iterator[World]:
    with point_at(upgraded), django_db_blocker.unblock():
        yield upgraded


def test_nothing_is_left_to_migrate(upgraded: World) -> None:
    upgraded.manage("migrate", "--check", "-v0", process="migrator")


def test_deals_are_where_they_were(old_data: World) -> None:
    assert sorted(Deal.objects.values_list("state", flat=True)) == ["DRAFT", "RELEASED", "RESOLVED"]


def test_the_record_is_still_whole_under_its_checkpoints(old_data: World) -> None:
    output = io.StringIO()
    checkpoints = FOLDER / f"{last_release()}.checkpoints.jsonl"
    call_command("verify_audit_log", checkpoints=checkpoints, as_json=True, stdout=output)
    found = json.loads(output.getvalue())
    assert (found["ok"], found["checkpoints"] > 0) == (True, True)
    assert found["unsealed"] < found["entries"]


def test_the_signers_store_is_migrated_and_its_chain_holds(
    tmp_path: Path, old_data: World, django_db_blocker: DjangoDbBlocker
) -> None:
    shutil.copy(FOLDER / f"{last_release()}.store.sqlite3", tmp_path / "store.sqlite3")
    with store_database(tmp_path), django_db_blocker.unblock():
        call_command("migrate", database="signer_store", verbosity=0, interactive=False)
        journal.verify()
        kept = dict(Entry.objects.values_list("seq", "hash"))
    mirrored = dict(JournalEntry.objects.values_list("seq", "hash"))
    assert mirrored
    assert mirrored.items() <= kept.items()
