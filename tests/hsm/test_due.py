"""What the home page offers to whom: exactly where the deed behind the row would let that person on."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import translation

from custody.accounts.models import User
from custody.accounts.services import link_person
from custody.hsm import due, held
from custody.hsm.models import SigningKey, SigningRequest
from custody.hsm.validity import Code, Finding, Findings, Step
from custody.web.worklist import Row
from tests.cast import logged_in
from tests.hsm.office import Office
from tests.hsm.test_hsm_register import VALUES
from tests.signer.genesis import FIRST

REGISTER = "/admin/hsm/hsmmodule/"
CONSOLE = "This is done at the signer's console, by key custodians."
ROLES = "Your roles do not allow this."
NOBODY = "Your account belongs to no person of the trust store; who drafts is the maker and has to sign."


@pytest.fixture
def found(office: Office, monkeypatch: pytest.MonkeyPatch) -> dict[Code, str]:
    """One finding of each kind that is to do, with its subject."""
    key = SigningKey.objects.get(purpose="seal").pk
    subjects = {code: key if code in {Code.CRYPTOPERIOD, Code.CERTIFICATE} else "pkcs11" for code in Code}
    every = tuple(Finding(code, subject, Step.DAYS_7) for code, subject in subjects.items())
    monkeypatch.setattr(due, "findings", lambda at: Findings(every))
    return subjects


def rows_for(user: User, office: Office) -> dict[str, Row]:
    with translation.override("en"):
        return {row.what.removeprefix("Validity: "): row for row in due.validity(user, office.now)}


def blocked(user: User, office: Office) -> dict[str, str]:
    return {what: row.blocked for what, row in rows_for(user, office).items()}


def test_a_compliance_officer_ends_what_the_register_ends(
    office: Office, found: dict[Code, str], officer: User
) -> None:
    shown = blocked(officer, office)
    assert shown["module is not in the HSM register"] == ""
    assert shown["device says something else than the register"] == ""
    assert shown["module has not passed the probe as it is now"] == CONSOLE
    assert shown["key of tier COLD on a token that is always open"] == CONSOLE
    assert shown["cryptoperiod ends"] == NOBODY
    assert logged_in(officer).get(f"{REGISTER}add/?backend=pkcs11").status_code == 200


def test_an_activation_is_drafted_by_who_is_a_person_of_the_trust_store(
    office: Office, found: dict[Code, str], officer: User
) -> None:
    link_person(actor="system:test", user=officer, person=FIRST, at=office.now)
    officer.refresh_from_db()
    assert blocked(officer, office)["cryptoperiod ends"] == ""


def test_a_custodian_has_the_console(office: Office, found: dict[Code, str], custodian: User) -> None:
    shown = blocked(custodian, office)
    assert {shown[what] for what in shown if what != "cryptoperiod ends"} == {""}
    (row,) = [row for what, row in rows_for(custodian, office).items() if "probe" in what]
    assert row.who == "Key custodian: the signer's console"


def test_who_may_only_look_ends_nothing(office: Office, found: dict[Code, str], auditor: User) -> None:
    assert set(blocked(auditor, office).values()) == {ROLES, CONSOLE}
    assert logged_in(auditor).get(f"{REGISTER}add/").status_code == 403


def test_going_on_duty_and_a_veto_need_a_person(office: Office, custodian: User) -> None:
    office.enact("POLICY", policy='{"format":"custody/policy/v1","rules":[{"kind":"escrow_terms"}]}')
    with translation.override("en"):
        (row,) = due.documents(custodian, office.now)
        (own,) = due.documents(office.user, office.now)
    assert (row.blocked, own.blocked) == (NOBODY, "")


def test_requests_without_an_answer_are_listed_at_one_price(office: Office) -> None:
    def asked() -> int:
        office.http.get("/admin/")
        with CaptureQueriesContext(connection) as caught:
            office.http.get("/admin/")
        return len(caught)

    def wait(first: int, count: int) -> None:
        for number in range(first, first + count):
            SigningRequest.objects.create(
                id=f"req_01KAJ8W{number:019d}", kind="CHECKPOINT", subject="x", body=b"{}",
                created_at=office.now,
            )  # fmt: skip
        office.bench.hands.pass_by(seconds=61)

    wait(0, 1)
    few = asked()
    wait(1, 20)
    assert asked() == few


def test_keys_that_are_gone_are_looked_at_no_more(office: Office) -> None:
    """One-time keys by the thousand; the back-end of a destroyed key is looked at still."""
    before = held.findings(at=office.now).all
    SigningKey.objects.bulk_create(
        SigningKey(
            id=f"key_01KAJ8V{number:019d}", purpose="spend", curve="secp256k1",
            public_key=f"02{number:064x}", state="DESTROYED", certificate=b"\x30", backend="lost",
        )
        for number in range(100, 400)
    )  # fmt: skip
    after = held.findings(at=office.now).all
    assert {item.subject for item in after} - {item.subject for item in before} == {"lost"}


def test_a_module_that_is_not_registered_stands_since_the_signer_told_of_it(
    office: Office, custodian: User
) -> None:
    (row,) = [row for what, row in rows_for(custodian, office).items() if "not in the HSM register" in what]
    told = held.devices()["pkcs11"].seen_at
    office.bench.hands.pass_by(hours=5)
    (later,) = [row for what, row in rows_for(custodian, office).items() if "not in the HSM register" in what]
    assert (row.since, later.since) == (told, told)
    assert told < office.now


def test_an_entry_that_waits_stands_for_the_finding_it_ends(
    office: Office, custodian: User, officer: User
) -> None:
    link_person(actor="system:test", user=officer, person=FIRST, at=office.now)
    office.http = logged_in(officer)
    assert office.post(f"{REGISTER}add/", VALUES).status_code == 302
    assert not [what for what in rows_for(custodian, office) if "not in the HSM register" in what]
    with translation.override("en"):
        assert [row.what for row in due.register(custodian, office.now)] == [
            "Confirm an entry of the HSM register"
        ]
    assert [item.code for item in held.findings(at=office.now).all if item.subject == "pkcs11"].count(
        Code.NOT_REGISTERED
    ) == 1
