"""A store from yesterday: whoever restores it at the console finds that the signer does not start."""

import json
from collections.abc import Callable

import pytest

from custody.common import canonical, clock
from custody.hsm.selectors import journal_hashes
from custody.hsm.services import collect_result
from custody.statements.request import CheckpointPayload
from tests.harness.live_deal import LiveDeal
from tests.harness.signer_store import store_rows
from tests.harness.waiting import eventually
from tests.rooted.attacker import Attacker
from tests.rooted.backup import Backup
from tests.rooted.forging import key_proof, request

pytestmark = pytest.mark.xdist_group("live")


@pytest.fixture
def yesterday(attacker: Attacker, untouched: LiveDeal, request_something: Callable[[], None]) -> Backup:
    """A backup taken before the signer signed once more."""
    directory = attacker.world.layout.state / f"restored-{len(list(attacker.world.layout.state.iterdir()))}"
    backup = Backup(attacker.world, directory)
    backup.take()
    request_something()
    return backup


@pytest.fixture
def request_something(attacker: Attacker, untouched: LiveDeal) -> Callable[[], None]:
    """Have the signer sign something harmless, so that its journal goes on."""

    def ask() -> None:
        nonce = canonical.tagged_hash("test", str(clock.now()).encode()).hex()[:32]
        proof = request("KEY_PROOF", "mediator", payload=key_proof(untouched, server_nonce=nonce))
        assert attacker.ask(proof).outcome == "SIGNED"
        collect_result(request_id=proof.id, at=clock.now())

    return ask


def test_an_old_store_under_the_present_head(yesterday: Backup) -> None:
    yesterday.take_head()
    done = yesterday.start()
    assert done.returncode != 0
    assert "(store_behind_head)" in done.stderr


def test_a_store_without_its_head(yesterday: Backup) -> None:
    (yesterday.directory / "head").unlink()
    done = yesterday.start()
    assert done.returncode != 0
    assert "(head_missing)" in done.stderr


# Everything from the first request on.
FORGET = """
    DELETE FROM signer_store_entry
    WHERE seq >= (SELECT min(seq) FROM signer_store_entry WHERE kind = 'SEEN')
"""


def test_a_store_cut_back_to_its_beginning(yesterday: Backup) -> None:
    """Forget that anything was ever signed, keep the keys."""
    yesterday.alter(FORGET)
    done = yesterday.start()
    assert done.returncode != 0
    assert "(store_behind_head)" in done.stderr


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE signer_store_entry SET body = replace(body, 'ACTIVE', 'PASSIVE') WHERE seq = 1",
        "DELETE FROM signer_store_entry WHERE seq = 3",
        "UPDATE signer_store_entry SET kind = 'TRUST' WHERE seq = 2",
    ],
)
def test_a_store_with_another_past(yesterday: Backup, statement: str) -> None:
    yesterday.alter(statement)
    done = yesterday.start()
    assert done.returncode != 0
    assert "(store_stopped)" in done.stderr


def test_a_second_signer_on_the_running_ones_store(attacker: Attacker) -> None:
    live = Backup(attacker.world, attacker.world.layout.signer)
    done = live.start()
    assert done.returncode != 0
    assert "(store_locked)" in done.stderr
    assert attacker.world.processes["signer"].is_alive()


def test_store_and_head_restored_together(yesterday: Backup) -> None:
    """Such a signer would start; shown its own former journal, it finds entries that are not its own."""
    first = yesterday.last_checkpoint("signer") + 1
    last = store_rows(yesterday.directory, "SELECT max(seq) FROM signer_store_entry")[0][0]
    hashes = eventually(
        lambda: (known := journal_hashes(first=first, limit=4000))[last - first + 1 :] and known,
        what="journal of the web beyond the backup",
    )
    payload = CheckpointPayload(
        stream="signer", from_=first, to=first + len(hashes) - 1, entries=tuple(hashes)
    )
    file = yesterday.directory / "request.json"
    file.write_bytes(request("CHECKPOINT", "checkpoint", payload=payload).to_bytes())
    done = yesterday.start("manage.py", "check_signing_request", str(file), "--json")
    assert json.loads(done.stdout)["rule"] == "not_our_entries"
