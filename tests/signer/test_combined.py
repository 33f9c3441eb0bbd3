"""What no rule alone decides: parts of the signer that meet in one wake, one store, one moment."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from custody.hsm.signer import pass_one
from custody.hsm.signer.signer import Signer
from custody.hsm.signer.store import models, selectors
from custody.hsm.signer.store.errors import StoreStoppedError, StoreUnavailableError
from custody.statements.request import Request
from custody.statements.result import Result
from custody.statements.trust.assets import AssetEntry
from custody.statements.trust.holds import Kill
from custody.statements.trust.keys import KeyStateChange
from tests.signer.accounts import Accounts
from tests.signer.bench import Bench
from tests.signer.genesis import APPROVER, FIRST, IMPORTER, MACHINE, MAKER, TREASURER, credential
from tests.signer.house import House
from tests.signer.test_lapse import token_away


@pytest.fixture
def house(bench: Bench) -> House:
    return House(bench)


def said(result: Result) -> tuple[str, str | None, str | None]:
    return result.outcome, result.rule, result.culprit


def together(bench: Bench, *requests: Request) -> list[Result]:
    """One wake."""
    answers = bench.signer.handle_all([(request.id, request.to_bytes()) for request in requests])
    return [Result.from_bytes(answer) for answer in answers]


# --- a store that fails in the middle of a wake -----------------------------------------------------


def test_a_store_that_fails_for_one_request_fails_for_the_wake(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """SQLite throws the whole transaction away when the disk is full; no entry of it may be built on."""
    spends = [house.transfer(psbt=house.psbt(house.intent().payees, coins=_coins(house, n))) for n in (1, 2)]
    before = models.Entry.objects.count()
    decided: list[int] = []

    def failing(self: Signer, work: Any, at: Any) -> Any:
        decided.append(1)
        if len(decided) == 2:
            raise StoreUnavailableError("disk full")
        return original(self, work, at)

    original = Signer._decide
    with monkeypatch.context() as full:
        full.setattr(Signer, "_decide", failing)
        answers = together(house.bench, *spends)
    assert [said(answer)[:2] for answer in answers] == [("FAILED", "store_unavailable")] * 2
    assert models.Entry.objects.count() == before
    assert [said(answer)[0] for answer in together(house.bench, *spends)] == ["SIGNED", "SIGNED"]


def test_the_head_never_names_an_entry_that_is_not_there(house: House) -> None:
    last = house.bench.store._last
    assert last is not None
    house.bench.store._last = replace(last, seq=last.seq + 1, previous=last.hash)
    with pytest.raises(StoreStoppedError, match="the end of the chain is not in the store"):
        house.bench.store.sync_head()
    house.bench.store._last = last


def _coins(house: House, number: int) -> Any:
    return house.coins(1_000_000, salt=number)


def test_two_statements_under_one_nonce_are_refused_by_their_rule(house: House) -> None:
    intent = house.intent()
    maker, *others = house.officers.approvals(intent, (TREASURER, APPROVER))
    again = house.officers.approval(intent, TREASURER, nonce=maker.statement.nonce, expires_at=_sooner(house))
    result = house.bench.handle(house.transfer(intent, approvals=(maker, again, *others)))
    assert result.rule == "nonce_used"


def _sooner(house: House) -> Any:
    return house.bench.hands.now + timedelta(minutes=30)


# --- machines ---------------------------------------------------------------------------------------


def test_taking_the_mark_from_a_machine_is_no_tightening(house: House) -> None:
    document = house.officers.document("PERSON_CREDENTIAL", credential(MACHINE, ("APPROVER",)), maker=FIRST)
    assert house.officers.present(document, FIRST).rule == "approvals_missing"


@pytest.mark.parametrize("alone", [True, False])
def test_machines_count_in_no_quorum_of_documents(house: House, alone: bool) -> None:
    house.officers.enact("PERSON_CREDENTIAL", credential(MACHINE, ("MACHINE", "OFFICER")))
    if alone:
        body: Any = KeyStateChange(key=house.key, state="DEACTIVATED")
        document = house.officers.document("KEY_STATE", body, maker=MACHINE)
        result = house.officers.present(document, MACHINE)
    else:
        body = house.activation(house.make_key(9), wallet=9)
        document = house.officers.document("KEY_ACTIVATE", body, maker=MAKER)
        result = house.officers.present(document, MAKER, FIRST, MACHINE)
    assert result.rule == "approvals_missing"


def test_an_importer_is_nobody_in_the_quorum_of_payments(house: House) -> None:
    house.officers.enact("PERSON_CREDENTIAL", credential(IMPORTER, ("APPROVER", "IMPORTER")))
    result = house.bench.handle(house.transfer(people=(TREASURER, APPROVER, IMPORTER)))
    assert said(result)[:2] == ("REFUSED", "approvals_missing")


def test_a_machine_rejects_nothing(house: House) -> None:
    intent = house.intent()
    no = house.officers.approval(intent, MACHINE, verdict="REJECT")
    result = house.bench.handle(house.transfer(intent, approvals=(no,)))
    assert result.rule == "not_a_person"
    assert house.bench.handle(house.transfer(intent)).outcome == "SIGNED"


# --- promises that waited -----------------------------------------------------------------------------


def waiting(house: House) -> Request:
    """A spend that was granted while the token was away."""
    request = house.transfer()
    with token_away(house.bench):
        assert said(house.bench.handle(request))[0] == "FAILED"
    return request


def test_what_waited_is_signed_when_the_token_is_back(house: House) -> None:
    assert house.bench.handle(waiting(house)).outcome == "SIGNED"


def test_what_waited_is_not_signed_after_a_kill(house: House) -> None:
    request = waiting(house)
    house.bench.orders.give(kind="KILL", body=Kill(), reason="drill")
    assert said(house.bench.handle(request))[:2] == ("FAILED", "killed")


def test_what_waited_is_not_signed_when_its_time_is_over(house: House) -> None:
    request = waiting(house)
    house.bench.hands.pass_by(seconds=25 * 3600)
    assert said(house.bench.handle(request))[:2] == ("REFUSED", "intent_expired")


# --- a document of the same second ----------------------------------------------------------------------


def test_a_document_behind_a_payment_in_one_wake_does_not_undo_it(accounts: Accounts) -> None:
    entry = next(
        item.body for item in selectors.trust().accepted
        if isinstance(item.body, AssetEntry) and item.body.contract is None
    )  # fmt: skip
    gone = accounts.officers.document("ASSET", replace(entry, removed=True), maker=FIRST)
    removal = accounts.officers.request(gone, accounts.officers.approval(gone, FIRST))
    paid, taken = together(accounts.bench, accounts.pay(), removal)
    assert (paid.outcome, taken.outcome) == ("SIGNED", "RECORDED")
    assert accounts.bench.handle(accounts.pay()).rule == "unknown_asset"


# --- bytes nobody expected --------------------------------------------------------------------------------


def test_what_a_rule_stumbles_over_is_refused_and_others_go_on(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    strange, other = house.transfer(), house.bench.checkpoint(["11" * 32])
    original = pass_one._about

    def stumbling(request: Request) -> dict[str, Any]:
        if request.id == strange.id:
            raise AttributeError("no bytes were ever like that")
        return original(request)

    monkeypatch.setattr(pass_one, "_about", stumbling)
    results = together(house.bench, strange, other)
    assert [said(result)[:2] for result in results] == [("REFUSED", "not_understood"), ("SIGNED", None)]


# --- orders of the console ---------------------------------------------------------------------------------


def test_an_order_that_was_carried_out_before_stops_nobody(house: House) -> None:
    """A ceremony that is held twice: the second file is refused on record, those behind it are taken."""
    body = house.ceremony("made once")
    for _ in range(2):
        house.bench.orders.give(kind="MAKE_KEY", body=body, reason="ceremony")
    house.bench.orders.give(kind="KILL", body=Kill(), reason="drill")
    assert house.bench.handle(house.transfer()).rule == "killed"
    assert house.bench.orders.waiting() == []


# --- money that would be lost ----------------------------------------------------------------------


def test_a_fee_that_no_node_relays(house: House) -> None:
    payees = (replace(house.intent().payees[0], amount=999_900),)
    intent = house.intent(payees=payees)
    result = house.bench.handle(house.transfer(intent, psbt=house.psbt(payees)))
    assert said(result) == ("REFUSED", "fee_too_low", "/payload/psbt/outputs")


@pytest.mark.parametrize("why", ["killed", "over"])
def test_no_sweep_into_a_key_that_cannot_spend(house: House, why: str) -> None:
    key, soon = house.make_key(2), house.bench.hands.now + timedelta(days=20)
    house.activate(key, wallet=2, tier="COLD", valid_until=soon)
    house.officers.enact("MANDATE", house.mandate(2))
    assert house.bench.handle(house.sweep(house.address(key), amount=1_000)).outcome == "SIGNED"
    if why == "killed":
        house.officers.accept("KILL", Kill(key=key), FIRST, maker=FIRST)
    else:
        house.bench.hands.pass_by(days=20)
        house.go_on_duty()
    result = house.bench.handle(house.sweep(house.address(key), amount=1_000, salt=0x44))
    assert said(result) == ("REFUSED", "mandate_destination", "/intent/payees/0/to")
