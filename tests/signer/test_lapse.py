"""Promises that are never kept any more: they end on record, and what they took is free again."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.db import DatabaseError, connections

from custody.common import clock
from custody.hsm.signer.preview import preview
from custody.hsm.signer.signer import Step
from custody.hsm.signer.store import journal, models, selectors
from custody.hsm.signer.store.errors import StoreStoppedError
from custody.hsm.signer.store.journal import Draft
from custody.hsm.signer.store.router import ALIAS
from custody.hsm.signer.store.store import Store
from custody.hsm.token.errors import TokenUnavailableError
from custody.statements.intent import Intent, Payee
from custody.statements.request import Request
from custody.statements.result import Head, Result
from custody.statements.trust.holds import Kill
from tests.chains.evm.examples import CHAIN, SAFE
from tests.harness.bitcoin import BUYER_ADDRESS
from tests.signer.accounts import Accounts
from tests.signer.bench import Bench, deposit, payout
from tests.signer.genesis import APPROVER, FIRST, OTHER_APPROVER, SECOND, TREASURER
from tests.signer.house import House, wallet_id
from tests.signer.test_nonces import bring, resync
from tests.signer.test_safe import second_owner, shared

LIFE = timedelta(hours=1)
OVER = ("REFUSED", "intent_expired", "/intent/expires_at")
SIGNED = ("SIGNED", None, None)
AWAY = ("FAILED", "token_unavailable", None)


@pytest.fixture
def house(bench: Bench) -> House:
    return House(bench)


def said(result: Result) -> tuple[str, str | None, str | None]:
    return result.outcome, result.rule, result.culprit


def kinds_of(request: Request) -> list[str]:
    return [entry.kind for entry in journal.of_request(request.hash)]


@contextmanager
def token_away(bench: Bench) -> Iterator[None]:
    def gone(*_: object) -> bytes:
        raise TokenUnavailableError("gone")

    with pytest.MonkeyPatch.context() as away:
        away.setattr(bench.token, "make_all", gone)
        yield


def promised(bench: Bench, *requests: Request) -> None:
    """Granted one after the other while the token is away."""
    with token_away(bench):
        for request in requests:
            assert said(bench.handle(request)) == AWAY


def intent(house: House, **changes: Any) -> Intent:
    return house.intent(**{"expires_at": house.bench.hands.now + LIFE} | changes)


def rival(house: House) -> Request:
    """Another payment, with the same coin."""
    return house.transfer(house.intent(payees=(Payee(to=BUYER_ADDRESS, amount=990_000),)))


def lapsed(house: House) -> Request:
    """A transfer whose promise has ended."""
    request = house.transfer(intent(house))
    promised(house.bench, request)
    house.bench.hands.pass_by(hours=1)
    assert said(house.bench.handle(request)) == OVER
    return request


# --- when -----------------------------------------------------------------------------------------


def test_past_its_intents_end_it_is_refused_for_good_and_the_coin_is_free(house: House) -> None:
    request = house.transfer(intent(house))
    promised(house.bench, request)
    house.bench.hands.pass_by(minutes=59, seconds=59)
    assert said(house.bench.handle(rival(house)))[1] == "slot_already_signed"
    house.bench.hands.pass_by(seconds=1)
    with token_away(house.bench):
        first = house.bench.handle(request)
    assert said(first) == OVER
    assert kinds_of(request) == ["SEEN", "SIGN", "REFUSED"]
    assert first.entries[-1].body == {
        "request_hash": request.hash,
        "rule": "intent_expired",
        "culprit": "/intent/expires_at",
    }
    assert house.bench.handle(request) == replace(first, head=first.head)
    assert said(house.bench.handle(rival(house))) == SIGNED
    assert said(house.bench.handle(request)) == OVER
    assert kinds_of(request) == ["SEEN", "SIGN", "REFUSED"]


def test_it_is_said_before_it_is_asked_for(house: House) -> None:
    request = house.transfer(intent(house))
    promised(house.bench, request)

    def decision() -> tuple[str | None, ...]:
        shown = preview(request.to_bytes(), at=house.bench.hands.now)
        return tuple(shown.get(name) for name in ("outcome", "decision", "rule", "culprit"))

    assert decision() == ("ALREADY_DECIDED", "SIGNATURE_DUE", None, None)
    house.bench.hands.pass_by(hours=1)
    assert decision() == ("ALREADY_DECIDED", "LAPSED", "intent_expired", "/intent/expires_at")
    assert said(house.bench.handle(request)) == OVER
    assert decision() == ("ALREADY_DECIDED", "REFUSED", "intent_expired", "/intent/expires_at")


def test_what_is_decided_behind_it_in_one_wake_has_the_coin(house: House) -> None:
    request = house.transfer(intent(house))
    promised(house.bench, request)
    house.bench.hands.pass_by(hours=1)
    asked = [(item.id, item.to_bytes()) for item in (request, rival(house))]
    answers = [said(Result.from_bytes(data)) for data in house.bench.signer.handle_all(asked)]
    assert answers == [OVER, SIGNED]


def test_before_its_end_it_waits_and_is_kept(house: House) -> None:
    request = house.transfer(intent(house))
    promised(house.bench, request)
    house.bench.hands.pass_by(minutes=59, seconds=59)
    assert said(house.bench.handle(request)) == SIGNED
    house.bench.hands.pass_by(hours=1)
    assert said(house.bench.handle(request)) == SIGNED


def test_a_decision_just_made_is_carried_out_over_the_end(house: House) -> None:
    end = house.bench.hands.now + timedelta(seconds=30)
    short, people = intent(house, expires_at=end), (TREASURER, APPROVER, OTHER_APPROVER)
    said_by = tuple(house.officers.approval(short, who, expires_at=end) for who in people)
    request = house.transfer(short, approvals=said_by)
    promised(house.bench, request)
    house.bench.hands.pass_by(seconds=60)
    assert said(house.bench.handle(request)) == SIGNED


def test_a_killed_one_waits_for_the_restart_until_its_end(house: House) -> None:
    request = house.transfer(intent(house))
    promised(house.bench, request)
    house.bench.orders.give(kind="KILL", body=Kill(), reason="drill")
    for _ in range(2):
        assert said(house.bench.handle(request)) == ("FAILED", "killed", None)
    assert kinds_of(request) == ["SEEN", "SIGN"]
    house.bench.hands.pass_by(hours=1)
    assert said(house.bench.handle(request)) == OVER


def test_its_end_comes_while_its_wake_waits_for_the_token(house: House) -> None:
    """Not signed any more, and not refused yet; the next wake says so."""
    request = house.transfer(intent(house))
    promised(house.bench, request)
    house.bench.reached = lambda step: (
        house.bench.hands.pass_by(hours=1) if step == Step.HEAD_ADVANCED else None
    )
    assert said(house.bench.handle(request)) == ("FAILED", "intent_expired", None)
    house.bench.reached = lambda step: None
    assert said(house.bench.handle(request)) == OVER


def test_no_untrusted_clock_ends_it(house: House) -> None:
    request = house.transfer(intent(house))
    promised(house.bench, request)
    house.bench.hands.now += timedelta(hours=2)
    assert said(house.bench.handle(request)) == ("FAILED", "clock_not_trusted", None)
    assert kinds_of(request) == ["SEEN", "SIGN"]
    house.bench.hands.now -= timedelta(hours=2)
    house.bench.clock.confirm()
    assert said(house.bench.handle(request)) == SIGNED


def test_what_is_no_payment_waits_for_ever(bench: Bench) -> None:
    request = bench.checkpoint(["11" * 32])
    promised(bench, request)
    bench.hands.pass_by(days=400)
    assert said(bench.handle(request)) == SIGNED


def test_its_answer_travels_once_with_all_of_its_entries(house: House) -> None:
    request = lapsed(house)
    result = house.bench.handle(request)
    own = journal.of_request(request.hash)
    assert list(result.entries[-3:]) == own
    assert [entry.kind for entry in own] == ["SEEN", "SIGN", "REFUSED"]


# --- what is free again ---------------------------------------------------------------------------


def test_it_counts_no_more_among_what_the_wallet_spent(house: House) -> None:
    request = house.transfer(intent(house))
    promised(house.bench, request)
    since = house.bench.hands.now - timedelta(days=1)
    assert [spend.amount for spend in selectors.spends_of(wallet_id(1), since=since)] == [990_000]
    house.bench.hands.pass_by(hours=1)
    assert said(house.bench.handle(request)) == OVER
    assert selectors.spends_of(wallet_id(1), since=since) == ()


def escrow(bench: Bench) -> tuple[Callable[[int], Request], Request]:
    """Payouts of one deal, each with a deposit of its own; the first one lapses."""
    terms = bench.register()

    def pay(amount: int) -> Request:
        wanted = bench.intent(terms, expires_at=bench.hands.now + LIFE)
        psbt = payout(terms, wanted.payees, deposits=((deposit(terms, amount), 0),))
        return bench.spend(terms, psbt=psbt, intent=wanted)

    first = pay(1_000_000)
    promised(bench, first)
    bench.hands.pass_by(hours=1)
    return pay, first


def test_the_anchor_of_its_terms_is_free(bench: Bench) -> None:
    pay, first = escrow(bench)
    assert said(bench.handle(pay(999_000)))[1] == "anchor_not_spent"
    assert said(bench.handle(first)) == OVER
    assert models.TermsAnchor.objects.count() == 0
    assert said(bench.handle(pay(998_000))) == SIGNED
    assert said(bench.handle(pay(997_000)))[1] == "anchor_not_spent"


def test_an_anchor_on_which_another_promise_stands_is_not(bench: Bench) -> None:
    _, first = escrow(bench)
    sign = journal.of_request(first.hash)[1]
    (slot,) = sign.body["slots"]
    models.Slot.objects.create(
        entry_id=sign.seq - 1, key_id=bench.key("seal").id, slot=slot["slot"], digest="11" * 32
    )
    assert said(bench.handle(first)) == OVER
    assert models.TermsAnchor.objects.count() == models.IntentAnchor.objects.count() == 1
    assert selectors.digests_in(slot["slot"]) == {"11" * 32}


def test_a_nonce_is_used_again_before_those_promised_behind_it(accounts: Accounts) -> None:
    bench, wanted = accounts.bench, accounts.wanted(expires_at=accounts.bench.hands.now + LIFE)
    first, second = accounts.pay(wanted, nonce=7), accounts.pay(nonce=8)
    promised(bench, first, second)
    bench.hands.pass_by(hours=1)
    assert said(bench.handle(first)) == OVER
    assert said(bench.handle(second)) == SIGNED
    for nonce in (8, 9):
        assert said(bench.handle(accounts.pay(nonce=nonce)))[0] == "REFUSED"
    assert said(bench.handle(accounts.pay(nonce=7))) == SIGNED
    assert said(bench.handle(accounts.pay(nonce=7)))[1] == "slot_already_signed"
    assert said(bench.handle(accounts.pay(nonce=9))) == SIGNED


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 1, 0), (1, 2, 0)])
def test_several_nonces_are_used_again_from_the_lowest_on(accounts: Accounts, order: tuple[int, ...]) -> None:
    bench = accounts.bench
    end = bench.hands.now + LIFE
    requests = [accounts.pay(accounts.wanted(expires_at=end), nonce=nonce) for nonce in (7, 8, 9)]
    promised(bench, *requests)
    bench.hands.pass_by(hours=1)
    for place in order:
        assert said(bench.handle(requests[place])) == OVER
    for nonce in (7, 8, 9, 10):
        for other in {7, 8, 9, 10, 11} - {nonce}:
            assert said(bench.handle(accounts.pay(nonce=other)))[0] == "REFUSED"
        assert said(bench.handle(accounts.pay(nonce=nonce))) == SIGNED


def test_officers_lead_past_a_nonce_that_is_free_again(accounts: Accounts) -> None:
    bench, wanted = accounts.bench, accounts.wanted(expires_at=accounts.bench.hands.now + LIFE)
    first, second = accounts.pay(wanted, nonce=7), accounts.pay(nonce=8)
    promised(bench, first, second)
    bench.hands.pass_by(hours=1)
    assert said(bench.handle(first)) == OVER
    assert bring(accounts, resync(accounts, FIRST, SECOND, nonce=8)) == "nonce_not_ahead"
    assert bring(accounts, resync(accounts, FIRST, SECOND, nonce=9)) is None
    assert said(bench.handle(accounts.pay(nonce=7)))[1] == "nonce_not_next"
    assert said(bench.handle(accounts.pay(nonce=9))) == SIGNED


def test_the_nonce_of_a_safe_is_free(accounts: Accounts) -> None:
    wanted = accounts.wanted(12, kind="SAFE", expires_at=accounts.bench.hands.now + LIFE)
    request = accounts.out_of_safe(wanted)
    promised(accounts.bench, request)
    accounts.bench.hands.pass_by(hours=1)
    assert said(accounts.bench.handle(request)) == OVER
    other = accounts.wanted(12, kind="SAFE", payees=(Payee(to="0x" + "22" * 20, amount=1),))
    assert said(accounts.bench.handle(accounts.out_of_safe(other, to="0x" + "22" * 20, value=1))) == SIGNED


@pytest.mark.parametrize("kept", [True, False])
def test_of_two_owners_of_a_safe_the_last_one_frees_it(accounts: Accounts, kept: bool) -> None:
    """The first one has bound intent and nonce; the other's signature on the same transaction may be out."""
    bench, key = accounts.bench, second_owner(accounts)
    wanted = accounts.wanted(12, kind="SAFE", expires_at=bench.hands.now + LIFE)
    first, second = accounts.out_of_safe(wanted), shared(accounts, key, wanted)
    promised(bench, first)
    if kept:
        assert said(bench.handle(second)) == SIGNED
    else:
        promised(bench, second)
    bench.hands.pass_by(hours=1)
    assert said(bench.handle(first)) == OVER
    assert selectors.is_nonce_used(CHAIN, SAFE, 3)
    assert selectors.intent_anchor(wanted.hash) is not None
    assert said(bench.handle(second)) == (SIGNED if kept else OVER)
    assert selectors.is_nonce_used(CHAIN, SAFE, 3) is kept
    assert (selectors.intent_anchor(wanted.hash) is not None) is kept


