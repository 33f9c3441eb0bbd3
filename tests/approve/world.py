"""An officer with a directory, subjects in files, and the program run as its own process or in this one."""

import io
import json
import os
import pty
import signal
import subprocess
import sys
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from custody.common import canonical, clock
from custody.statements.approval import Approval
from custody.statements.attestation import Attestation, SignedAttestation
from custody.statements.credential import Ed25519Credential, PersonCredential
from custody.statements.webauthn import from_base64url
from scripts.approver.__main__ import main
from tests.statements.examples import AT, INSTANCE, INTENT
from tests.statements.vectors import secret

Done = subprocess.CompletedProcess[bytes]
PASSPHRASE = "correct horse battery staple"
POLICY = INTENT.policy
_ATTEST = Ed25519PrivateKey.from_private_bytes(secret("custody test key attest"))
ATTEST_KEY = _ATTEST.public_key().public_bytes_raw().hex()
PROJECT = Path(__file__).resolve().parents[2]


def attest(
    kind: Any, body: dict[str, Any], *, at: datetime = AT, instance: str = INSTANCE
) -> SignedAttestation:
    """An attestation by the test's attest key."""
    document = Attestation(instance=instance, kind=kind, body=body, at=at)
    signature = _ATTEST.sign(bytes.fromhex(document.hash)).hex()
    return SignedAttestation(attestation=document, public_key=ATTEST_KEY, signature=signature)


def in_hours(hours: float) -> datetime:
    return clock.now().replace(microsecond=0) + timedelta(hours=hours)


class Officer:
    """The directory of one officer below ``path``, and what lies around it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.home = path / "officer"
        self.passphrase_file = self.write("passphrase", PASSPHRASE.encode(), mode=0o600)

    def write(self, name: str, data: bytes, *, mode: int = 0o644) -> Path:
        place = self.path / name
        place.write_bytes(data)
        place.chmod(mode)
        return place

    def words(self, *words: object, language: str = "en", passphrase: bool = True) -> list[str]:
        options = ["--language", language, "--dir", str(self.home)]
        file = ["--passphrase-file", str(self.passphrase_file)] if passphrase else []
        return [*options, *file, *map(str, words)]

    def run(self, *words: object, language: str = "en") -> int:
        """Run a command in this process."""
        return main(self.words(*words, language=language))

    def told(self, *words: object, answers: bytes = b"", language: str = "en") -> Done:
        """Run a command in this process with ``answers`` as its standard input."""
        stdin = io.TextIOWrapper(io.BytesIO(answers), encoding="utf-8")
        out, err = io.StringIO(), io.StringIO()
        with redirect_stdout(out), redirect_stderr(err), patch("sys.stdin", stdin):
            code = self.run(*words, language=language)
        return Done([], code, out.getvalue().encode(), err.getvalue().encode())

    def program(self, *words: object, answers: bytes = b"", **options: Any) -> Done:
        """Run a command as a process of its own without a terminal; ``answers`` is its standard input."""
        return subprocess.run(
            [sys.executable, "-m", "scripts.approver", *self.words(*words, **options)],
            input=answers,
            capture_output=True,
            check=False,
            cwd=self.path,
            env=os.environ | {"PYTHONPATH": str(PROJECT)},
            start_new_session=True,
            timeout=60,
        )

    def at_terminal(self, *words: object, typed: list[str], **options: Any) -> tuple[int, str]:
        """Run a command at a terminal; an item is typed whenever the text ends with ``: ``, a question."""
        command = [sys.executable, "-m", "scripts.approver", *self.words(*words, **options)]
        child, terminal = pty.fork()
        if child == 0:
            os.chdir(self.path)
            os.environ["PYTHONPATH"] = str(PROJECT)
            # A shell's background job ignores interrupts, and so would what it starts.
            signal.signal(signal.SIGINT, signal.SIG_DFL)
            os.execv(sys.executable, command)  # noqa: S606
        shown = _converse(terminal, typed)
        _, status = os.waitpid(child, 0)
        os.close(terminal)
        return os.waitstatus_to_exitcode(status), shown

    def enrolled(self) -> "Officer":
        """With key, installation, policy and attest key pinned."""
        pins = ("--instance", INSTANCE, "--policy", POLICY, "--attest-key", ATTEST_KEY)
        assert self.told("init").returncode == self.told("pin", *pins).returncode == 0
        return self

    @property
    def config(self) -> dict[str, Any]:
        config: dict[str, Any] = json.loads((self.home / "config.json").read_bytes())
        return config

    def credential(self) -> PersonCredential:
        """What the trust store would pin of this officer."""
        return PersonCredential(
            person=self.config["person"],
            name="Officer",
            roles=("APPROVER",),
            credential=Ed25519Credential(public_key=self.config["public_key"]),
            valid_until=in_hours(24),
        )

    def subject(self, document: Any = None, **changes: Any) -> Path:
        """A file with a subject; by itself an intent that expires in a day."""
        by_itself: Any = replace(INTENT, expires_at=in_hours(24))
        return self.write("subject.json", replace(document or by_itself, **changes).to_bytes())

    def out(self) -> Path:
        return self.path / "approval.json"

    def approval(self) -> Approval:
        return Approval.read(canonical.decode(self.out().read_bytes()))

    def sign(self, file: object, answer: str = "APPROVE", *words: object, **options: Any) -> Any:
        """Sign as a process; the answer comes by standard input."""
        return self.program(
            "sign", file, "--out", self.out(), *words, answers=f"{answer}\n".encode(), **options
        )


def answer_of(printed: str) -> Approval:
    """The approval in the line with ``#t=``."""
    (line,) = [line for line in printed.splitlines() if "#t=" in line]
    return Approval.read(canonical.decode(from_base64url(line.partition("#t=")[2])))


def refusal(done: Done) -> tuple[int, str, str]:
    """Exit code, code and field of the one line on stderr."""
    (line,) = done.stderr.decode().splitlines()
    return done.returncode, *_code_and_field(line)


def refused_here(capsys: pytest.CaptureFixture[str]) -> tuple[str, str]:
    """Code and field of the refusal of a command run in this process."""
    (line,) = capsys.readouterr().err.splitlines()
    return _code_and_field(line)


def _code_and_field(line: str) -> tuple[str, str]:
    """The field is empty where the refusal is about no part."""
    word, place, _ = line.split(": ", 2)
    assert word in {"refused", "abgelehnt"}
    code, _, field = place.partition(" ")
    return code, field


def _converse(terminal: int, typed: list[str]) -> str:
    shown, waiting = "", list(typed)
    while True:
        try:
            data = os.read(terminal, 65536)
        except OSError:  # Linux: the other end is closed
            return shown
        if not data:
            return shown
        shown += data.decode(errors="replace")
        if shown.endswith(": ") and waiting:
            os.write(terminal, waiting.pop(0).encode())
