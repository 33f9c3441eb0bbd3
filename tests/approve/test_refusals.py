"""What is refused: by code and place, in one line, with nothing signed."""

import json
import os
import subprocess
import sys
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from custody.common import canonical, clock
from custody.statements.webauthn import to_base64url
from scripts.approver import __main__ as program
from scripts.approver import commands
from scripts.approver.given import MAX_LINK
from scripts.approver.keyfile import encrypted
from scripts.approver.words import _REFUSED, _SAID
from tests.approve import golden
from tests.approve.world import (
    PASSPHRASE,
    POLICY,
    PROJECT,
    Officer,
    attest,
    in_hours,
    refusal,
)
from tests.statements.examples import INSTANCE, OFFICERS

OTHER_INSTANCE = "ins_01KAJ8M3V6Q2W9X4Y7Z0A1B2C4"


def refused(officer: Officer, file: object, *words: object, answer: str = "APPROVE") -> tuple[int, str, str]:
    """Code of a refused ``sign``; nothing must have been written."""
    done = officer.sign(file, answer, *words)
    assert not officer.out().exists()
    assert b"#t=" not in done.stdout
    return refusal(done)


SUBJECTS: dict[str, tuple[dict[str, Any], tuple[str, str]]] = {
    "another installation": ({"instance": OTHER_INSTANCE}, ("foreign_instance", "/instance")),
    "another policy": ({"policy": "ab" * 32}, ("policy_changed", "/policy")),
    "an expired subject": ({"expires_at": in_hours(0)}, ("expired", "/expires_at")),
}


@pytest.mark.parametrize(("changes", "expected"), SUBJECTS.values(), ids=SUBJECTS.keys())
def test_refuses(officer: Officer, changes: dict[str, Any], expected: tuple[str, str]) -> None:
    assert refused(officer, officer.subject(**changes)) == (1, *expected)


def test_shows_what_it_then_refuses(officer: Officer) -> None:
    done = officer.sign(officer.subject(instance=OTHER_INSTANCE))
    assert f"Installation: {OTHER_INSTANCE}\n" in done.stdout.decode()
    assert b"Type APPROVE" not in done.stdout


@pytest.mark.parametrize(
    ("hours", "subject_hours"), [(25, 24), (-1, 24), (73, 500)], ids=["outlives", "past", "72 hours"]
)
def test_refuses_a_statement_that_ends_at_the_wrong_time(
    officer: Officer, hours: int, subject_hours: int
) -> None:
    file = officer.subject(expires_at=in_hours(subject_hours))
    ends = ("--expires-at", clock.write_time(in_hours(hours)))
    assert refused(officer, file, *ends) == (1, "bad_expiry", "--expires-at")


def test_refuses_an_end_that_is_no_time(officer: Officer) -> None:
    assert refused(officer, officer.subject(), "--expires-at", "tomorrow") == (1, "bad_time", "--expires-at")


@pytest.mark.parametrize("answer", ["", "y", "yes", "ja", "approve", "APPROVE!", "APPROVE REJECT", "1"])
def test_only_a_whole_word_is_a_verdict(officer: Officer, answer: str) -> None:
    assert refused(officer, officer.subject(), answer=answer) == (1, "no_verdict", "")


def test_the_end_of_the_input_is_no_verdict(officer: Officer) -> None:
    done = officer.told("sign", officer.subject(), "--out", officer.out())
    assert refusal(done) == (1, "no_answer", "")
    assert done.stderr == b"refused: no_answer: no answer, nothing is signed\n"
    assert not officer.out().exists()


def test_the_end_of_the_input_is_no_passphrase(officer: Officer) -> None:
    words = ("sign", officer.subject(), "--out", officer.out())
    code, shown = officer.at_terminal(*words, typed=["APPROVE\n", "\x04"], passphrase=False)
    assert (code, "refused: no_answer" in shown) == (1, True)
    assert not officer.out().exists()


def test_an_interrupt_signs_nothing(officer: Officer) -> None:
    words = ("sign", officer.subject(), "--out", officer.out())
    code, shown = officer.at_terminal(*words, typed=["\x03"])
    assert (code, "Stopped, nothing is signed." in shown) == (1, True)
    assert not officer.out().exists()


