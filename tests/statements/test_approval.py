"""Who made a statement: pinned, of that person, not expired."""

from dataclasses import replace
from datetime import timedelta

import pytest

from custody.statements.approval import Approval, Statement
from custody.statements.credential import Ed25519Credential, PersonCredential
from custody.statements.proof import ProofError
from tests.statements.examples import APPROVAL, OFFICER, OFFICERS, STATEMENT
from tests.statements.passkeys import Passkey
from tests.statements.refusing import refused

(PINNED,) = OFFICERS
BEFORE = STATEMENT.expires_at - timedelta(seconds=1)
PASSKEY = Passkey()
WITH_PASSKEY = replace(PINNED, credential=PASSKEY.credential())


def test_accepts_the_published_statement() -> None:
    proved = APPROVAL.verify(OFFICERS, at=BEFORE)
    assert proved.credential == PINNED
    assert proved.counter is None


def test_accepts_a_passkey_and_returns_its_counter() -> None:
    approval = Approval(statement=STATEMENT, proof=PASSKEY.answer(STATEMENT.hash, counter=41))
    proved = approval.verify([PINNED, WITH_PASSKEY], at=BEFORE)
    assert (proved.credential, proved.counter) == (WITH_PASSKEY, 41)


def test_refuses_an_expired_statement() -> None:
    with refused("/statement/expires_at", "expired"):
        APPROVAL.verify(OFFICERS, at=STATEMENT.expires_at)


def test_refuses_an_expired_credential() -> None:
    with refused("/proof/credential", "expired"):
        APPROVAL.verify([replace(PINNED, valid_until=BEFORE)], at=BEFORE)


@pytest.mark.parametrize(
    "pinned",
    [
        [],
        [replace(PINNED, person=OFFICER)],
        [replace(PINNED, credential=Ed25519Credential(public_key="00" * 32))],
        [WITH_PASSKEY],
    ],
    ids=["nobody", "another person's", "another key", "a passkey only"],
)
def test_refuses_a_credential_that_is_not_pinned_for_the_person(pinned: list[PersonCredential]) -> None:
    with refused("/proof/credential", "bad_proof"):
        APPROVAL.verify(pinned, at=BEFORE)


def test_refuses_a_credential_of_another_type_under_the_same_name() -> None:
    name = APPROVAL.proof.credential
    with refused("/proof/type", "bad_proof"):
        APPROVAL.verify([replace(PINNED, credential=replace(PASSKEY.credential(), id=name))], at=BEFORE)


def test_refuses_the_proof_of_another_statement() -> None:
    other = Approval(statement=replace(STATEMENT, verdict="REJECT"), proof=APPROVAL.proof)
    with refused("/proof/signature", "bad_proof"):
        other.verify(OFFICERS, at=BEFORE)


def test_refuses_every_changed_digit_of_the_signature() -> None:
    written = APPROVAL.to_json()
    signature = written["proof"]["signature"]
    for position, digit in enumerate(signature):
        other = f"{int(digit, 16) ^ 1:x}"
        proof = written["proof"] | {"signature": signature[:position] + other + signature[position + 1 :]}
        with pytest.raises(ProofError):
            Approval.read(written | {"proof": proof}).verify(OFFICERS, at=BEFORE)


def test_refuses_a_subject_nobody_approves() -> None:
    subject = {"format": "custody/request/v1", "hash": "00" * 32}
    with refused("/subject/format"):
        Statement.from_json(STATEMENT.to_json() | {"subject": subject})