# --- what the store itself lets go ----------------------------------------------------------------


def execute(statement: str) -> None:
    with connections[ALIAS].cursor() as cursor:
        cursor.execute(statement)


@pytest.mark.parametrize("table", ["slot", "intentanchor", "signednonce"])
def test_no_row_of_another_promise_can_be_deleted(accounts: Accounts, table: str) -> None:
    waits = accounts.pay(nonce=7)
    promised(accounts.bench, waits)
    with pytest.raises(DatabaseError, match="append-only"):
        execute(f"DELETE FROM signer_store_{table}")


def test_no_anchor_can_be_deleted_while_a_promise_stands_on_it(bench: Bench) -> None:
    _, first = escrow(bench)
    sign = journal.of_request(first.hash)[1]
    refusal = journal.append(
        Draft("HEAD", {}), after=journal.last(), at=bench.hands.now, request_hash=first.hash
    )
    execute("DROP TRIGGER signer_store_lapse_of_a_kept_promise")
    models.Lapse.objects.create(promise_id=sign.seq, entry_id=refusal.seq)
    for table in ("intentanchor", "termsanchor"):
        with pytest.raises(DatabaseError, match="append-only"):
            execute(f"DELETE FROM signer_store_{table}")
    execute("DELETE FROM signer_store_slot")
    for table in ("intentanchor", "termsanchor"):
        execute(f"DELETE FROM signer_store_{table}")


