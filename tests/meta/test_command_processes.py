"""``scripts/manage`` runs every command as the process that can: all of them, found in the packages."""

import json
import os
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

from custody.hsm.keys_server.kek import ROTATE
from scripts.embedded.layout import PROJECT
from scripts.embedded.world import USER_OF, World
from scripts.manage_command import NOT_HERE, PACKAGES, main, process_of, run_in

FILES = sorted((PROJECT / "custody").glob("**/management/commands/[a-z]*.py"))
COMMANDS = {file.stem: file.relative_to(PROJECT).parts[:-3] for file in FILES}
# Commands of processes that hold keys; each is called with arguments that it refuses in words.
ISOLATED = sorted(name for name in COMMANDS if process_of(name) in PACKAGES and name not in NOT_HERE)
_SHOWN = """
import json, django
django.setup()
from django.conf import settings
from django.core.management import get_commands
print(json.dumps([get_commands(), sorted(settings.DATABASES)]))
"""


@cache
def known_to(process: str) -> dict[str, str]:
    """Command → application, as Django finds them in a process."""
    done = subprocess.run(
        [sys.executable, "-c", _SHOWN],
        env=os.environ | {"CUSTODY_PROCESS": process, "DJANGO_SETTINGS_MODULE": "custody.settings"},
        cwd=PROJECT,
        capture_output=True,
        text=True,
        check=True,
    )
    commands: dict[str, str] = json.loads(done.stdout)[0]
    return commands


def test_there_are_commands() -> None:
    assert {"signer_session", "rotate_kek", "witness", "render_report"} <= set(COMMANDS)
    assert set(NOT_HERE) <= set(COMMANDS)


@pytest.mark.parametrize("command", sorted(COMMANDS))
def test_every_command_is_known_to_the_process_it_runs_as(command: str) -> None:
    process = process_of(command)
    assert process in USER_OF
    assert known_to(process)[command] == ".".join(COMMANDS[command])


@pytest.mark.parametrize(("process", "package"), sorted(PACKAGES.items()))
def test_what_holds_keys_runs_its_own_commands(process: str, package: str) -> None:
    own = {name for name, parts in COMMANDS.items() if "/".join(parts[1:]) == package}
    assert own
    assert {process_of(name) for name in own} == {process}


@pytest.mark.parametrize("command", sorted(NOT_HERE))
def test_what_cannot_run_says_why_in_one_line(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([command]) == 2
    assert capsys.readouterr().err == f"scripts/manage: {command} does not run here: {NOT_HERE[command]}\n"


def test_commands_of_keys_refuse_in_words(
    live: World, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """No traceback and no database that is missing: each finds its own store, and says what it lacks."""
    for command in ISOLATED:
        run_in(live, [command, *_arguments(command, tmp_path)])
        said = capfd.readouterr()
        assert "Traceback" not in said.err, command
        assert "Unknown command" not in said.err, command
        assert not said.err or said.err.startswith(("CommandError: ", "usage: ")), said.err


def _arguments(command: str, directory: Path) -> list[str]:
    (directory / "empty.json").write_text("{}")
    file, output = str(directory / "empty.json"), str(directory / "out.json")
    return {
        "check_signing_request": [file],
        "export_xpub": ["key_unknown"],
        "import_certificate": ["plan", file, "--use", "DRAFT", "--output", output],
        "probe_key_backend": ["nowhere"],
        "signer_bind_deal": ["plan", "--terms", "x", "--deposit", file, "--output-number", "0",
                             "--output", output],
        "signer_ceremony": ["plan", "--purpose", "nothing", "--label", "x", "--output", output],
        "signer_key_backup": ["check"],
        "signer_kill": ["--reason", "x", "--key", "none"],
        "signer_present_head": [file],
        "signer_recover": ["plan", "--output", output],
        "signer_resync_nonce": [
            "plan", "--chain", "x", "--account", "0x", "--nonce", "1", "--output", output,
        ],
        "signer_revoke": ["nobody", "--reason", "x"],
        "signer_session": [
            "plan", file, "--backend", "cold", "--minutes", "5", "--session", output, "--output", output,
        ],
        "signer_wrapping_key": ["--so-pin-file", str(directory / "nowhere")],
    }.get(command, [])  # fmt: skip


def test_an_order_reaches_the_process_it_is_for(live: World, capfd: pytest.CaptureFixture[str]) -> None:
    assert run_in(live, ["rotate_kek"]) == 0
    assert "ordered" in capfd.readouterr().out
    # Taken at the web side's next question; other tests need no younger key.
    (live.layout.keys / ROTATE).unlink(missing_ok=True)
    assert run_in(live, ["witness", "--show"]) == 0
    assert json.loads(capfd.readouterr().out)["purpose"] == "witness"
