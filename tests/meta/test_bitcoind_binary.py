"""Where the regtest node comes from: PATH first, else the distribution's package, never silently."""

import shutil
from pathlib import Path

import pytest

from scripts.embedded import bitcoind_binary
from scripts.embedded.bitcoind_binary import prepare


@pytest.fixture
def own_bitcoind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A bitcoind of the system's own in PATH."""
    program = tmp_path / "bin" / "bitcoind"
    program.parent.mkdir()
    program.write_text("#!/bin/sh\necho Bitcoin Core daemon version v31.0.0\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{program.parent}:/usr/bin:/bin")
    return program


def test_takes_bitcoind_from_path(own_bitcoind: Path, tmp_path: Path) -> None:
    binary = prepare(tmp_path / "cache")
    assert binary.prefix == (str(own_bitcoind),)
    assert binary.version == "Bitcoin Core daemon version v31.0.0"
    assert not (tmp_path / "cache").exists()


def test_asks_for_the_version_away_from_the_callers_home(
    own_bitcoind: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = tmp_path / "home"
    home.mkdir()
    monkeypatch.setenv("HOME", str(home))
    # As Knots does: settings are written into the data directory, -version or not.
    own_bitcoind.write_text(
        '#!/bin/sh\ndirectory="$HOME"\n'
        'case "$1" in -datadir=*) directory="${1#-datadir=}" ;; esac\n'
        'echo "{}" > "$directory/settings.json"; echo daemon version v31.0.0\n'
    )
    prepare(tmp_path / "cache")
    assert list(home.iterdir()) == []


def test_a_bitcoind_that_does_not_start_is_named_with_its_own_words(
    own_bitcoind: Path, tmp_path: Path
) -> None:
    own_bitcoind.write_text("#!/bin/sh\necho Error: no libc of that kind >&2\nexit 1\n")
    with pytest.raises(RuntimeError, match=r"bin/bitcoind does not start: Error: no libc of that kind"):
        prepare(tmp_path / "cache")


def test_says_what_is_missing_where_there_is_no_apt(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    with pytest.raises(RuntimeError, match="scripts/bootstrap"):
        prepare(tmp_path / "cache")


def test_fetches_nothing_without_the_keys_to_check_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shutil, "which", lambda name: None if name == "bitcoind" else name)
    monkeypatch.setattr(bitcoind_binary, "KEYRING", tmp_path / "no-keyring.gpg")
    with pytest.raises(RuntimeError, match="scripts/bootstrap"):
        prepare(tmp_path / "cache")


def test_names_each_suite_that_failed_and_leaves_nothing_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shutil, "which", lambda name: None if name == "bitcoind" else name)
    monkeypatch.setattr(bitcoind_binary, "_mirror", lambda: f"file:{tmp_path}/no-mirror")
    with pytest.raises(RuntimeError, match=r"forky: [\s\S]*sid: "):
        prepare(tmp_path / "cache")
    assert [item.name for item in (tmp_path / "cache").iterdir()] == ["bitcoind.lock"]
