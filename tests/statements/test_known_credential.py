"""The published list of credentials: who made a statement, as far as anybody can tell who has it."""

from dataclasses import replace
from datetime import timedelta

import pytest

from custody.statements.approval import Approval
from custody.statements.known_credential import KnownCredential, prove
from tests.statements.examples import APPROVAL, OFFICER, OFFICERS, STATEMENT
from tests.statements.passkeys import Passkey
from tests.statements.refusing import refused

(PINNED,) = OFFICERS
BEFORE = STATEMENT.expires_at - timedelta(seconds=1)
ACTIVE = KnownCredential.of(PINNED, "ACTIVE")
ENDED = KnownCredential.of(PINNED, "ENDED")
PASSKEY = Passkey()
WITH_PASSKEY = KnownCredential.of(replace(PINNED, credential=PASSKEY.credential()), "ACTIVE")


def waiting(seconds: int) -> KnownCredential:
    """Begins to count so long after BEFORE."""
    return KnownCredential.of(PINNED, "WAITING", active_from=BEFORE + timedelta(seconds=seconds))


def test_a_statement_is_proved_by_the_one_credential_it_names() -> None:
    proved = prove(APPROVAL, [WITH_PASSKEY, ACTIVE], at=BEFORE)
    assert proved.credential == replace(PINNED, name=PINNED.person)


def test_a_passkey_is_proved_as_the_signer_proves_it() -> None:
    approval = Approval(statement=STATEMENT, proof=PASSKEY.answer(STATEMENT.hash, counter=41))
    assert prove(approval, [ACTIVE, WITH_PASSKEY], at=BEFORE).counter == 41
    other = Approval(statement=STATEMENT, proof=PASSKEY.answer("00" * 32))
    with refused("/proof/client_data", "bad_proof"):
        prove(other, [WITH_PASSKEY], at=BEFORE)
    unverified = Approval(statement=STATEMENT, proof=PASSKEY.answer(STATEMENT.hash, flags=0x01))
    with refused("/proof/authenticator_data", "bad_proof"):
        prove(unverified, [WITH_PASSKEY], at=BEFORE)


@pytest.mark.parametrize(
    "known",
    [[], [WITH_PASSKEY], [replace(ACTIVE, person=OFFICER)]],
    ids=["nobody", "another credential", "another person's"],
)
def test_what_is_not_published_proves_nothing(known: list[KnownCredential]) -> None:
    with refused("/proof/credential", "not_pinned"):
        prove(APPROVAL, known, at=BEFORE)


@pytest.mark.parametrize("known", [ENDED, waiting(1)], ids=["ended", "waits"])
def test_what_does_not_count_now_proves_nothing(known: KnownCredential) -> None:
    with refused("/proof/credential", "not_active"):
        prove(APPROVAL, [known], at=BEFORE)


def test_a_credential_counts_once_its_delay_is_over() -> None:
    assert prove(APPROVAL, [waiting(0)], at=BEFORE).counter is None


def test_the_last_one_that_took_effect_replaces_the_others() -> None:
    fewer = replace(waiting(0), roles=())
    assert prove(APPROVAL, [fewer, ACTIVE], at=BEFORE).credential.roles == ()
    assert prove(APPROVAL, [replace(fewer, active_from=STATEMENT.expires_at), ACTIVE], at=BEFORE).credential


def test_time_ends_a_credential_and_a_statement() -> None:
    with refused("/proof/credential", "expired"):
        prove(APPROVAL, [replace(ACTIVE, valid_until=BEFORE)], at=BEFORE)
    with refused("/statement/expires_at", "expired"):
        prove(APPROVAL, [ACTIVE], at=STATEMENT.expires_at)


def test_a_signature_of_something_else_proves_nothing() -> None:
    other = replace(STATEMENT, verdict="REJECT")
    with refused("/proof/signature", "bad_proof"):
        prove(replace(APPROVAL, statement=other), [ACTIVE], at=BEFORE)


def test_what_is_published_names_nobody() -> None:
    written = ACTIVE.to_json()
    assert written.keys() == {"person", "roles", "credential", "valid_until", "status"}
    assert KnownCredential.read(written) == ACTIVE
    assert KnownCredential.read(waiting(5).to_json()) == waiting(5)
