"""Key file, enrolment and what is pinned."""

import json
import os
import stat
from datetime import timedelta
from pathlib import Path

import pytest
from asn1crypto import keys, pem
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    load_pem_private_key,
)

from custody.common import canonical, clock
from custody.statements.credential import PersonCredential
from custody.statements.fingerprint import fingerprint
from scripts.approver.keyfile import ROUNDS
from tests.approve.world import PASSPHRASE, POLICY, Officer, in_hours, refusal, refused_here
from tests.statements.examples import INSTANCE

Capture = pytest.CaptureFixture[str]
OTHER_INSTANCE = "ins_01KAJ8M3V6Q2W9X4Y7Z0A1B2C4"


def test_prints_person_key_and_fingerprint(newcomer: Officer) -> None:
    done = newcomer.program("--json", "init")
    assert (done.returncode, done.stderr) == (0, b"")
    key = load_pem_private_key((newcomer.home / "key.pem").read_bytes(), PASSPHRASE.encode())
    assert isinstance(key, Ed25519PrivateKey)
    public = key.public_key().public_bytes_raw()
    assert json.loads(done.stdout) == {
        "person": newcomer.config["person"],
        "public_key": public.hex(),
        "fingerprint": fingerprint(public),
    }
    assert newcomer.config["public_key"] == public.hex()


def test_only_the_owner_can_read_what_it_made(officer: Officer) -> None:
    for place in (officer.home, *officer.home.rglob("*")):
        assert stat.S_IMODE(place.stat().st_mode) == (0o700 if place.is_dir() else 0o600)
    assert sorted(place.name for place in officer.home.iterdir()) == ["config.json", "key.pem"]


def test_the_key_file_resists_guessing(officer: Officer) -> None:
    data = (officer.home / "key.pem").read_bytes()
    assert data.startswith(b"-----BEGIN ENCRYPTED PRIVATE KEY-----\n")
    info = keys.EncryptedPrivateKeyInfo.load(pem.unarmor(data)[2])
    derivation = info["encryption_algorithm"]["parameters"]["key_derivation_func"]
    assert derivation["algorithm"].native == "pbkdf2"
    assert derivation["parameters"]["iteration_count"].native == ROUNDS == 600_000
    assert derivation["parameters"]["prf"]["algorithm"].native == "sha256"


def test_two_officers_have_two_keys_persons_and_salts(tmp_path: Path) -> None:
    made = []
    for name in ("first", "second"):
        (tmp_path / name).mkdir()
        made.append(Officer(tmp_path / name).enrolled())
    assert made[0].config["person"] != made[1].config["person"]
    assert made[0].config["public_key"] != made[1].config["public_key"]


def test_another_device_of_a_known_person(newcomer: Officer) -> None:
    assert newcomer.run("init", "--person", "per_01KAJ8Q0000000000000000001") == 0
    assert newcomer.config["person"] == "per_01KAJ8Q0000000000000000001"


def test_never_overwrites_a_key(officer: Officer, capsys: Capture) -> None:
    before = (officer.home / "key.pem").read_bytes()
    assert officer.run("init") == 1
    assert refused_here(capsys) == ("key_exists", "dir")
    assert (officer.home / "key.pem").read_bytes() == before


def test_asks_for_the_passphrase_twice(newcomer: Officer) -> None:
    typed = [f"{PASSPHRASE}\n", f"{PASSPHRASE}\n"]
    code, shown = newcomer.at_terminal("init", typed=typed, passphrase=False)
    assert code == 0, shown
    assert PASSPHRASE not in shown
    assert load_pem_private_key((newcomer.home / "key.pem").read_bytes(), PASSPHRASE.encode())


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ([f"{PASSPHRASE}\n", "another passphrase\n"], "passphrases_differ"),
        (["too short 1\n", "too short 1\n"], "weak_passphrase"),
        (["\n", "\n"], "weak_passphrase"),
        (["\x04"], "no_answer"),
    ],
    ids=["different", "short", "empty", "end of input"],
)
def test_makes_nothing_without_a_good_passphrase(newcomer: Officer, typed: list[str], code: str) -> None:
    exit_code, shown = newcomer.at_terminal("init", typed=typed, passphrase=False)
    assert exit_code == 1
    assert f"refused: {code}" in shown
    assert not newcomer.home.exists()


