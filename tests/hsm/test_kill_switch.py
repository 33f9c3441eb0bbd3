"""The kill switch: thrown by a typed word, seen on every page, lifted by two people or a restart."""

from typing import Any

import pytest

from custody.accounts.models import User
from custody.audit.models import AuditEntry
from custody.common.errors import RefusedError
from custody.hsm import services
from custody.hsm.mirror import mirror_entries
from custody.hsm.models import SigningKey, SigningRequest, SigningStop, TrustDraft
from custody.hsm.standing import standing
from custody.hsm.trust.drafting import document_of
from custody.statements.request import Request
from custody.statements.trust.holds import Kill, Restart
from tests.cast import fresh_code, logged_in
from tests.hsm.office import DRAFTS, Office
from tests.signer.genesis import MAKER

STOPS = "/admin/hsm/signingstop/"
BANNER = "Signing is stopped since"


def throw(office: Office, **fields: Any) -> SigningStop:
    response = office.post(f"{STOPS}add/", {"reason": "key seen elsewhere", "word": "STOPP", **fields})
    assert response.status_code == 302, response.content.decode()
    return SigningStop.objects.get(lifted_at=None)


def lift(user: User, stop: SigningStop, deed: str) -> Any:
    token = fresh_code(user)
    return logged_in(user).post(f"{STOPS}{stop.pk}/do/{deed}/", {f"{deed}-token": token})


def spend(office: Office) -> SigningRequest:
    """The whole signed-for request of an escrow payout, as the wallets hand it over."""
    terms = office.bench.register()
    asked: Request = office.bench.spend(terms)
    return services.submit_request(
        actor="system:test",
        kind="BTC_SPEND",
        key=asked.key,
        subject=asked.intent.id if asked.intent else "",
        intent=asked.intent,
        payload=asked.payload.to_json() if asked.payload else None,
        at=office.now,
    )


@pytest.mark.parametrize("word", ["", "stop", "KILLL", "stopp", "JA"])
def test_another_word_stops_nothing(office: Office, word: str) -> None:
    response = office.post(f"{STOPS}add/", {"reason": "test", "word": word})
    assert response.status_code == 400
    assert not SigningStop.objects.exists()
    assert not TrustDraft.objects.exists()
    assert spend(office).pk


@pytest.mark.parametrize("word", ["STOPP", "KILL"])
def test_the_word_stops_and_drafts_the_kill(office: Office, word: str) -> None:
    stop = throw(office, word=word)
    assert stop.draft is not None
    document = document_of(stop.draft)
    assert (document.type, document.body, document.maker) == ("KILL", Kill(), MAKER)
    assert (document.reason, stop.stopped_by, stop.stopped_at) == (
        "key seen elsewhere",
        office.user,
        office.now,
    )
    entry = AuditEntry.objects.get(verb="hsm.signing.stopped")
    assert (entry.subject, entry.actor) == (stop.pk, office.user)
    with pytest.raises(RefusedError) as refused:
        spend(office)
    assert refused.value.code == "signing_stopped"
    assert not SigningRequest.objects.exists()


def test_what_moves_no_coins_goes_on(office: Office) -> None:
    throw(office)
    key = SigningKey.objects.get(purpose="checkpoint").pk
    payload = {"stream": "main", "from": 1, "to": 1, "entries": ["11" * 32]}
    row = services.submit_request(
        actor="system:test", kind="CHECKPOINT", key=key, subject="main", payload=payload, at=office.now
    )
    assert row.pk
    assert office.enact("HOLD", MAKER, scope="KEY", ref=key).state == "ACCEPTED"


def test_every_page_says_so_in_both_languages(office: Office, auditor: User) -> None:
    pages = ("/admin/", DRAFTS, "/admin/hsm/signingkey/", f"{STOPS}add/")
    for page in pages:
        assert BANNER not in office.page(page)
        assert f'href="{STOPS}add/">Kill switch</a>' in office.page(page)
    stop = throw(office)
    for page in (*pages, f"{STOPS}{stop.pk}/change/"):
        shown = office.page(page)
        assert BANNER in shown
        assert ">Kill switch</a>" not in shown.partition("<main")[0].partition('id="main"')[2]
    office.speak("de")
    assert "keine Zahlung wird dem Signierer übergeben" in office.page("/admin/")
    reader = logged_in(auditor)
    assert "keine Zahlung wird dem Signierer" in reader.get("/admin/").content.decode()


def test_who_may_not_stop_sees_no_switch(office: Office, auditor: User, mediator: User) -> None:
    for user in (auditor, mediator):
        page = logged_in(user).get("/admin/").content.decode()
        assert f"{STOPS}add/" not in page
        assert logged_in(user).post(f"{STOPS}add/", {"reason": "x", "word": "KILL"}).status_code == 403
    assert not SigningStop.objects.exists()


