"""Signing: shown, asked, signed with the officer's key; the pinned credential proves it."""

import json
import stat
from dataclasses import replace

import pytest

from custody.common import canonical, clock
from custody.statements.approval import Approval
from custody.statements.display import show
from custody.statements.trust import TrustDocument
from custody.statements.webauthn import to_base64url
from tests.approve import golden
from tests.approve.world import PASSPHRASE, POLICY, Officer, answer_of, attest, in_hours
from tests.statements.examples import DECISION, INSTANCE, INTENT, OFFICERS, SECOND_OFFICER

Capture = pytest.CaptureFixture[str]


def made(officer: Officer) -> Approval:
    """The written approval, once the pinned credential has proved it."""
    approval = officer.approval()
    proved = approval.verify([officer.credential()], at=clock.now())
    assert proved.credential.person == officer.config["person"]
    return approval


def test_signs_what_it_showed(officer: Officer) -> None:
    file = officer.subject()
    done = officer.program("sign", file, "--out", officer.out(), "--link", answers=b"APPROVE\n")
    assert (done.returncode, done.stderr) == (0, b"")
    shown = show(file.read_bytes(), language="en")
    printed = done.stdout.decode()
    assert printed.startswith(shown.text)
    statement = made(officer).statement
    assert (statement.subject.format, statement.subject.hash) == (INTENT.FORMAT, shown.document.hash)
    assert (statement.instance, statement.policy) == (INSTANCE, POLICY)
    assert statement.verdict == "APPROVE"
    assert answer_of(printed) == officer.approval()


@pytest.mark.parametrize(
    ("answer", "verdict"),
    [("APPROVE", "APPROVE"), ("GENEHMIGEN", "APPROVE"), ("REJECT", "REJECT"), ("ABLEHNEN", "REJECT")],
)
def test_takes_the_words_of_both_languages(officer: Officer, answer: str, verdict: str) -> None:
    assert officer.sign(officer.subject(), answer).returncode == 0
    assert made(officer).statement.verdict == verdict


def test_speaks_german_by_itself(officer: Officer) -> None:
    file = officer.subject()
    done = officer.sign(file, "GENEHMIGEN", language="de")
    assert done.stdout.decode().startswith(show(file.read_bytes(), language="de").text)
    assert "Tippen Sie GENEHMIGEN oder ABLEHNEN; alles andere unterschreibt nichts: " in done.stdout.decode()


def test_prints_one_json_object_and_shows_on_standard_error(officer: Officer) -> None:
    file = officer.subject()
    done = officer.program("--json", "sign", file, "--out", officer.out(), answers=b"APPROVE\n")
    printed = json.loads(done.stdout)
    assert done.stderr.decode().startswith(show(file.read_bytes(), language="en").text)
    assert printed == {
        "verdict": "APPROVE",
        "statement": made(officer).statement.hash,
        "written": str(officer.out()),
        "link": f"#t={to_base64url(officer.out().read_bytes())}",
    }


def test_every_signature_has_its_own_nonce_and_file(officer: Officer) -> None:
    file = officer.subject()
    for _ in range(2):  # in the directory it is called from
        assert officer.program("sign", file, answers=b"APPROVE\n").returncode == 0
    files = sorted(officer.path.glob("approval-*.json"))
    approvals = [Approval.read(canonical.decode(path.read_bytes())) for path in files]
    assert len({approval.statement.nonce for approval in approvals}) == 2
    assert [path.name for path in files] == sorted(
        f"approval-{approval.statement.hash[:8]}.json" for approval in approvals
    )
    assert {stat.S_IMODE(path.stat().st_mode) for path in files} == {0o600}


def test_the_statement_ends_with_its_subject(officer: Officer) -> None:
    ends = in_hours(5)
    officer.sign(officer.subject(replace(INTENT, expires_at=ends)))
    assert made(officer).statement.expires_at == ends


def test_the_statement_ends_after_72_hours_at_the_latest(officer: Officer) -> None:
    before = in_hours(72)
    officer.sign(officer.subject(replace(INTENT, expires_at=in_hours(500))))
    assert before <= made(officer).statement.expires_at <= in_hours(72)


def test_the_statement_may_end_earlier(officer: Officer) -> None:
    ends = in_hours(2)
    officer.sign(officer.subject(), "APPROVE", "--expires-at", clock.write_time(ends))
    assert made(officer).statement.expires_at == ends


@pytest.mark.parametrize("name", ["policy", "release", "critical", "decision", "trust-kill"])
def test_every_kind_of_subject_can_be_signed(officer: Officer, name: str) -> None:
    data = json.loads(golden.subject(name))
    if "expires_at" in data:
        data["expires_at"] = clock.write_time(in_hours(3))
    assert officer.sign(officer.write("s.json", canonical.encode(data))).returncode == 0
    assert made(officer).statement.subject.format == data["format"]


