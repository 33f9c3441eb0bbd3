"""RESYNC_NONCE: officers say where an account goes on when its journal is behind the chain."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from django.conf import LazySettings
from django.core.management import CommandError, call_command

from custody.common import canonical, clock
from custody.hsm.signer.agreement import planned_action
from custody.hsm.signer.kinds import registry
from custody.hsm.signer.nonces import ACTION, NonceResync, WantedNonce
from custody.hsm.signer.store import journal, selectors
from custody.statements.critical import Critical
from custody.statements.evm import EvmTxPayload
from custody.statements.request import Request
from tests.chains.evm.examples import CHAIN, SAFE
from tests.signer.accounts import Accounts
from tests.signer.genesis import APPROVER, FIRST, SECOND
from tests.signer.test_evm import handled, signed
from tests.signer.test_house import refused


def wanted(accounts: Accounts, **changes: Any) -> WantedNonce:
    values: dict[str, Any] = {"chain": CHAIN, "account": accounts.evm_address(), "nonce": 20}
    return WantedNonce(**values | changes)


def resync(accounts: Accounts, *people: str, **changes: Any) -> NonceResync:
    nonce = wanted(accounts, **changes)
    action = planned_action(ACTION, nonce.parameters, at=accounts.bench.hands.now)
    said = accounts.officers.approvals(action, people or (FIRST, SECOND))
    return NonceResync(action=action, approvals=said, wanted=nonce)


def bring(accounts: Accounts, order: NonceResync) -> str | None:
    """Rule of the refusal, if there was one."""
    accounts.bench.orders.give(kind="RESYNC_NONCE", body=order, reason="behind")
    accounts.bench.signer.handle_all([])
    last = journal.last()
    assert last is not None
    return last.body.get("rule")


def test_the_account_goes_on_where_officers_say(accounts: Accounts) -> None:
    signed(accounts, accounts.pay(nonce=7))
    assert handled(accounts, accounts.pay(nonce=20)) == refused("nonce_not_next", "/payload/nonce")
    assert bring(accounts, resync(accounts)) is None
    for nonce in (8, 19, 21):
        assert handled(accounts, accounts.pay(nonce=nonce)) == refused("nonce_not_next", "/payload/nonce")
    signed(accounts, accounts.pay(nonce=20))
    signed(accounts, accounts.pay(nonce=21))


def test_it_begins_where_officers_say(accounts: Accounts) -> None:
    """The accounts of these tests begin at seven; without such a word the count begins at zero."""
    assert handled(accounts, accounts.pay(nonce=0)) == refused("nonce_not_next", "/payload/nonce")
    signed(accounts, accounts.pay(nonce=7))


@pytest.mark.parametrize("nonce", [1, 10**9])
def test_a_new_account_begins_at_zero(accounts: Accounts, nonce: int) -> None:
    """Whoever chose its first nonce could leave it waiting for transactions that never come."""
    accounts.activate_on(key := accounts.make_key(13), wallet=13)

    def pay(number: int) -> Request:
        payload = EvmTxPayload.of(accounts.transaction(nonce=number))
        return accounts.asked("EVM_TX", payload, accounts.wanted(13), key=key)

    assert handled(accounts, pay(nonce)) == refused("nonce_not_next", "/payload/nonce")
    signed(accounts, pay(0))


def test_the_store_itself_keeps_to_it(accounts: Accounts, monkeypatch: pytest.MonkeyPatch) -> None:
    signed(accounts, accounts.pay(nonce=7))
    bring(accounts, resync(accounts))
    kind = registry.KINDS["EVM_TX"]
    rules = tuple(rule for rule in kind.rules if getattr(rule, "__name__", "") != "nonce_is_the_next")
    monkeypatch.setitem(registry.KINDS, "EVM_TX", replace(kind, rules=rules))
    assert handled(accounts, accounts.pay(nonce=8)) == refused("promise_broken", "")
    signed(accounts, accounts.pay(nonce=20))


def test_other_accounts_keep_their_count(accounts: Accounts) -> None:
    bring(accounts, resync(accounts))
    assert selectors.last_nonce(CHAIN, SAFE) is None
    assert selectors.last_nonce("eip155:1", accounts.evm_address()) is None


Change = Callable[[Accounts], NonceResync]


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        (lambda it: resync(it, FIRST), "approvals_missing"),
        (lambda it: resync(it, FIRST, APPROVER), "approvals_missing"),
        (lambda it: resync(it, nonce=7), "nonce_not_ahead"),
        (lambda it: resync(it, nonce=8), "nonce_not_ahead"),
        (lambda it: resync(it, nonce=0), "nonce_not_ahead"),
        (lambda it: resync(it, account=SAFE), "unknown_account"),
        (lambda it: resync(it, account=it.evm_address(it.owner)), "unknown_account"),
        (lambda it: resync(it, chain="eip155:1"), "unknown_account"),
        (
            lambda it: replace(resync(it), wanted=wanted(it, nonce=21)),
            "other_parameters_were_approved",
        ),
    ],
)
def test_without_that_nothing_changes(accounts: Accounts, change: Change, rule: str) -> None:
    signed(accounts, accounts.pay(nonce=7))
    assert bring(accounts, change(accounts)) == rule
    signed(accounts, accounts.pay(nonce=8))


def test_the_command_plans_and_holds(
    accounts: Accounts, settings: LazySettings, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    settings.SIGNER_DIR = accounts.bench.directory
    monkeypatch.setattr(clock, "now", lambda: accounts.bench.hands.now)
    said = ("--chain", CHAIN, "--account", accounts.evm_address(), "--nonce", "20")
    action = tmp_path / "action.json"
    call_command("signer_resync_nonce", "plan", *said, "--output", str(action))
    words = (tmp_path / "action.parameters.txt").read_text().splitlines()
    assert words[1:4] == [f"chain: {CHAIN}", f"account: {accounts.evm_address()}", "nonce: 20"]
    document = Critical.from_bytes(action.read_bytes())
    files = []
    for number, who in enumerate((FIRST, SECOND)):
        file = tmp_path / f"approval{number}.json"
        file.write_bytes(canonical.encode(accounts.officers.approval(document, who).to_json()))
        files.append(str(file))
    with pytest.raises(CommandError, match="approvals_missing"):
        call_command("signer_resync_nonce", "hold", *said, str(action), files[0])
    call_command("signer_resync_nonce", "hold", *said, str(action), *files)
    accounts.bench.signer.handle_all([])
    signed(accounts, accounts.pay(nonce=20))
    with pytest.raises(CommandError, match="nonce_not_ahead"):
        call_command("signer_resync_nonce", "plan", *said, "--output", str(action))
