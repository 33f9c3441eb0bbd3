"""Pages of keys and signing: what was asked and answered, in words; nothing to press."""

from datetime import timedelta
from html import unescape

import pytest

from custody.accounts.models import User
from custody.common import clock
from custody.hsm.services import collect_result
from tests.cast import logged_in
from tests.hsm.desk import AT, CHECKPOINT_KEY, answer, checkpoint_body, journal, request_checkpoint

REQUESTS = "/admin/hsm/signingrequest/"


def text(user: User, path: str) -> str:
    response = logged_in(user).get(path, headers={"accept-language": "en"})
    assert response.status_code == 200
    return response.content.decode()


def test_a_refused_request_names_rule_and_culprit(desk: None, custodian: User) -> None:
    request = request_checkpoint()
    answer(request, "REFUSED", rule="not_the_next_position")
    page = text(custodian, f"{REQUESTS}{request.pk}/change/")
    assert "not_the_next_position" in page
    assert "/payload/from" in page
    assert "not_the_next_position" in text(custodian, REQUESTS)


def test_a_request_shows_what_the_signer_read(desk: None, custodian: User) -> None:
    request = request_checkpoint()
    page = text(custodian, f"{REQUESTS}{request.pk}/change/")
    assert "custody/request/v1" in page
    assert f'href="/admin/hsm/signingkey/{CHECKPOINT_KEY}/change/"' in page


def test_a_failure_before_the_final_answer_does_not_hide_it(desk: None, custodian: User) -> None:
    request = request_checkpoint()
    answer(request, "SIGNED")
    answer(request, "FAILED", rule="token_unavailable")
    page = text(custodian, f"{REQUESTS}{request.pk}/change/")
    assert '<span class="status good">' in page.partition('class="record"')[0]


def test_nothing_on_the_pages_can_be_pressed(desk: None, custodian: User) -> None:
    request = request_checkpoint()
    for path in (f"{REQUESTS}{request.pk}/change/", f"/admin/hsm/signingkey/{CHECKPOINT_KEY}/change/"):
        assert "/do/" not in text(custodian, path)
    assert logged_in(custodian).get(f"{REQUESTS}add/").status_code == 403


def test_a_request_without_an_answer_is_due_after_a_minute(
    desk: None, custodian: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    request = request_checkpoint()
    for seconds, is_due in ((59, False), (61, True)):
        moment = AT + timedelta(seconds=seconds)
        monkeypatch.setattr(clock, "now", lambda moment=moment: moment)
        assert (f"{REQUESTS}{request.pk}/change/" in text(custodian, "/admin/")) is is_due


def test_a_request_for_a_closed_token_names_whom_it_waits_for(
    desk: None, custodian: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = request_checkpoint()
    answer(row, "FAILED", rule="token_closed")
    collect_result(request_id=row.pk, at=AT)
    monkeypatch.setattr(clock, "now", lambda: AT + timedelta(seconds=61))
    page = text(custodian, "/admin/")
    assert "Wartet auf eine Sitzung mit verschlossenem Token: " in page
    assert "Keine Antwort des Signierers" not in page
    answer(row, "FAILED", rule="killed")
    collect_result(request_id=row.pk, at=AT)
    assert "Keine Antwort des Signierers" in text(custodian, "/admin/")


def test_an_answered_request_is_not_due(desk: None, custodian: User) -> None:
    request = request_checkpoint()
    answer(request, "REFUSED", rule="unknown_key")
    assert f"{REQUESTS}{request.pk}/change/" not in text(custodian, "/admin/")


def test_the_journal_shows_its_hashes(desk: None, custodian: User) -> None:
    request = request_checkpoint()
    entries = journal(request, ("REFUSED", {"rule": "unknown_key", "culprit": "/key"}))
    answer(request, "REFUSED", *entries, rule="unknown_key")
    collect_result(request_id=request.pk, at=AT)
    assert entries[0].hash[:8] in text(custodian, "/admin/hsm/journalentry/")
    assert entries[0].hash[-4:] in text(custodian, "/admin/hsm/journalentry/1/change/")


@pytest.mark.parametrize(
    ("language", "alarm"),
    [
        ("en", "The signer's journal has a gap and is not sealed from there on"),
        ("de", "Das Journal des Signierers hat eine Lücke und ist ab dort nicht versiegelt"),
    ],
)
def test_a_gap_in_the_journal_is_an_alarm(
    desk: None, custodian: User, monkeypatch: pytest.MonkeyPatch, language: str, alarm: str
) -> None:
    """Somebody removed results: the journal is no longer sealed from there on."""
    for first in (0, 5):
        request = request_checkpoint()
        entries = journal(request, ("SEEN", {}), ("REFUSED", {}), first=first)
        answer(request, "REFUSED", *entries, rule="unknown_key")
        collect_result(request_id=request.pk, at=AT)
    for seconds, is_due in ((59, False), (61, True)):
        moment = AT + timedelta(seconds=seconds)
        monkeypatch.setattr(clock, "now", lambda moment=moment: moment)
        http = logged_in(custodian)
        http.post("/account/language/", {"language": language, "next": "/admin/"})
        page = http.get("/admin/").content.decode()
        assert (alarm in unescape(page), ">2–4</code>" in page) == (is_due, is_due)


def test_a_journal_without_gap_is_none(desk: None, custodian: User) -> None:
    request = request_checkpoint()
    answer(request, "REFUSED", *journal(request, ("SEEN", {}), first=0), rule="unknown_key")
    collect_result(request_id=request.pk, at=AT)
    assert "hat eine Lücke" not in text(custodian, "/admin/")


def test_mediators_do_not_see_keys(desk: None, mediator: User) -> None:
    for page in ("signingkey", "signingrequest", "journalentry"):
        assert logged_in(mediator).get(f"/admin/hsm/{page}/").status_code == 403


def test_checkpoints_that_went_well_are_left_out_unless_asked_for(desk: None, custodian: User) -> None:
    quiet, refused, open_one = (request_checkpoint() for _ in range(3))
    answer(quiet, "SIGNED")
    answer(refused, "REFUSED", rule="not_the_next_position")
    for request in (quiet, refused):
        collect_result(request_id=request.pk, at=AT)
    shown = text(custodian, REQUESTS)
    assert [row.pk in shown for row in (quiet, refused, open_one)] == [False, True, True]
    for query in ("?checkpoints=all", f"?q={quiet.pk}", "?kind__exact=CHECKPOINT"):
        assert quiet.pk in text(custodian, REQUESTS + query)


def test_the_journal_leaves_out_checkpoints_and_says_kinds_in_words(desk: None, custodian: User) -> None:
    quiet, refused = request_checkpoint(), request_checkpoint()
    answer(quiet, "SIGNED", *journal(quiet, ("SEEN", checkpoint_body())))
    answer(refused, "REFUSED", *journal(refused, ("REFUSED", {}), first=2), rule="not_the_next_position")
    for request in (quiet, refused):
        collect_result(request_id=request.pk, at=AT)
    shown = text(custodian, "/admin/hsm/journalentry/")
    assert "abgelehnt <code>REFUSED</code>" in shown
    assert "Anfrage gesehen <code>SEEN</code>" not in shown
    assert "Anfrage gesehen <code>SEEN</code>" in text(custodian, "/admin/hsm/journalentry/?checkpoints=all")
