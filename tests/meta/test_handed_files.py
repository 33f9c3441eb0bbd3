"""``scripts/manage`` keeps the caller's paths, whoever runs the command."""

import os
import subprocess
from pathlib import Path

import pytest

from scripts.embedded.users import as_user, is_separated
from scripts.embedded.world import WEB_USER
from scripts.handed_files import HandedFiles


@pytest.fixture(autouse=True)
def caller(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def run(command: list[str]) -> str:
    """As the web's user, in a directory of no importance."""
    return subprocess.run(
        as_user(WEB_USER, command), cwd="/", capture_output=True, text=True, check=True
    ).stdout


@pytest.mark.parametrize("spelling", [["--file", "list.xml"], ["--file=list.xml"], ["list.xml"]])
def test_an_input_is_readable_for_the_command(tmp_path: Path, spelling: list[str]) -> None:
    (tmp_path / "list.xml").write_text("content")
    (tmp_path / "list.xml").chmod(0o600)
    with HandedFiles(WEB_USER) as files:
        *_, last = files.hand_over(spelling)
        assert run(["cat", last.removeprefix("--file=")]) == "content"
        assert last.endswith("list.xml")


@pytest.mark.parametrize(
    "spelling", [["--output", "out/F.pdf"], ["--output=out/F.pdf"], ["--session", "out/F.pdf"]]
)
def test_an_output_comes_back_with_all_that_was_written_beside_it(
    tmp_path: Path, spelling: list[str]
) -> None:
    (tmp_path / "out").mkdir(mode=0o700)
    with HandedFiles(WEB_USER) as files:
        where = files.hand_over(spelling)[-1].removeprefix("--output=")
        run(["cp", "/etc/hostname", where])
        run(["cp", "/etc/hostname", where.replace(".pdf", ".proof.json")])
        files.bring_back()
        assert files.in_words_of_the_caller(f'{{"file": "{where}"}}') == f'{{"file": "{tmp_path}/out/F.pdf"}}'
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["F.pdf", "F.proof.json"]
    assert (tmp_path / "out" / "F.pdf").stat().st_uid == os.getuid()


def test_other_arguments_stay_as_they_are() -> None:
    arguments = ["R7", "--period", "latest", "--json", "--source=ofac", ""]
    with HandedFiles(WEB_USER) as files:
        assert files.hand_over(arguments) == arguments


def test_nothing_is_left_behind(tmp_path: Path) -> None:
    (tmp_path / "list.xml").write_text("content")
    with HandedFiles(WEB_USER) as files:
        (copy,) = files.hand_over(["list.xml"])
        assert Path(copy).exists() or is_separated()
    assert not Path(copy).parent.parent.exists()


def test_errors_name_the_path_that_was_typed(tmp_path: Path) -> None:
    (tmp_path / "list.xml").write_text("content")
    with HandedFiles(WEB_USER) as files:
        before = files.were_handed
        (copy,) = files.hand_over(["list.xml"])
        assert (before, files.were_handed) == (False, True)
        assert files.in_words_of_the_caller(f"{copy}: no list") == "list.xml: no list"
