"""Promises on one nonce of an account that replace each other, and lapse: the nonce is free with the last."""

from datetime import timedelta

import pytest

from custody.hsm.signer.store import attempts, selectors
from custody.statements.intent import Fee, Intent
from custody.statements.request import Request
from tests.chains.evm.examples import CHAIN
from tests.signer.accounts import CANCELLING, FEE, PRICE, Accounts
from tests.signer.house import HOUSE_QUORUM
from tests.signer.test_lapse import OVER, SIGNED, promised, reopen, said
from tests.signer.test_replacing import DEARER, cancel

LIFE = timedelta(hours=1)
DEAREST = {name: 2 * value for name, value in DEARER.items()}


@pytest.fixture
def accounts(accounts: Accounts) -> Accounts:
    accounts.enact_policy(HOUSE_QUORUM, CANCELLING)
    return accounts


def wanted(accounts: Accounts) -> Intent:
    return accounts.wanted(fee=Fee(max=8 * FEE), expires_at=accounts.bench.hands.now + LIFE)


def nonce_seven(accounts: Accounts) -> str:
    return f"evm:{CHAIN}:{accounts.evm_address()}:7"


def over(accounts: Accounts, *requests: Request) -> None:
    for request in requests:
        assert said(accounts.bench.handle(request)) == OVER


def test_the_nonce_stays_with_the_replacement_that_was_signed(accounts: Accounts) -> None:
    bench, intent = accounts.bench, wanted(accounts)
    first, second = accounts.pay(intent), accounts.pay(intent, **DEARER)
    promised(bench, first)
    assert said(bench.handle(second)) == SIGNED
    bench.hands.pass_by(hours=1)
    over(accounts, first)
    assert selectors.intent_anchor(intent.hash) == nonce_seven(accounts)
    assert said(bench.handle(accounts.pay(nonce=7, **DEAREST)))[0] == "REFUSED"
    assert said(bench.handle(accounts.pay(nonce=8))) == SIGNED
    reopen(bench)


def test_a_replacement_that_lapses_leaves_the_first_as_it_was(accounts: Accounts) -> None:
    bench, intent = accounts.bench, wanted(accounts)
    assert said(bench.handle(accounts.pay(intent))) == SIGNED
    second = accounts.pay(intent, **DEARER)
    promised(bench, second)
    bench.hands.pass_by(hours=1)
    over(accounts, second)
    last = attempts.last(nonce_seven(accounts))
    assert last is not None
    assert (last.number, last.price) == (1, PRICE)
    assert said(bench.handle(accounts.pay(nonce=7, **DEAREST)))[0] == "REFUSED"
    assert said(bench.handle(accounts.pay(nonce=8))) == SIGNED
    reopen(bench)


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_with_the_last_of_them_the_nonce_is_free(accounts: Accounts, order: tuple[int, int]) -> None:
    bench, intent = accounts.bench, wanted(accounts)
    requests = [accounts.pay(intent), accounts.pay(intent, **DEARER)]
    promised(bench, *requests)
    bench.hands.pass_by(hours=1)
    over(accounts, requests[order[0]])
    assert said(bench.handle(accounts.pay(nonce=7, **DEAREST)))[0] == "REFUSED"
    over(accounts, requests[order[1]])
    assert selectors.intent_anchor(intent.hash) is None
    assert said(bench.handle(accounts.pay(nonce=8)))[1] == "nonce_not_next"
    assert said(bench.handle(accounts.pay(nonce=7))) == SIGNED
    assert said(bench.handle(accounts.pay(nonce=8))) == SIGNED
    reopen(bench)


def test_a_cancellation_that_lapses_may_be_agreed_on_again(accounts: Accounts) -> None:
    bench, intent = accounts.bench, wanted(accounts)
    assert said(bench.handle(accounts.pay(intent))) == SIGNED
    first = accounts.cancelling(intent, expires_at=bench.hands.now + LIFE)
    ended = cancel(accounts, intent, first)
    promised(bench, ended)
    bench.hands.pass_by(hours=1)
    over(accounts, ended)
    assert said(bench.handle(cancel(accounts, intent))) == SIGNED
    reopen(bench)
