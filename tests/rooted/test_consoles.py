"""What officers see and what only consoles may do: a rooted web host can neither lie nor reach there."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from custody.common import canonical, clock
from custody.hsm import selectors
from custody.statements.attestation import Attestation, SignedAttestation
from custody.statements.genesis import Genesis
from scripts.embedded.genesis import home_path, passphrase_path
from scripts.embedded.layout import PROJECT
from scripts.embedded.process import clean_environment
from scripts.embedded.world import DATABASE_USER, WEB_USER
from tests.harness.live_deal import LiveDeal
from tests.rooted.attacker import Attacker
from tests.rooted.backup import Backup
from tests.rooted.forging import THIEFS_ADDRESS, intent, to_merchant, to_thief
from tests.rooted.officers import Officers

pytestmark = pytest.mark.xdist_group("live")

OWNED = pytest.mark.parametrize("user", [WEB_USER, DATABASE_USER])


# --- rule 1: what you see is what you sign ----------------------------------------------------


@pytest.fixture
def program(officers: Officers, tmp_path: Path) -> "Program":
    return Program(officers, tmp_path)


class Program:
    """The console program of an officer, as a process on the officer's machine."""

    def __init__(self, officers: Officers, path: Path) -> None:
        self.officers, self.path = officers, path

    def run(self, *words: str, answer: str = "") -> "subprocess.CompletedProcess[str]":
        home = home_path(self.officers.world.layout, "reviewer")
        options = ["--language", "en", "--dir", str(home), "--passphrase-file", str(passphrase_path(home))]
        return subprocess.run(
            [sys.executable, "-m", "scripts.approver", *options, *words],
            input=answer,
            capture_output=True,
            text=True,
            check=False,
            cwd=PROJECT,
            env=clean_environment(),
            timeout=60,
        )

    def file(self, name: str, data: bytes) -> str:
        (self.path / name).write_bytes(data)
        return str(self.path / name)


def test_a_page_that_shows_another_payee_than_the_bytes(program: Program, untouched: LiveDeal) -> None:
    """The page says merchant; the officer's program shows what the bytes say, and signs nothing else."""
    told, given = intent(untouched), intent(untouched, payees=to_thief(untouched))
    file, out = program.file("intent.json", given.to_bytes()), program.path / "approval.json"
    done = program.run("sign", file, "--out", str(out), answer="APPROVE\n")
    assert done.returncode == 0, done.stderr
    shown = done.stdout.replace(" ", "")  # addresses are shown in groups
    assert THIEFS_ADDRESS in shown
    assert to_merchant(untouched)[0].to not in shown
    signed = canonical.decode(out.read_bytes())["statement"]["subject"]["hash"]
    assert (signed == given.hash, signed == told.hash) == (True, False)


def test_a_hash_instead_of_the_bytes(program: Program, untouched: LiveDeal) -> None:
    """There is no way to have 32 bytes approved that nobody can read."""
    file = program.file("hash", intent(untouched, payees=to_thief(untouched)).hash.encode())
    done = program.run("sign", file, answer="APPROVE\n")
    assert (done.returncode, done.stdout) == (1, "")


def test_a_friendly_name_for_the_address_of_the_thief(
    program: Program, officers: Officers, untouched: LiveDeal
) -> None:
    """A registry entry of the web's own, under its own key."""
    chain = to_thief(untouched)[0]
    entry = {"chain": intent(untouched).asset.partition("/")[0], "address": chain.to}
    body = {"book": "book/house", "entry": entry | {"label": "Merchant", "proof": "letter"}}
    document = Attestation(
        instance=selectors.identity().instance, kind="BOOK", body=body, at=clock.now().replace(microsecond=0)
    )
    forged = SignedAttestation(
        attestation=document,
        public_key=officers.thief.public_key().public_bytes_raw().hex(),
        signature=officers.thief.sign(bytes.fromhex(document.hash)).hex(),
    )
    wanted = program.file("intent.json", intent(untouched, payees=to_thief(untouched)).to_bytes())
    names = program.file("names.json", canonical.encode([forged.to_json()]))
    done = program.run("sign", wanted, "--attestations", names, answer="APPROVE\n")
    assert done.returncode == 1
    assert "Merchant" not in done.stdout


# --- rules 11 and 18: the console of the signer -----------------------------------------------


@pytest.mark.separated
@OWNED
@pytest.mark.parametrize("command", ["signer_confirm_clock", "signer_kill", "signer_genesis"])
def test_commands_of_the_signers_console(attacker: Attacker, user: str, command: str) -> None:
    """With all that the signer has in its environment: its directory opens to its user alone."""
    world = attacker.world
    genesis = [str(world.layout.state / "genesis.json")] if command == "signer_genesis" else []
    settings = [f"{name}={value}" for name, value in world.environment("signer").items()]
    done = attacker.run("env", *settings, str(world.layout.python), "manage.py", command, *genesis, user=user)
    assert done.returncode != 0
    assert "Permission" in done.stderr
    assert world.processes["signer"].is_alive()


@pytest.mark.separated
@OWNED
def test_the_mark_of_a_clock_that_waits(attacker: Attacker, user: str) -> None:
    """Taking it away would confirm the clock without a person."""
    marker = attacker.world.layout.signer / "clock-not-confirmed"
    source = "import pathlib, sys; pathlib.Path(sys.argv[1]).unlink(missing_ok=True)"
    assert "PermissionError" in attacker.python(source, str(marker), user=user)


def test_a_second_genesis(attacker: Attacker, untouched: LiveDeal) -> None:
    """Whoever gets to the console with people of their own finds that the store has its genesis."""
    layout = attacker.world.layout
    first = Genesis.from_bytes((layout.state / "genesis.json").read_bytes())
    backup = Backup(attacker.world, layout.state / f"genesis-{len(list(layout.state.iterdir()))}")
    backup.take()
    body = json.loads((layout.state / "genesis.json").read_bytes()) | {"quorum": first.quorum + 1}
    file = backup.directory / "genesis.json"
    file.write_bytes(canonical.encode(body))
    done = backup.start("manage.py", "signer_genesis", str(file))
    assert done.returncode == 1
    assert "the store has another genesis" in done.stderr
