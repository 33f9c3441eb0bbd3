"""What ``make run`` tells whoever waits for it."""

import io
import re
import subprocess
from pathlib import Path

import pytest

from scripts import run
from scripts.embedded.layout import PROJECT
from scripts.steps import Steps


def test_names_the_number_of_each_step_and_the_seconds() -> None:
    told, clock = io.StringIO(), iter([0.0, 0.0, 2.6, 11.4])
    steps = Steps(2, told, now=lambda: next(clock))
    steps.begin("database")
    steps.begin("web")
    steps.end()
    assert told.getvalue() == ("· 1 of 2, after 0 s: database\n· 2 of 2, after 3 s: web\n· done after 11 s\n")


def test_more_or_fewer_steps_than_announced_are_a_fault() -> None:
    with pytest.raises(ValueError, match="0 of 1 steps"):
        Steps(1, io.StringIO()).end()


@pytest.mark.parametrize("file", ["scripts/installation.py", "scripts/demo/play.py"])
def test_as_many_steps_are_announced_as_there_are(file: str) -> None:
    source = (PROJECT / file).read_text()
    announced = re.search(r"^_STEPS = (\d+)$", source, re.MULTILINE)
    assert announced
    assert source.count("steps.begin(") == int(announced[1])
    assert source.count("steps.end()") == 1


class Interrupted:
    """A start that somebody breaks off."""

    def __enter__(self) -> "Interrupted":
        raise KeyboardInterrupt

    def __exit__(self, *_: object) -> None:
        """Nothing to stop."""


def test_says_when_it_has_stopped(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(run, "Installation", Interrupted)
    run.main()
    assert capsys.readouterr().out == "stopped\n"


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """A clone with the script alone, and a Python that stands in for the environment's."""
    for name in ("scripts", ".venv/bin"):
        (tmp_path / name).mkdir(parents=True)
    (tmp_path / "scripts" / "bootstrap").write_bytes((PROJECT / "scripts" / "bootstrap").read_bytes())
    (tmp_path / "requirements.lock").write_text("")
    return tmp_path


@pytest.mark.parametrize(("code", "shown"), [(0, False), (1, True)])
def test_the_index_is_heard_only_when_the_installation_fails(clone: Path, code: int, shown: bool) -> None:
    python = clone / ".venv" / "bin" / "python"
    python.write_text(
        f'#!/bin/sh\n[ "$2" = pip ] || exit 0\necho "WARNING: the index is slow" >&2\nexit {code}\n'
    )
    python.chmod(0o755)
    done = subprocess.run(
        ["bash", str(clone / "scripts" / "bootstrap")], capture_output=True, text=True, check=False, cwd=clone
    )
    assert done.returncode == code
    assert ("WARNING" in done.stderr) is shown
    assert (clone / ".venv" / "requirements.sha256").exists() is not shown
