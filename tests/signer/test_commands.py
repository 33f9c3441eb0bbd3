"""The console commands, run as the operator runs them: as process signer on its own store."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import connections

from custody.common import clock
from custody.hsm.signer.store import models
from custody.hsm.signer.store.router import ALIAS
from scripts.embedded.layout import PROJECT
from tests.harness.signer_bench import LABEL
from tests.signer.bench import Bench
from tests.signer.genesis import GENESIS
from tests.signer.tokens import PIN

Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def console(bench: Bench, tmp_path: Path) -> Run:
    """Run a command on the bench's store while the bench has let go of it."""
    bench.close()
    connections[ALIAS].close()
    (tmp_path / "pin").write_text(PIN)

    def run(*arguments: str, **changes: str) -> subprocess.CompletedProcess[str]:
        environment = {
            **os.environ,
            "CUSTODY_PROCESS": "signer",
            "CUSTODY_PROFILE": "test",
            "CUSTODY_SIGNER_DIR": str(bench.directory),
            "CUSTODY_SIGNER_PUBLIC_DIR": str(bench.directory / "public"),
            "CUSTODY_SIGNER_PIN_FILE": str(tmp_path / "pin"),
            "CUSTODY_SIGNER_TOKEN_LABEL": LABEL,
            **changes,
        }
        command = [sys.executable, "manage.py", *arguments]
        return subprocess.run(
            command, cwd=PROJECT, env=environment, check=False, capture_output=True, text=True
        )

    return run


def test_status_shows_genesis_keys_and_head(bench: Bench, console: Run) -> None:
    done = console("signer_status", "--json")
    status = json.loads(done.stdout)
    assert (done.returncode, status["genesis"], status["demo"]) == (0, GENESIS.hash, True)
    assert [key["purpose"] for key in status["keys"]] == [
        "demo_ca", "mediator", "checkpoint", "seal", "attest",
    ]  # fmt: skip
    assert status["head"]["seq"] == models.Entry.objects.count() - 1


def test_genesis_is_accepted_once_more_and_makes_nothing_new(
    bench: Bench, console: Run, tmp_path: Path
) -> None:
    file = tmp_path / "genesis.json"
    file.write_bytes(GENESIS.to_bytes())
    before = models.Entry.objects.count()
    done = console("signer_genesis", str(file))
    assert (done.returncode, done.stderr) == (0, "")
    assert f"genesis {GENESIS.hash}" in done.stdout
    assert models.Entry.objects.count() == before


def test_a_demo_genesis_is_refused_in_production(bench: Bench, console: Run, tmp_path: Path) -> None:
    file = tmp_path / "genesis.json"
    file.write_bytes(GENESIS.to_bytes())
    done = console("signer_genesis", str(file), CUSTODY_PROFILE="production")
    assert done.returncode == 1
    assert "demo" in done.stderr


@pytest.mark.parametrize("content", [b"{}", b"not json", None])
def test_a_bad_genesis_file_is_one_line_of_error(console: Run, tmp_path: Path, content: bytes | None) -> None:
    file = tmp_path / "genesis.json"
    if content is not None:
        file.write_bytes(content)
    done = console("signer_genesis", str(file))
    assert done.returncode == 1
    assert len(done.stderr.splitlines()) == 1


def test_checks_a_request_without_writing_or_signing(bench: Bench, console: Run, tmp_path: Path) -> None:
    file = tmp_path / "request.json"
    at = clock.now().replace(microsecond=0)
    bench.hands.now = at
    file.write_bytes(bench.terms_request().to_bytes())
    before = models.Entry.objects.count()
    done = console("check_signing_request", str(file), "--json")
    verdict = json.loads(done.stdout)
    assert (done.returncode, verdict["outcome"]) == (0, "WOULD_RECORD")
    assert models.Entry.objects.count() == before
    assert not models.Terms.objects.exists()


def test_names_the_rule_that_would_refuse(bench: Bench, console: Run, tmp_path: Path) -> None:
    file = tmp_path / "request.json"
    file.write_bytes(bench.checkpoint(["11" * 32], first=5).to_bytes())
    done = console("check_signing_request", str(file), "--json")
    verdict = json.loads(done.stdout)
    assert (verdict["outcome"], verdict["rule"], verdict["culprit"]) == (
        "REFUSED",
        "not_the_next_position",
        "/payload/from",
    )
    assert done.returncode == 1


