"""``scripts/manage`` works in a running demonstration world and makes none."""

import json
from pathlib import Path

import pytest

from scripts import installation, manage_command


@pytest.fixture
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(installation, "STATE", tmp_path / "demo")
    return tmp_path / "demo"


def test_without_a_world_nothing_is_made(state: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert manage_command.main(["verify_audit_log"]) == 2
    assert capsys.readouterr() == ("", "custody: no demonstration world is running: make run\n")
    assert not state.exists()


def test_a_world_whose_supervisor_is_gone_is_not_running(
    state: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    state.mkdir()
    (state / "lock").touch()
    (state / "world.json").write_text(json.dumps({"web_port": 1, "node_port": 2}))
    assert manage_command.main(["verify_audit_log"]) == 2
    assert capsys.readouterr().err == "custody: no demonstration world is running: make run\n"
    assert [path.name for path in state.iterdir()] in (["lock", "world.json"], ["world.json", "lock"])