def test_does_not_ask_where_there_is_no_terminal(newcomer: Officer) -> None:
    done = newcomer.program("init", answers=f"{PASSPHRASE}\n".encode() * 2, passphrase=False)
    assert refusal(done) == (1, "no_terminal", "")
    assert not newcomer.home.exists()


def test_refuses_a_passphrase_file_open_to_others(newcomer: Officer, capsys: Capture) -> None:
    newcomer.passphrase_file.chmod(0o640)
    assert newcomer.run("init") == 1
    assert refused_here(capsys) == ("open_to_others", "dir")


@pytest.mark.parametrize("place", [".", "key.pem", "config.json"])
def test_refuses_a_directory_or_file_open_to_others(officer: Officer, place: str, capsys: Capture) -> None:
    target = officer.home / place
    os.chmod(target, target.stat().st_mode | 0o004)
    assert officer.run("sign", officer.subject()) == 1
    assert refused_here(capsys) == ("open_to_others", "dir")


def test_writes_the_credential_for_genesis_or_a_joiner(officer: Officer) -> None:
    until = in_hours(24 * 180)
    words = ("--name", "Jörg Groß", "--role", "OFFICER", "--role", "APPROVER", "--valid-until")
    out = officer.path / "credential.json"
    assert officer.run("enrol", *words, clock.write_time(until), "--out", out) == 0
    body = PersonCredential.read(canonical.decode(out.read_bytes()))
    assert body.person == officer.config["person"]
    assert body.name == "Jörg Groß"
    assert body.roles == ("APPROVER", "OFFICER")
    assert body.credential.name == officer.config["public_key"]
    assert body.valid_until == until


@pytest.mark.parametrize("days", [191, -1])
def test_refuses_a_credential_that_ends_too_late_or_has_ended(
    officer: Officer, days: int, capsys: Capture
) -> None:
    until = clock.write_time(clock.now() + timedelta(days=days))
    assert enrolled_until(officer, until) == 1
    assert refused_here(capsys) == ("bad_validity", "--valid-until")
    assert not (officer.path / "credential.json").exists()


def test_refuses_an_end_that_is_no_time(officer: Officer, capsys: Capture) -> None:
    assert enrolled_until(officer, "2027-05-30") == 1
    assert refused_here(capsys) == ("bad_time", "--valid-until")


def enrolled_until(officer: Officer, until: str) -> int:
    out = officer.path / "credential.json"
    return officer.run("enrol", "--name", "x", "--role", "OFFICER", "--valid-until", until, "--out", out)


def test_refuses_a_name_no_form_takes(officer: Officer, capsys: Capture) -> None:
    until, out = clock.write_time(in_hours(1)), officer.path / "credential.json"
    words = ("--role", "OFFICER", "--valid-until", until, "--out", out)
    assert officer.run("enrol", "--name", "a\u202eb", *words) == 1
    assert refused_here(capsys) == ("not_canonical", "/name")
    assert not out.exists()


def test_a_new_policy_is_pinned_by_hand(officer: Officer) -> None:
    assert officer.run("pin", "--policy", "ab" * 32) == 0
    assert (officer.config["policy"], officer.config["instance"]) == ("ab" * 32, INSTANCE)


def test_shows_what_is_pinned_without_changing_it(officer: Officer, capsys: Capture) -> None:
    before = (officer.home / "config.json").read_bytes()
    assert officer.run("--json", "pin") == 0
    shown = json.loads(capsys.readouterr().out)
    assert (shown["instance"], shown["policy"]) == (INSTANCE, POLICY)
    assert (officer.home / "config.json").read_bytes() == before


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (("--instance", OTHER_INSTANCE), ("already_pinned", "instance")),
        (("--policy", "ab" * 31), ("bad_field", "/policy")),
        (("--attest-key", "04" + "ab" * 32), ("bad_field", "/attest_key")),
    ],
)
def test_refuses_to_pin(
    officer: Officer, words: tuple[str, str], expected: tuple[str, str], capsys: Capture
) -> None:
    before = (officer.home / "config.json").read_bytes()
    assert officer.run("pin", *words) == 1
    assert refused_here(capsys) == expected
    assert (officer.home / "config.json").read_bytes() == before
