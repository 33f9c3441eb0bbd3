"""The owned users against the signer's files, memory, sockets and token: really other users."""

import json
from pathlib import Path

import pytest

from scripts.embedded.process import StartError
from scripts.embedded.softhsm import MODULE
from scripts.embedded.world import DATABASE_USER, KEYS_USER, SIGNER_USER, WEB_USER
from tests.rooted.attacker import Attacker

pytestmark = [pytest.mark.xdist_group("live"), pytest.mark.separated]

BURGLAR = (Path(__file__).parent / "burglar.py").read_text()
OWNED = pytest.mark.parametrize("user", [WEB_USER, DATABASE_USER])
OPEN_TOKEN = """
import sys, pkcs11
from pkcs11 import ObjectClass
token = pkcs11.lib(sys.argv[1]).get_token(token_label="custody-signer")
with token.open(user_pin=sys.argv[2]) as session:
    print(len(list(session.get_objects({pkcs11.Attribute.CLASS: ObjectClass.PRIVATE_KEY}))), "keys")
"""
ASK_KEYS_PROCESS = """
import sys
from pathlib import Path
from custody.vault.client import KeysClient
print(KeysClient(Path(sys.argv[1])).current_kek())
"""


def burgle(attacker: Attacker, user: str, **targets: list[str]) -> list[str]:
    """Everything the burglar managed to do as ``user``."""
    done: list[str] = json.loads(attacker.python(BURGLAR, json.dumps(targets), user=user))
    return done


def everything_below(folder: Path) -> list[str]:
    return sorted(str(path) for path in folder.rglob("*") if path.is_file())


@OWNED
def test_the_signers_files(attacker: Attacker, user: str) -> None:
    """Store, head, PIN, token: neither read nor changed nor replaced."""
    layout = attacker.world.layout
    files, folders = everything_below(layout.signer), [str(layout.signer), str(layout.signer / "hsm")]
    assert len(files) > 8
    assert burgle(attacker, user, files=files, folders=folders) == []


@OWNED
def test_the_files_of_the_keys_process(attacker: Attacker, user: str) -> None:
    layout = attacker.world.layout
    files = everything_below(layout.keys)
    assert len(files) > 4
    assert burgle(attacker, user, files=files, folders=[str(layout.keys)]) == []


@OWNED
def test_passwords_and_keys_of_others(attacker: Attacker, user: str) -> None:
    """The signer's database password, and the console keys of our people."""
    layout = attacker.world.layout
    files = [str(attacker.world.password_file("custody_signer")), *everything_below(layout.state / "people")]
    assert len(files) > 4
    assert burgle(attacker, user, files=files, folders=[str(layout.state / "people")]) == []


@OWNED
def test_what_the_signer_publishes_is_read_and_never_written(attacker: Attacker, user: str) -> None:
    public = attacker.world.layout.public
    done = burgle(attacker, user, files=everything_below(public), folders=[str(public)])
    assert {line.partition(":")[0] for line in done} == {"read", "list"}


@OWNED
@pytest.mark.parametrize("process", ["signer", "keys"])
def test_the_memory_of_other_processes(attacker: Attacker, user: str, process: str) -> None:
    running = attacker.world.processes[process]
    assert burgle(attacker, user, pids=[str(running.pid)]) == []
    assert running.is_alive()


def test_the_burglar_finds_what_is_open(attacker: Attacker) -> None:
    """The owned users' own processes and files are open to them; so the empty lists above mean something."""
    worker, secret = (
        attacker.world.processes["worker"],
        attacker.world.layout.state / "secrets" / "secret_key",
    )
    done = burgle(attacker, WEB_USER, files=[str(secret)])
    assert f"read: {secret}" in done
    source = BURGLAR.replace('yield "stop"', 'return; yield "stop"')
    done = json.loads(attacker.python(source, json.dumps({"pids": [str(worker.pid)]}), user=WEB_USER))
    assert {f"{name}: process {worker.pid}" for name in ("mem", "environ", "attach")} <= set(done)


@OWNED
def test_the_signers_token_even_with_its_pin(attacker: Attacker, user: str) -> None:
    """PKCS#11 in a process of the attacker's: the token's files are what it cannot reach."""
    hsm = attacker.world.layout.signer / "hsm"
    pin = (hsm / "pin").read_text()
    source = f"import os; os.environ['SOFTHSM2_CONF'] = '{hsm}/softhsm2.conf'"
    answer = attacker.python(source + OPEN_TOKEN, MODULE, pin, user=user)
    assert answer.startswith("pkcs11.exceptions.")
    assert "keys" not in answer


@OWNED
def test_the_signers_token_through_a_configuration_of_ones_own(
    attacker: Attacker, user: str, tmp_path: Path
) -> None:
    tokens = attacker.world.layout.signer / "hsm" / "tokens"
    pin = (attacker.world.layout.signer / "hsm" / "pin").read_text()
    source = (
        "import os, tempfile, pathlib\n"
        "file = pathlib.Path(tempfile.mkdtemp()) / 'conf'\n"
        f"file.write_text('directories.tokendir = {tokens}\\nobjectstore.backend = file\\n')\n"
        "os.environ['SOFTHSM2_CONF'] = str(file)\n"
    )
    answer = attacker.python(source + OPEN_TOKEN, MODULE, pin, user=user)
    assert answer.startswith("pkcs11.exceptions.")


def test_the_token_opens_for_the_signer(attacker: Attacker) -> None:
    """The same program as the signer's user: so it is the user that matters above."""
    hsm = attacker.world.layout.signer / "hsm"
    pin = (hsm / "pin").read_text()
    source = f"import os; os.environ['SOFTHSM2_CONF'] = '{hsm}/softhsm2.conf'"
    assert attacker.python(source + OPEN_TOKEN, MODULE, pin, user=SIGNER_USER) == "5 keys"


@pytest.mark.parametrize("user", [DATABASE_USER, SIGNER_USER, KEYS_USER, "custody-party"])
def test_the_socket_of_the_keys_process_from_a_foreign_user(attacker: Attacker, user: str) -> None:
    answer = attacker.python(ASK_KEYS_PROCESS, str(attacker.world.layout.keys_socket), user=user)
    assert answer.startswith("custody.vault.errors.KeysUnavailableError")


@pytest.mark.parametrize("name", ["signer/hsm/pin", "signer/store.sqlite3", "keys/hsm/pin"])
@pytest.mark.parametrize(
    ("statement", "answer"),
    [
        ("SELECT pg_read_binary_file('{path}')", "Permission denied"),
        ("CREATE TEMP TABLE loot (line text); COPY loot FROM '{path}'", "Permission denied"),
        (
            "CREATE TEMP TABLE loot (line text); COPY loot FROM PROGRAM 'cat {path}'",
            "exited with exit code 1",
        ),
        ("SELECT lo_import('{path}')", "Permission denied"),
        ("COPY (SELECT 1) TO '{path}'", "Permission denied"),
    ],
    ids=["read", "copy", "program", "import", "write"],
)
def test_files_through_the_database_superuser(
    attacker: Attacker, statement: str, answer: str, name: str
) -> None:
    path = attacker.world.layout.state / name
    assert path.exists()
    with pytest.raises(StartError, match=answer):
        attacker.sql(statement.format(path=path))