def test_says_that_the_makers_own_word_does_not_count_for_the_quorum(officer: Officer) -> None:
    own = officer.subject(maker=officer.config["person"])
    assert "You made this document yourself" in officer.sign(own).stdout.decode()
    other = officer.sign(officer.subject(), "APPROVE", "--expires-at", "x").stdout.decode()
    assert "You made this document yourself" not in other


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("trust-kill", "a single signature of somebody with the role is enough, also yours"),
        ("trust-lease", "a single signature of somebody with the role is enough, also yours"),
        ("trust-deny-add", "a single signature of somebody with the role is enough, also yours"),
        ("trust-restart", "counts only where the document allows nothing that is not allowed already"),
        ("trust-key-state", "counts only where the document allows nothing that is not allowed already"),
    ],
)
def test_says_what_the_word_of_a_maker_is_worth(officer: Officer, name: str, said: str) -> None:
    data = json.loads(golden.subject(name)) | {"maker": officer.config["person"]}
    data["expires_at"] = clock.write_time(in_hours(3))
    shown = officer.sign(officer.write("s.json", canonical.encode(data))).stdout.decode()
    assert said in shown
    assert "does not count for the quorum" not in shown


def test_the_long_answer_is_printed_where_it_was_asked_for(officer: Officer) -> None:
    assert b"#t=" not in officer.sign(officer.subject()).stdout
    officer.out().unlink()
    assert b"#t=" in officer.sign(officer.subject(), "APPROVE", "--link").stdout


def test_takes_a_link_of_the_pages(officer: Officer) -> None:
    subject = officer.subject().read_bytes()
    fragment = f"#s={to_base64url(subject)}&p={officer.config['person']}"
    done = officer.sign(f"http://approve.localhost:8001/{fragment}")
    assert done.returncode == 0
    assert made(officer).statement.subject.hash == show(subject, language="en").document.hash


def test_a_link_brings_names(officer: Officer) -> None:
    names = canonical.encode([attest("PERSON", OFFICERS[0].to_json()).to_json()])
    subject = officer.subject(maker=SECOND_OFFICER).read_bytes()
    link = f"#s={to_base64url(subject)}&a={to_base64url(names)}"
    expected = f'Made by: {SECOND_OFFICER} ("Officer two", attested 2026-11-21)\n'
    assert expected in officer.sign(link).stdout.decode()


def test_a_file_of_attestations_brings_names_too(officer: Officer) -> None:
    names = officer.write("names.json", canonical.encode([attest("PERSON", OFFICERS[0].to_json()).to_json()]))
    decision = officer.subject(DECISION, mediator=SECOND_OFFICER, expires_at=in_hours(1))
    done = officer.sign(decision, "REJECT", "--attestations", names)
    assert f'Mediator: {SECOND_OFFICER} ("Officer two", attested 2026-11-21)' in done.stdout.decode()


def test_shows_the_answer_as_qr_code(officer: Officer) -> None:
    plain = officer.sign(officer.subject())
    officer.out().unlink()
    with_code = officer.sign(officer.subject(), "APPROVE", "--qr")
    assert "█" in with_code.stdout.decode()
    assert "█" not in plain.stdout.decode()


def test_asks_for_verdict_and_passphrase_at_the_terminal(officer: Officer) -> None:
    words = ("sign", officer.subject(), "--out", officer.out())
    code, shown = officer.at_terminal(*words, typed=["APPROVE\n", f"{PASSPHRASE}\n"], passphrase=False)
    assert code == 0, shown
    assert PASSPHRASE not in shown
    assert made(officer).statement.verdict == "APPROVE"


def test_show_signs_nothing_and_needs_no_directory(newcomer: Officer) -> None:
    file = newcomer.subject()
    done = newcomer.program("show", file)
    shown = show(file.read_bytes(), language="en")
    assert done.stdout.decode() == f"{shown.text}\nhash of the document: {shown.document.hash}\n"
    assert (done.returncode, done.stderr) == (0, b"")
    assert {path.name for path in newcomer.path.iterdir()} == {"passphrase", "subject.json"}


def test_show_reads_standard_input(newcomer: Officer) -> None:
    data = golden.subject("trust-person-credential")
    done = newcomer.program("show", "-", answers=data, language="de")
    expected = golden.text_file("trust-person-credential", "de").read_text(encoding="utf-8")
    assert done.stdout.decode().startswith(expected)


def test_a_changed_byte_is_shown_and_has_another_hash(officer: Officer) -> None:
    good = officer.subject()
    amount = f'"amount":"{INTENT.payees[0].amount}"'.encode()
    forged = officer.write("forged.json", good.read_bytes().replace(amount, b'"amount":"990001"'))
    officer.sign(good)
    first = made(officer).statement.subject.hash
    officer.out().unlink()
    done = officer.sign(forged)
    assert "Amount: 0.00990001 Test-BTC (990001 base units)" in done.stdout.decode()
    assert made(officer).statement.subject.hash != first


def test_the_statement_names_exactly_the_document_it_is_about(officer: Officer) -> None:
    document = TrustDocument.from_bytes(golden.subject("trust-hold"))
    officer.sign(officer.subject(document, expires_at=in_hours(1)))
    statement = made(officer).statement
    assert statement.subject.format == "custody/trust/v1"
    assert statement.subject.hash == replace(document, expires_at=statement.expires_at).hash
