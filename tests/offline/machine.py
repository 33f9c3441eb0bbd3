"""A machine without network, whole: its own token, store and genesis; its programs as people run them."""

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from custody.statements.genesis import Genesis
from scripts.embedded.layout import PROJECT
from tests.signer.tokens import PIN, SO_PIN

LABEL = "offline-tests"


@dataclass
class Machine:
    """Everything of it lies below ``directory``; nothing there names a database, a broker or a host."""

    directory: Path

    @classmethod
    def set_up(cls, directory: Path, genesis: Genesis) -> "Machine":
        """Token, empty store, genesis: what docs/offline-signer.md tells people to do."""
        machine = cls(directory)
        tokens = directory / "tokens"
        for folder in (tokens, machine.public, directory / "signer"):
            folder.mkdir(parents=True)
        (directory / "pin").write_text(PIN)
        (directory / "softhsm2.conf").write_text(
            f"directories.tokendir = {tokens}\nobjectstore.backend = file\nlog.level = ERROR\n"
        )
        machine._run(
            "softhsm2-util", "--init-token", "--free", "--label", LABEL, "--so-pin", SO_PIN, "--pin", PIN
        )
        machine.manage("migrate", "--database=signer_store", "--no-input", "-v0")
        (directory / "genesis.json").write_bytes(genesis.to_bytes())
        machine.manage("signer_genesis", str(directory / "genesis.json"))
        return machine

    @property
    def public(self) -> Path:
        return self.directory / "public"

    @property
    def published(self) -> bytes:
        return (self.public / "signer.json").read_bytes()

    @property
    def words(self) -> str:
        """What the custodian reads aloud from this console."""
        return str(json.loads(self.manage("signer_status", "--json"))["published"])

    def answer(self, request: bytes, *, custodian: str, typed: str) -> bytes:
        """Lay a request before the custodian, who types a word; the file that is carried back."""
        (self.directory / "request.json").write_bytes(request)
        command = ("offline_signer", str(self.directory / "request.json"), "--custodian", custodian)
        self.manage(*command, typed=f"{typed}\n")
        return (self.directory / "request.answer.json").read_bytes()

    def manage(self, *arguments: str, typed: str = "") -> str:
        return self._run(sys.executable, "manage.py", *arguments, typed=typed)

    def _run(self, *command: str, typed: str = "") -> str:
        environment = {
            "PATH": os.environ["PATH"],
            "SOFTHSM2_CONF": str(self.directory / "softhsm2.conf"),
            "CUSTODY_PROCESS": "signer",
            "CUSTODY_PROFILE": "test",
            "CUSTODY_SIGNER_DIR": str(self.directory / "signer"),
            "CUSTODY_SIGNER_PUBLIC_DIR": str(self.public),
            "CUSTODY_SIGNER_PIN_FILE": str(self.directory / "pin"),
            "CUSTODY_SIGNER_TOKEN_LABEL": LABEL,
        }
        done = subprocess.run(
            command, cwd=PROJECT, env=environment, input=typed, check=False, capture_output=True, text=True
        )
        assert done.returncode == 0, done.stderr
        return done.stdout
