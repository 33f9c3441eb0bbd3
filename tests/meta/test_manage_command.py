"""Which world ``scripts/manage`` works in: the running one, else one started for the call, and it says so."""

import fcntl
import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from scripts import installation
from scripts.installation import world_at_hand


class Started:
    """Stands in for an installation: starting a real one takes a minute."""

    world = "a world of its own"

    def __enter__(self) -> "Started":
        return self

    def __exit__(self, *_: object) -> None:
        """Nothing to stop."""


@pytest.fixture
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(installation, "STATE", tmp_path / "demo")
    monkeypatch.setattr(installation, "Installation", Started)
    monkeypatch.setattr(installation, "attach", lambda addresses: addresses)
    return tmp_path / "demo"


@contextmanager
def supervised(state: Path) -> Iterator[None]:
    with (state / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def left_behind(state: Path) -> dict[str, int]:
    state.mkdir()
    addresses = {"web_port": 1, "node_port": 2}
    (state / "world.json").write_text(json.dumps(addresses))
    return addresses


def test_uses_the_running_world(state: Path, capsys: pytest.CaptureFixture[str]) -> None:
    addresses = left_behind(state)
    with supervised(state), world_at_hand() as world:
        seen: object = world
        assert seen == addresses
    assert capsys.readouterr().err == ""


def test_starts_a_world_whose_supervisor_is_gone(state: Path, capsys: pytest.CaptureFixture[str]) -> None:
    left_behind(state)
    with world_at_hand() as world:
        seen: object = world
        assert seen == Started.world
    assert "is started for this command" in capsys.readouterr().err


def test_says_that_it_makes_a_world(state: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with world_at_hand() as world:
        seen: object = world
        assert seen == Started.world
    assert "an empty one is made for this command" in capsys.readouterr().err