def test_refuses_a_file_that_is_no_request(console: Run, tmp_path: Path) -> None:
    file = tmp_path / "request.json"
    file.write_bytes(b"\xff")
    done = console("check_signing_request", str(file), "--json")
    assert (done.returncode, json.loads(done.stdout)["rule"]) == (1, "not_canonical")
    assert done.stderr.strip() == "CommandError: refused: not_canonical at the whole request"
    assert console("check_signing_request", str(tmp_path / "nowhere")).returncode == 2


def test_knows_what_was_decided_before(bench: Bench, console: Run, tmp_path: Path) -> None:
    request = bench.terms_request()
    bench.store.open()
    bench.handle(request)
    bench.close()
    file = tmp_path / "request.json"
    file.write_bytes(request.to_bytes())
    verdict = json.loads(console("check_signing_request", str(file), "--json").stdout)
    assert (verdict["outcome"], verdict["entries"]) == ("ALREADY_DECIDED", ["SEEN", "TERMS"])
    assert console("check_signing_request", str(file)).stdout == "ALREADY_DECIDED RECORDED\n"


def test_says_why_a_request_was_refused_before(bench: Bench, console: Run, tmp_path: Path) -> None:
    request = bench.checkpoint(["11" * 32], first=5)
    bench.store.open()
    bench.handle(request)
    bench.close()
    file = tmp_path / "request.json"
    file.write_bytes(request.to_bytes())
    done = console("check_signing_request", str(file))
    why = "not_the_next_position at /payload/from"
    assert (done.returncode, done.stdout) == (1, f"ALREADY_DECIDED REFUSED {why}\n")
    assert done.stderr.strip() == f"CommandError: refused: {why}"


def test_the_clock_is_confirmed_at_the_console(bench: Bench, console: Run) -> None:
    marker = bench.directory / "clock-not-confirmed"
    marker.touch()
    done = console("signer_confirm_clock")
    assert (done.returncode, marker.exists()) == (0, False)
    last = models.Entry.objects.order_by("-seq")[0]
    assert last.kind == "HEAD"
    assert b'"confirmed":"clock"' in bytes(last.body)


def test_the_console_waits_for_no_running_signer(bench: Bench, console: Run) -> None:
    bench.store.open()
    done = console("signer_confirm_clock")
    bench.close()
    assert done.returncode == 1
    assert "another process owns the store" in done.stderr


def test_the_signer_loads_nothing_of_the_web_side(console: Run, bench: Bench) -> None:
    """Neither packages of people and pages, nor a connection of any kind, before the first wake-up."""
    program = (
        "import sys, pathlib, custody.hsm.signer.app as signer\n"
        "own = ('accounts', 'audit', 'compliance', 'escrow', 'hsm.models', 'portal', 'reports', 'wallets')\n"
        "print([name for name in own if 'custody.' + name in sys.modules])\n"
        "print('django.contrib.auth' in sys.modules, 'guardian' in sys.modules)\n"
        "links = (pathlib.Path('/proc/self/fd') / str(n) for n in range(64))\n"
        "print([str(l.readlink()) for l in links if l.is_symlink() and 'socket' in str(l.readlink())])\n"
        "print(sorted(signer.app.tasks), 'libsofthsm2' in pathlib.Path('/proc/self/maps').read_text())\n"
    )
    environment = {**os.environ, "CUSTODY_PROCESS": "signer", "CUSTODY_SIGNER_DIR": str(bench.directory)}
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=PROJECT,
        env=environment,
        check=True,
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
    )
    assert done.stdout.splitlines() == ["[]", "False False", "[]", "['wake'] False"]


def test_the_application_belongs_to_the_signer_process() -> None:
    done = subprocess.run(
        [sys.executable, "-c", "import custody.hsm.signer.app"],
        cwd=PROJECT,
        env={**os.environ, "CUSTODY_PROCESS": "web"},
        check=False,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 1
    assert "belongs to the signer process" in done.stderr


def test_a_preview_counts_validity_like_the_signer(bench: Bench, console: Run, tmp_path: Path) -> None:
    bench.hands.now = clock.now().replace(microsecond=0)
    bench.store.open()
    terms = bench.register()
    bench.close()
    intent = bench.intent(terms, expires_at=bench.hands.now + timedelta(hours=80))
    file = tmp_path / "request.json"
    file.write_bytes(bench.spend(terms, intent=intent).to_bytes())
    verdict = json.loads(console("check_signing_request", str(file), "--json").stdout)
    assert verdict["rule"] == "validity_too_long"