def test_a_promise_that_was_kept_does_not_lapse(house: House) -> None:
    request = house.transfer()
    assert said(house.bench.handle(request)) == SIGNED
    with pytest.raises(DatabaseError, match="only a promise that was not kept lapses"):
        refuse(house.bench, request)
    assert models.Slot.objects.count() == 1


def test_only_a_refusal_behind_it_ends_a_promise(house: House) -> None:
    """Not the promise itself, no other entry of its request, and no refusal of another one."""
    request, other = house.transfer(), rival(house)
    promised(house.bench, request)
    assert said(house.bench.handle(other))[1] == "slot_already_signed"
    at, sign = house.bench.hands.now, journal.of_request(request.hash)[1]
    (own,) = house.bench.store.commit(Draft("HEAD", {}), at=at, request_hash=request.hash)
    for entry in (sign, own, journal.of_request(other.hash)[-1]):
        with pytest.raises(DatabaseError, match="only a promise that was not kept lapses"):
            models.Lapse.objects.create(promise_id=sign.seq, entry_id=entry.seq)


def test_only_a_payment_lapses(bench: Bench) -> None:
    request = bench.checkpoint(["11" * 32])
    promised(bench, request)
    with pytest.raises(DatabaseError, match="only the promise of a payment"):
        refuse(bench, request)


