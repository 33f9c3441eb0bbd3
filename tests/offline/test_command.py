"""``offline_signer`` as the custodian runs it: files and QR pictures in and out of a machine of its own."""

import io
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import zxingcpp
from django.db import connections
from PIL import Image

from custody.common import canonical, clock, parts
from custody.hsm.signer.store import models
from custody.hsm.signer.store.router import ALIAS
from custody.statements.answer import Answer
from custody.statements.request import Request
from custody.statements.trust.holds import Kill
from scripts.embedded.layout import PROJECT
from tests.harness.signer_bench import LABEL
from tests.signer.bench import Bench, Hands
from tests.signer.genesis import TREASURER
from tests.signer.house import House
from tests.signer.tokens import PIN

Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def request_of_today(bench: Bench) -> Request:
    """A spend made now, because the program reads the machine's clock."""
    bench.hands = Hands(clock.now().replace(microsecond=0))
    house = House(bench)
    # What was enacted waits a minute; the officers' clock went on, and the program's follows.
    return house.transfer()


@pytest.fixture
def offline(request_of_today: Request, bench: Bench, tmp_path: Path) -> Run:
    """Run the program on the bench's store, with no network settings at all."""
    offset = int((bench.hands.now - clock.now()).total_seconds()) + 2
    bench.close()
    connections[ALIAS].close()
    (tmp_path / "pin").write_text(PIN)

    def run(*arguments: object, typed: str = "", **changes: Any) -> subprocess.CompletedProcess[str]:
        environment = {
            "PATH": os.environ["PATH"],
            "SOFTHSM2_CONF": os.environ["SOFTHSM2_CONF"],
            "CUSTODY_PROCESS": "signer",
            "CUSTODY_PROFILE": "test",
            "CUSTODY_CLOCK_OFFSET_SECONDS": str(offset),
            "CUSTODY_SIGNER_DIR": str(bench.directory),
            "CUSTODY_SIGNER_PUBLIC_DIR": str(bench.directory / "public"),
            "CUSTODY_SIGNER_PIN_FILE": str(tmp_path / "pin"),
            "CUSTODY_SIGNER_TOKEN_LABEL": LABEL,
            **changes,
        }
        command = [
            sys.executable,
            "manage.py",
            "offline_signer",
            *map(str, arguments),
            "--custodian",
            TREASURER,
        ]
        return subprocess.run(
            command, cwd=PROJECT, env=environment, input=typed, check=False, capture_output=True, text=True
        )

    return run


def test_a_file_goes_in_and_an_answer_comes_out(
    offline: Run, request_of_today: Request, tmp_path: Path
) -> None:
    file = tmp_path / "request.json"
    file.write_bytes(request_of_today.to_bytes())
    done = offline(file, "--language", "en", typed="990000\n")
    assert (done.returncode, done.stderr) == (0, "")
    assert "To confirm, type 990000: " in done.stdout
    answer = Answer.from_bytes((tmp_path / "request.answer.json").read_bytes())
    answer.verify()
    assert (answer.result.outcome, answer.result.request) == ("SIGNED", request_of_today.id)
    again = offline(file, "--output", tmp_path / "again.json")
    assert again.returncode == 0, again.stderr
    assert (tmp_path / "again.json").read_bytes() == answer.to_bytes()


def test_scanned_parts_go_in_and_pictures_come_out(
    offline: Run, request_of_today: Request, tmp_path: Path
) -> None:
    texts = parts.split(request_of_today.to_bytes())
    files = []
    for number, text in enumerate(reversed(texts)):
        files.append(tmp_path / f"scan-{number}.txt")
        files[-1].write_text(text + "\n")
    pictures = tmp_path / "pictures"
    done = offline(*files, "--output", tmp_path / "a.json", "--pictures", pictures, typed="990000\n")
    assert done.returncode == 0, done.stderr
    read = [
        zxingcpp.read_barcodes(Image.open(io.BytesIO(path.read_bytes())).convert("L"))[0].text
        for path in pictures.iterdir()
    ]
    data = parts.join(read, limit=canonical.MAX_REQUEST)
    assert data == (tmp_path / "a.json").read_bytes()
    Answer.from_bytes(data).verify()


@pytest.mark.parametrize("typed", ["", "990001\n", "yes\n"])
def test_not_confirmed_is_nothing_done(
    offline: Run, request_of_today: Request, tmp_path: Path, typed: str
) -> None:
    before = models.Entry.objects.count()
    file = tmp_path / "request.json"
    file.write_bytes(request_of_today.to_bytes())
    done = offline(file, typed=typed)
    assert done.returncode == 1
    assert "not_confirmed" in done.stderr
    assert not (tmp_path / "request.answer.json").exists()
    assert models.Entry.objects.count() == before


@pytest.mark.parametrize(
    ("data", "code"), [(b"{}", 1), (b"CUSTODY1:half", 2), (None, 2), (b"CUSTODY1:\xff", 2)]
)
def test_what_is_no_request_is_one_line_of_error(
    offline: Run, tmp_path: Path, data: bytes | None, code: int
) -> None:
    file = tmp_path / "request.json"
    if data is not None:
        file.write_bytes(data)
    done = offline(file, typed="990000\n")
    assert (done.returncode, len(done.stderr.splitlines())) == (code, 1)


def test_a_token_that_is_gone_is_said_and_the_same_file_goes_on(
    offline: Run, request_of_today: Request, tmp_path: Path
) -> None:
    file = tmp_path / "request.json"
    file.write_bytes(request_of_today.to_bytes())
    failed = offline(file, typed="990000\n", CUSTODY_SIGNER_TOKEN_LABEL="another")
    assert failed.returncode == 1
    assert "not_answered" in failed.stderr
    assert not (tmp_path / "request.answer.json").exists()
    done = offline(file)
    assert done.returncode == 0, done.stderr
    assert Answer.from_bytes((tmp_path / "request.answer.json").read_bytes()).result.outcome == "SIGNED"


def test_without_a_request_the_orders_of_the_console_are_taken_in(offline: Run, bench: Bench) -> None:
    bench.orders.give(kind="KILL", body=Kill(), reason="test")
    done = offline()
    assert (done.returncode, done.stdout) == (0, "what was ordered at this console is taken in\n")
    assert not bench.orders.waiting()
    assert models.ConsoleOrder.objects.count() == 1