def test_a_subject_by_standard_input_is_answered_at_the_terminal_alone(officer: Officer) -> None:
    data = officer.subject().read_bytes()
    done = officer.program("sign", "-", "--out", officer.out(), answers=data + b"\nAPPROVE\n")
    assert refusal(done)[:2] == (1, "not_canonical")
    done = officer.program("sign", "-", "--out", officer.out(), answers=data)
    assert refusal(done)[:2] == (1, "no_terminal")
    assert not officer.out().exists()


def test_refuses_a_wrong_passphrase(officer: Officer) -> None:
    officer.passphrase_file.write_text("not the passphrase")
    assert refused(officer, officer.subject()) == (1, "wrong_passphrase", "passphrase")


def test_refuses_a_key_that_is_not_encrypted(officer: Officer) -> None:
    key = Ed25519PrivateKey.generate()
    plain = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    (officer.home / "key.pem").write_bytes(plain)
    assert refused(officer, officer.subject()) == (1, "not_encrypted", "key")


def test_refuses_another_key_than_the_one_it_made(officer: Officer) -> None:
    (officer.home / "key.pem").write_bytes(encrypted(Ed25519PrivateKey.generate(), PASSPHRASE))
    assert refused(officer, officer.subject()) == (1, "foreign_key", "key")


@pytest.mark.parametrize(("missing", "given"), [("policy", "instance"), ("instance", "policy")])
def test_refuses_before_installation_and_policy_are_pinned(
    newcomer: Officer, missing: str, given: str
) -> None:
    values = {"instance": INSTANCE, "policy": POLICY}
    assert newcomer.run("init") == 0
    assert newcomer.run("pin", f"--{given}", values[given]) == 0
    assert refused(newcomer, newcomer.subject()) == (1, "not_pinned", missing)


def test_refuses_a_link_meant_for_another_person(officer: Officer) -> None:
    subject = to_base64url(officer.subject().read_bytes())
    link = f"#s={subject}&p=per_01KAJ8Q0000000000000000009"
    assert refused(officer, link) == (1, "foreign_person", "p")


@pytest.mark.parametrize(
    ("link", "code"),
    [
        ("#s=", "bad_field"),
        ("#s=e30=", "bad_field"),
        ("#s=e30", "bad_field"),
        ("#s=e30&s=e30", "bad_link"),
        ("#s=e30&t=e30", "bad_link"),
        ("#s=e30&p=x&p=y", "bad_link"),
        ("#s=e30&a=!", "bad_field"),
        ("#s=e30&a=", "bad_field"),
    ],
)
def test_refuses_a_link_that_is_none(officer: Officer, link: str, code: str) -> None:
    assert refused(officer, link)[:2] == (1, code)


@pytest.mark.parametrize("text", ["", "hello", "#p=x", "http://approve.localhost/"])
def test_refuses_a_file_that_is_neither_document_nor_link(officer: Officer, text: str) -> None:
    assert refused(officer, officer.write("s", text.encode())) == (1, "bad_link", "file")


def test_refuses_huge_input(officer: Officer) -> None:
    large = officer.write("large", b"{" + b" " * canonical.MAX_DOCUMENT)
    assert refused(officer, large)[:2] == (1, "not_canonical")
    with (officer.path / "huge").open("wb") as file:
        file.truncate(MAX_LINK + 1)
    assert refused(officer, officer.path / "huge") == (1, "too_large", "file")
    assert refused(officer, "/dev/zero") == (1, "too_large", "file")