def test_nothing_is_signed_behind_a_lapse(house: House) -> None:
    request = lapsed(house)
    draft = Draft("SIGNED", {"request_hash": request.hash, "signatures": []})
    before = models.Entry.objects.count()
    with pytest.raises(StoreStoppedError):
        house.bench.store.commit(draft, at=house.bench.hands.now, request_hash=request.hash)
    assert models.Entry.objects.count() == before


def refuse(bench: Bench, request: Request) -> None:
    body = {"request_hash": request.hash, "rule": "intent_expired", "culprit": ""}
    bench.store.commit(Draft("REFUSED", body), at=bench.hands.now, request_hash=request.hash)


# --- opening --------------------------------------------------------------------------------------


def reopen(bench: Bench) -> None:
    bench.close()
    store = Store(bench.directory)
    store.open()
    store.close()


def test_a_store_with_a_lapse_opens(house: House) -> None:
    lapsed(house)
    assert said(house.bench.handle(rival(house))) == SIGNED
    reopen(house.bench)


@pytest.mark.parametrize("table", ["slot", "lapse"])
def test_a_store_that_lost_a_promise_stays_shut(house: House, table: str) -> None:
    lapsed(house)
    assert said(house.bench.handle(rival(house))) == SIGNED
    execute(f"DROP TRIGGER signer_store_{table}_no_delete")
    execute(f"DELETE FROM signer_store_{table}")
    with pytest.raises(StoreStoppedError) as stopped:
        reopen(house.bench)
    assert stopped.value.code == "promise_lost"