def test_it_is_thrown_once(office: Office) -> None:
    throw(office)
    again = office.post(f"{STOPS}add/", {"reason": "again", "word": "KILL"})
    assert again.status_code == 400
    assert "signing is stopped already" in again.content.decode()
    assert (SigningStop.objects.count(), TrustDraft.objects.count()) == (1, 1)


def test_without_a_person_the_switch_works_and_says_what_is_missing(office: Office, custodian: User) -> None:
    office.http = logged_in(custodian)
    office.speak("en")
    stop = throw(office)
    assert stop.draft is None
    page = office.page(f"{STOPS}{stop.pk}/change/")
    assert "The signer itself goes on until an officer drafts and signs a KILL document." in page
    assert f'href="{DRAFTS}add/?type=KILL">Draft it</a>' in page
    with pytest.raises(RefusedError):
        spend(office)


def test_two_people_lift_it(office: Office, custodian: User, officer: User) -> None:
    stop = throw(office)
    assert lift(custodian, stop, "lift").status_code == 400
    assert lift(custodian, stop, "ask").status_code == 302
    own = lift(custodian, stop, "lift")
    assert own.status_code == 400
    stop.refresh_from_db()
    assert (stop.asked_by, stop.lifted_at) == (custodian, None)
    wrong = logged_in(officer).post(f"{STOPS}{stop.pk}/do/lift/", {"lift-token": "000000"})
    assert wrong.status_code == 400
    assert lift(officer, stop, "lift").status_code == 302
    stop.refresh_from_db()
    assert (stop.lifted_by, stop.lifted_at) == (officer, office.now)
    assert BANNER not in office.page("/admin/")
    assert spend(office).pk


def test_the_signers_kill_is_restarted_first_and_takes_ours_along(
    office: Office, custodian: User, officer: User
) -> None:
    before = spend(office)
    stop = throw(office)
    assert stop.draft is not None
    office.bring(stop.draft, MAKER)
    kill = office.submit(stop.draft)
    assert (kill.state, standing().kills) == ("ACCEPTED", ({"document": kill.hash},))
    # The signer refuses by its own kill what was handed over before.
    before.refresh_from_db()
    page = office.page("/admin/")
    assert (
        "The signer is killed: it signs no payment until a RESTART is signed, by its maker and 2 officers"
        " besides." in page
    )
    assert "Restart needed: the signer is killed (key seen elsewhere)" in page
    assert lift(custodian, stop, "ask").status_code == 400
    restart = office.enact("RESTART", kill=kill.hash)
    assert document_of(restart).body == Restart(kill=kill.hash)
    stop.refresh_from_db()
    assert (restart.state, standing().kills) == ("ACCEPTED", ())
    assert (stop.lifted_at, stop.lifted_by) == (office.now, None)
    assert BANNER not in office.page("/admin/")
    assert AuditEntry.objects.filter(verb="hsm.signing.restarted", subject=stop.pk).count() == 1


def test_a_kill_at_the_console_is_due_and_stands_in_the_list_with_its_reason(office: Office) -> None:
    terms = office.bench.register()
    office.bench.orders.give(kind="KILL", body=Kill(), reason="drill at night")
    answer = office.bench.handle(office.bench.spend(terms))
    services.mirror_signer(at=office.now)
    (kill,) = standing().kills
    home, listed = office.page("/admin/"), office.page(STOPS)
    address = f"{DRAFTS}add/?type=RESTART&kill={kill['document']}"
    assert f'href="{address}">Restart needed: the signer is killed' in home
    assert f'href="{address}">Draft a RESTART' in listed
    # Its reason stands in the journal, which comes with an answer.
    mirror_entries(answer, at=office.now)
    assert "Restart needed: the signer is killed (drill at night)" in office.page("/admin/")
    assert "drill at night" in office.page(STOPS)
    office.enact("RESTART", kill=kill["document"])
    assert "Restart needed" not in office.page("/admin/")
    assert "drill at night" not in office.page(STOPS)


def test_a_killed_signer_refuses_in_words(office: Office) -> None:
    terms = office.bench.register()
    assert office.enact("KILL", MAKER).state == "ACCEPTED"
    result = office.bench.handle(office.bench.spend(terms))
    assert (result.outcome, result.rule, result.culprit) == ("REFUSED", "killed", "/key")


def test_the_worklist_asks_the_second_person(office: Office, custodian: User) -> None:
    stop = throw(office)
    assert "Payments are stopped" in office.page("/admin/")
    lift(custodian, stop, "ask")
    assert "Confirm that payments go on" in office.page("/admin/")