def test_refuses_bidirectional_characters_and_never_prints_them(officer: Officer) -> None:
    trust = json.loads(golden.subject("trust-hold")) | {"reason": "pay \u202eevil"}
    data = json.dumps(trust, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
    done = officer.sign(officer.write("s.json", data))
    assert refusal(done) == (1, "not_canonical", "/reason")
    assert "\u202e".encode() not in done.stdout + done.stderr


ATTESTED: dict[str, tuple[Any, tuple[str, str]]] = {
    "another key": (
        lambda item: item | {"public_key": "ab" * 32},
        ("bad_proof", "/0/public_key"),
    ),
    "a changed name": (
        lambda item: item | {"attestation": item["attestation"] | {"body": {"name": "Mallory"}}},
        ("bad_proof", "/0/signature"),
    ),
}


@pytest.mark.parametrize(("change", "expected"), ATTESTED.values(), ids=ATTESTED.keys())
def test_refuses_attestations_of(officer: Officer, change: Any, expected: tuple[str, str]) -> None:
    item = attest("PERSON", OFFICERS[0].to_json()).to_json()
    names = officer.write("names.json", canonical.encode([change(item)]))
    assert refused(officer, officer.subject(), "--attestations", names) == (1, *expected)


def test_refuses_attestations_before_their_key_is_pinned(newcomer: Officer) -> None:
    newcomer.run("init")
    newcomer.run("pin", "--instance", INSTANCE, "--policy", POLICY)
    names = newcomer.write(
        "names.json", canonical.encode([attest("PERSON", OFFICERS[0].to_json()).to_json()])
    )
    assert refused(newcomer, newcomer.subject(), "--attestations", names) == (1, "not_pinned", "attest_key")


def test_never_overwrites_a_file(officer: Officer) -> None:
    officer.out().write_text("something else")
    done = officer.sign(officer.subject())
    assert refusal(done) == (1, "exists", "--out")
    assert officer.out().read_text() == "something else"
    # Nobody reads and decides for a file that cannot be written.
    assert done.stdout == b""


def test_refuses_in_german_by_itself(officer: Officer) -> None:
    done = officer.sign(officer.subject(instance=OTHER_INSTANCE), "APPROVE", language="de")
    assert done.stderr.decode() == (
        "abgelehnt: foreign_instance /instance: Das Dokument gehört zu einer anderen Installation.\n"
    )


@pytest.mark.parametrize(
    "words",
    [(), ("steal",), ("sign",), ("show", "{}/nothing.json"), ("sign", "{}/subject.json", "--dir", "x")],
    ids=["nothing", "unknown command", "no file", "missing file", "option at the wrong place"],
)
def test_bad_use_is_told_apart(officer: Officer, words: tuple[str, ...]) -> None:
    officer.subject()
    assert officer.program(*(word.format(officer.path) for word in words)).returncode == 2


def test_nobody_to_be_without_a_directory(newcomer: Officer) -> None:
    assert newcomer.told("sign", newcomer.subject(), answers=b"APPROVE\n").returncode == 2


def test_every_refusal_of_the_program_has_a_german_sentence() -> None:
    folder = PROJECT / "scripts" / "approver"
    source = "".join(path.read_text(encoding="utf-8") for path in folder.glob("*.py"))
    codes = {part.partition('"')[0] for part in source.split('code="')[1:]}
    assert len(codes) > 15
    assert sorted(codes - _REFUSED.keys() - {"in_use"}) == []


def test_all_texts_are_there_in_both_languages() -> None:
    assert all(german.strip() and english.strip() for german, english in _SAID.values())
    assert set(commands.VERDICTS.values()) == {"APPROVE", "REJECT"}


def test_runs_without_web_framework_queue_database_and_network(officer: Officer) -> None:
    words = officer.words("sign", officer.subject(), "--out", officer.out())
    code = (
        "import sys; from scripts.approver.__main__ import main; code = main(sys.argv[1:]);"
        "bad = {'django', 'celery', 'psycopg', 'redis', 'ssl', 'pkcs11', 'requests', 'http'};"
        "assert not {name for name in sys.modules if name.split('.')[0] in bad};"
        "sys.exit(code)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, *words],
        input="APPROVE\n",
        capture_output=True,
        text=True,
        check=False,
        env=os.environ | {"PYTHONPATH": str(PROJECT)},
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert officer.approval().statement.subject.hash


def test_the_program_says_what_it_can_do(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        program.main(["--help"])
    assert ended.value.code == 0
    printed = capsys.readouterr().out
    assert all(name in printed for name in program.COMMANDS)


def test_a_subject_without_an_end_gets_a_statement_with_one(officer: Officer) -> None:
    assert officer.sign(officer.write("p.json", golden.subject("policy"))).returncode == 0
    assert in_hours(71) < officer.approval().statement.expires_at <= in_hours(72)