def test_a_store_with_a_lapse_that_no_refusal_names_stays_shut(house: House) -> None:
    request = house.transfer()
    promised(house.bench, request)
    sign = journal.of_request(request.hash)[1]
    execute("DROP TRIGGER signer_store_lapse_of_a_kept_promise")
    models.Lapse.objects.create(promise_id=sign.seq, entry_id=sign.seq)
    with pytest.raises(StoreStoppedError) as stopped:
        reopen(house.bench)
    assert stopped.value.code == "promise_lost"


def test_the_head_is_durable_before_the_signature_of_a_promise_that_waited_leaves(house: House) -> None:
    """Restored to before it, the store would let the promise lapse although its signature is out."""
    request = house.transfer(intent(house))
    promised(house.bench, request)
    house.bench.hands.pass_by(seconds=61)
    heads: list[Head | None] = []
    house.bench.reached = lambda step: (
        heads.append(house.bench.store.head_file.read()) if step == Step.SIGNED_COMMITTED else None
    )
    assert said(house.bench.handle(request)) == SIGNED
    signed = journal.of_request(request.hash)[-1]
    assert heads == [Head(seq=signed.seq, hash=signed.hash)]


def test_the_moment_of_its_end_stands_in_the_chain(house: House) -> None:
    entry = journal.of_request(lapsed(house).hash)[-1]
    assert clock.write_time(entry.at) == clock.write_time(house.bench.hands.now)
