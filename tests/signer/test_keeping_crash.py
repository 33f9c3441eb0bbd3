"""kill -9 between the steps of making and of ending a key: the same bytes go on, nothing is left."""

from pathlib import Path
from typing import Any

import pytest

from custody.hsm.signer.signer import Step
from custody.hsm.signer.store import journal, kept_keys, models, selectors
from custody.statements.request import Request
from tests.signer.bench import Bench
from tests.signer.death import die_at
from tests.signer.one_time import WALLET, OneTimeKeys
from tests.signer.test_one_time import backup_file, settled_key, traces

# Step of the death, and the states of the key that the journal then holds.
MAKING = {
    Step.DECIDED: None,
    Step.COMMITTED: None,
    Step.HEAD_ADVANCED: None,
    Step.KEY_MADE: None,
    Step.KEY_STORED: ["PRE_ACTIVE"],
    Step.KEY_BACKED_UP: ["PRE_ACTIVE"],
    Step.KEY_KEPT: ["PRE_ACTIVE", "ACTIVE"],
}
ENDING = {
    Step.DECIDED: ["PRE_ACTIVE", "ACTIVE"],
    Step.COMMITTED: ["PRE_ACTIVE", "ACTIVE", "DEACTIVATED", "DESTROYED"],
    Step.HEAD_ADVANCED: ["PRE_ACTIVE", "ACTIVE", "DEACTIVATED", "DESTROYED"],
    Step.BACKUP_REMOVED: ["PRE_ACTIVE", "ACTIVE", "DEACTIVATED", "DESTROYED"],
    Step.BLOB_REMOVED: ["PRE_ACTIVE", "ACTIVE", "DEACTIVATED", "DESTROYED", "DESTROYED"],
}


@pytest.fixture
def keys(wrapping: Bench) -> OneTimeKeys:
    return OneTimeKeys(wrapping)


def states_of(key_id: str) -> list[str]:
    rows = models.KeyState.objects.filter(key=key_id).order_by("id")
    return list(rows.values_list("state", flat=True))


def dies_at(keys: OneTimeKeys, step: Step, request: Request, tmp_path: Path) -> Bench:
    """Let another process die at a step over a request; a new signer on what it left."""
    bench = keys.bench
    keys.bench = die_at(bench, step, request, folder=tmp_path, at=bench.hands.now)
    keys.officers.bench = keys.bench
    return keys.bench


@pytest.mark.parametrize("step", MAKING)
def test_a_key_is_made_once_whenever_the_signer_dies(keys: OneTimeKeys, step: Step, tmp_path: Path) -> None:
    request = keys.make_request()
    survivor = dies_at(keys, step, request, tmp_path)
    promised = kept_keys.one_time_key(WALLET, 0)
    assert (promised is None) == (step is Step.DECIDED)
    left = states_of(promised or "")
    assert (left or None) == MAKING[step]
    result = survivor.handle(request)
    assert result.outcome == "RECORDED"
    key = keys.one()
    assert promised in {None, key.id}
    assert states_of(key.id) == ["PRE_ACTIVE", "ACTIVE"]
    assert [entry.kind for entry in journal.of_request(request.hash)] == ["SEEN", "KEY", "KEY"]
    assert backup_file(survivor, key.id).exists()
    # It is the key that was released: it signs.
    assert survivor.handle(keys.spend_request(key)).outcome == "SIGNED"
    survivor.close()


@pytest.mark.parametrize("step", [Step.KEY_MADE, Step.KEY_STORED, Step.KEY_BACKED_UP])
def test_no_address_before_both_places_hold_the_key(keys: OneTimeKeys, step: Step, tmp_path: Path) -> None:
    """The dead signer's request never comes again; another asks for the address at once."""
    survivor = dies_at(keys, step, keys.make_request(), tmp_path)
    answer = keys.ask_address()
    made = selectors.key(kept_keys.one_time_key(WALLET, 0) or "")
    if answer.outcome == "SIGNED":
        assert made is not None
        assert (made.state, backup_file(survivor, made.id).exists()) == ("ACTIVE", True)
    else:
        assert (answer.rule, made) == ("unknown_one_time_key", None)
    survivor.close()


@pytest.mark.parametrize("step", ENDING)
def test_a_key_ends_once_whenever_the_signer_dies(keys: OneTimeKeys, step: Step, tmp_path: Path) -> None:
    key, fact = settled_key(keys)
    blob: Any = kept_keys.blob_of(key.id)
    request = keys.destroy_request(key, fact)
    survivor = dies_at(keys, step, request, tmp_path)
    assert states_of(key.id) == ENDING[step]
    assert survivor.handle(request).outcome == "RECORDED"
    assert states_of(key.id) == ENDING[Step.BLOB_REMOVED]
    assert kept_keys.blob_of(key.id) is None
    assert traces(survivor, blob) == []
    removed = [entry for entry in journal.of_request(request.hash) if "removed" in entry.body]
    assert len(removed) == 1
    survivor.close()


@pytest.mark.parametrize("step", [Step.HEAD_ADVANCED, Step.BACKUP_REMOVED])
def test_a_new_signer_finishes_an_end_by_itself(keys: OneTimeKeys, step: Step, tmp_path: Path) -> None:
    key, fact = settled_key(keys)
    blob: Any = kept_keys.blob_of(key.id)
    survivor = dies_at(keys, step, keys.destroy_request(key, fact), tmp_path)
    survivor.signer.handle_all([])
    assert traces(survivor, blob) == []
    survivor.close()
