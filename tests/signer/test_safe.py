"""SAFE_TX: an owner's signature on one payment out of the pinned Safe, and everything refused."""

import base64
import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from custody.chains.evm.abi import read_method
from custody.chains.evm.address import checksum_address
from custody.chains.evm.denied import METHODS as DENIED
from custody.chains.evm.safe import read_text
from custody.chains.evm.signed import parity_of
from custody.hsm.signer import final_account
from custody.hsm.signer.kinds.registry import KINDS
from custody.hsm.signer.store import selectors
from custody.statements.evm import EvmTxPayload, SafeTxPayload
from custody.statements.intent import Fee, Intent, Payee, Source
from custody.statements.parts import Window
from custody.statements.policy import AmountRule, Scope, VelocityRule
from custody.statements.request import Request
from custody.statements.trust.deny import DeniedAddresses
from custody.statements.trust.holds import Hold, Kill
from custody.statements.trust.keys import KeyLimits, WalletBinding
from tests.chains.evm.examples import CHAIN, PAYEE, SAFE, TOKEN
from tests.chains.evm.judge import Account, encode_typed_data
from tests.harness.bitcoin import MERCHANT_ADDRESS, REGTEST
from tests.signer.accounts import COIN, ETHER, USD, VAULT, Accounts, deposit, transfer
from tests.signer.genesis import APPROVER, FIRST, IMPORTER, THIRD, TREASURER
from tests.signer.house import HOUSE_QUORUM, wallet_id
from tests.signer.test_evm import OTHER, handled, signed
from tests.signer.test_house import refused
from tests.statements.refusing import refused as refused_form

DATA = "/payload/typed_data"
MESSAGE = f"{DATA}/message"


def test_an_owner_signs_what_the_safe_will_check(accounts: Accounts) -> None:
    (made,) = signed(accounts, accounts.out_of_safe()).signatures
    assert (made.input, bytes.fromhex(made.public_key)) == (0, accounts.public_key(accounts.owner))
    own, signature = accounts.evm_address(accounts.owner), bytes.fromhex(made.signature)
    safe_tx = accounts.safe_tx()
    parity = parity_of(safe_tx.digest, signature=signature, signer=own)
    data = safe_tx.typed_data()
    data["message"] |= {"value": safe_tx.value, "gasPrice": 0}
    theirs = Account.recover_message(
        encode_typed_data(full_message=data), signature=signature + bytes([27 + parity])
    )
    assert theirs == checksum_address(own)


def test_a_token_leaves_the_safe_through_its_contract(accounts: Accounts) -> None:
    intent = accounts.wanted(12, kind="SAFE", asset=USD)
    request = accounts.out_of_safe(intent, to=TOKEN, value=0, data=transfer())
    result = signed(accounts, request)
    seen = next(entry for entry in reversed(result.entries) if entry.kind == "SEEN")
    assert seen.body["spend"] == {
        "wallet": wallet_id(12),
        "asset": USD,
        "amount": str(ETHER),
        "fee": "0",
    }


def test_the_journal_promises_one_digest_per_nonce_of_the_safe(accounts: Accounts) -> None:
    result = signed(accounts, accounts.out_of_safe())
    sign = next(entry for entry in reversed(result.entries) if entry.kind == "SIGN")
    assert sign.body["anchor"] == {"kind": "safe", "chain": CHAIN, "safe": SAFE, "nonce": 3}
    (slot,) = sign.body["slots"]
    assert (slot["slot"], slot["digest"]) == (f"safe:{CHAIN}:{SAFE}:3", accounts.safe_tx().digest.hex())


def test_the_same_bytes_get_the_same_signature(accounts: Accounts) -> None:
    request = accounts.out_of_safe()
    first, again = accounts.bench.handle(request), accounts.bench.handle(request)
    assert first.signatures == again.signatures


# --- one payment per intent, one intent per nonce -----------------------------------------------


def test_an_intent_is_signed_on_one_nonce(accounts: Accounts) -> None:
    intent = accounts.wanted(12, kind="SAFE")
    signed(accounts, accounts.out_of_safe(intent))
    for nonce in (3, 4):
        request = accounts.out_of_safe(intent, nonce=nonce)
        assert handled(accounts, request) == refused("intent_already_signed", "/intent")


def test_a_nonce_carries_one_digest(accounts: Accounts) -> None:
    signed(accounts, accounts.out_of_safe())
    assert handled(accounts, accounts.out_of_safe()) == refused("slot_already_signed", f"{MESSAGE}/nonce")
    intent = accounts.wanted(12, kind="SAFE", payees=(Payee(to=OTHER, amount=1),))
    other = accounts.out_of_safe(intent, to=OTHER, value=1)
    assert handled(accounts, other) == refused("slot_already_signed", f"{MESSAGE}/nonce")


def second_owner(accounts: Accounts) -> str:
    key = accounts.make_key(13)
    accounts.activate_on(key, wallet=12, safe=SAFE)
    return key


def test_no_second_owner_of_ours_signs_another_payment_on_the_nonce(accounts: Accounts) -> None:
    key = second_owner(accounts)
    signed(accounts, accounts.out_of_safe())
    request = accounts.asked(
        "SAFE_TX",
        SafeTxPayload.of(accounts.safe_tx(to=OTHER)),
        accounts.wanted(12, kind="SAFE", payees=(Payee(to=OTHER, amount=ETHER),)),
        key=key,
    )
    assert handled(accounts, request) == refused("nonce_used", f"{MESSAGE}/nonce")


def shared(accounts: Accounts, key: str, intent: Intent, **changes: Any) -> Request:
    """The second owner is asked for the intent's transaction."""
    return replace(accounts.out_of_safe(intent, **changes), key=key)


def test_a_second_owner_of_ours_signs_the_same_transaction_once(accounts: Accounts) -> None:
    key, intent = second_owner(accounts), accounts.wanted(12, kind="SAFE")
    (first,) = signed(accounts, accounts.out_of_safe(intent)).signatures
    (second,) = signed(accounts, shared(accounts, key, intent)).signatures
    assert bytes.fromhex(second.public_key) == accounts.public_key(key) != bytes.fromhex(first.public_key)
    for made, owner in ((first, accounts.owner), (second, key)):
        own = accounts.evm_address(owner)
        parity_of(accounts.safe_tx().digest, signature=bytes.fromhex(made.signature), signer=own)
    again = shared(accounts, key, intent)
    assert handled(accounts, again) == refused("intent_already_signed", "/intent")


def test_a_payment_of_two_owners_counts_once(accounts: Accounts) -> None:
    """The limit leaves room for one such payment, whoever else signs it."""
    limit = VelocityRule(
        scope=Scope(owners=("HOUSE",), assets=(COIN,)), window=Window(amount=ETHER, seconds=86_400)
    )
    accounts.enact_policy(HOUSE_QUORUM, limit)
    accounts.go_on_duty()
    key, intent = second_owner(accounts), accounts.wanted(12, kind="SAFE")
    signed(accounts, accounts.out_of_safe(intent))
    signed(accounts, shared(accounts, key, intent))
    since = accounts.bench.hands.now - timedelta(hours=1)
    (spent,) = selectors.spends_of(wallet_id(12), since=since)
    assert spent.amount == ETHER
    other = accounts.out_of_safe(accounts.wanted(12, kind="SAFE"), nonce=4)
    assert handled(accounts, other) == refused("velocity_above_max", "/intent/payees")


def test_a_second_owner_signs_no_other_transaction_of_the_intent(accounts: Accounts) -> None:
    key, intent = second_owner(accounts), accounts.wanted(12, kind="SAFE")
    signed(accounts, accounts.out_of_safe(intent))
    later = shared(accounts, key, intent, nonce=4)
    assert handled(accounts, later) == refused("intent_already_signed", "/intent")


def test_a_second_owner_signs_no_other_intent_of_the_transaction(accounts: Accounts) -> None:
    key = second_owner(accounts)
    signed(accounts, accounts.out_of_safe())
    other = shared(accounts, key, accounts.wanted(12, kind="SAFE"))
    assert handled(accounts, other) == refused("nonce_used", f"{MESSAGE}/nonce")


def test_others_may_use_nonces_of_the_safe(accounts: Accounts) -> None:
    for nonce in (3, 9, 5):
        signed(accounts, accounts.out_of_safe(nonce=nonce))


def test_the_store_keeps_nonces_that_no_rule_kept(
    accounts: Accounts, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = second_owner(accounts)
    signed(accounts, accounts.out_of_safe())
    monkeypatch.setitem(KINDS, "SAFE_TX", replace(KINDS["SAFE_TX"], rules=KINDS["SAFE_TX"].rules[:1]))
    request = replace(accounts.out_of_safe(), key=key)
    assert handled(accounts, request) == refused("promise_broken", "")


# --- what the Safe may do -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "rule", "culprit"),
    [
        ({"safe": VAULT}, "safe_of_another_wallet", f"{DATA}/domain/verifyingContract"),
        ({"chain_id": 1}, "wrong_chain", f"{DATA}/domain/chainId"),
        ({"to": OTHER}, "payee_differs", f"{MESSAGE}/to"),
        ({"value": ETHER + 1}, "amount_differs", f"{MESSAGE}/value"),
        ({"data": b"\x01"}, "data_not_empty", f"{MESSAGE}/data"),
        ({"to": VAULT, "data": deposit()}, "data_not_empty", f"{MESSAGE}/data"),
        # addOwnerWithThreshold(address,uint256) of the Safe itself
        ({"to": SAFE, "value": 0, "data": bytes.fromhex("0d582f13")}, "data_not_empty", f"{MESSAGE}/data"),
    ],
)
def test_refuses_a_payment_of_the_coin(
    accounts: Accounts, changes: dict[str, Any], rule: str, culprit: str
) -> None:
    assert handled(accounts, accounts.out_of_safe(**changes)) == refused(rule, culprit)


@pytest.mark.parametrize(
    ("changes", "rule", "culprit"),
    [
        ({"to": OTHER}, "contract_not_of_asset", f"{MESSAGE}/to"),
        ({"value": 1}, "value_with_token", f"{MESSAGE}/value"),
        ({"data": transfer(to=OTHER)}, "payee_differs", f"{MESSAGE}/data"),
        ({"data": transfer(amount=1)}, "amount_differs", f"{MESSAGE}/data"),
        ({"data": transfer() + b"\x00"}, "abi_not_canonical", f"{MESSAGE}/data"),
    ],
)
def test_refuses_a_payment_of_a_token(
    accounts: Accounts, changes: dict[str, Any], rule: str, culprit: str
) -> None:
    values: dict[str, Any] = {"to": TOKEN, "value": 0, "data": transfer()}
    request = accounts.out_of_safe(accounts.wanted(12, kind="SAFE", asset=USD), **values | changes)
    assert handled(accounts, request) == refused(rule, culprit)


def test_nothing_on_the_denied_list_is_signed(accounts: Accounts) -> None:
    for method, code in DENIED.items():
        request = accounts.out_of_safe(to=TOKEN, value=0, data=read_method(method).selector)
        assert handled(accounts, request) == refused(code, f"{MESSAGE}/data"), method


def altered(accounts: Accounts, part: str, **changes: Any) -> Request:
    """Typed data with other members, which the codec's own type could not hold."""
    data = json.loads(accounts.safe_tx().to_text())
    data[part] |= changes
    payload = SafeTxPayload(typed_data=base64.b64encode(json.dumps(data).encode()).decode())
    return accounts.asked("SAFE_TX", payload, accounts.wanted(12, kind="SAFE"), key=accounts.owner)


@pytest.mark.parametrize(
    ("part", "changes", "rule", "culprit"),
    [
        ("message", {"operation": 1}, "safe_operation", f"{MESSAGE}/operation"),
        ("message", {"safeTxGas": 1}, "safe_refund", f"{MESSAGE}/safeTxGas"),
        ("message", {"baseGas": 1}, "safe_refund", f"{MESSAGE}/baseGas"),
        ("message", {"gasPrice": "1"}, "safe_refund", f"{MESSAGE}/gasPrice"),
        ("message", {"gasToken": TOKEN}, "safe_refund", f"{MESSAGE}/gasToken"),
        ("message", {"refundReceiver": OTHER}, "safe_refund", f"{MESSAGE}/refundReceiver"),
        ("message", {"hidden": 1}, "safe_member", f"{MESSAGE}/hidden"),
        ("domain", {"name": "Safe"}, "safe_member", f"{DATA}/domain/name"),
        ("types", {"SafeTx": []}, "safe_types", f"{DATA}/types"),
    ],
)
def test_refuses_anything_but_one_plain_call(
    accounts: Accounts, part: str, changes: dict[str, Any], rule: str, culprit: str
) -> None:
    assert handled(accounts, altered(accounts, part, **changes)) == refused(rule, culprit)


def test_refuses_two_payees(accounts: Accounts) -> None:
    payees = (Payee(to=PAYEE, amount=ETHER), Payee(to=OTHER, amount=1))
    request = accounts.out_of_safe(accounts.wanted(12, kind="SAFE", payees=payees))
    assert handled(accounts, request) == refused("not_one_payee", "/intent/payees")


# --- whose key, whose Safe ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "rule", "culprit"),
    [
        ({"kind": "TRANSFER"}, "intent_kind", "/intent/kind"),
        (
            {"source": Source(wallet=wallet_id(11), owner="HOUSE")},
            "wallet_of_another_key",
            "/intent/source/wallet",
        ),
        ({"asset": "eip155:1/slip44:60"}, "chain_not_of_wallet", "/intent/asset"),
        ({"asset": f"{CHAIN}/slip44:61"}, "unknown_asset", "/intent/asset"),
        ({"policy": "00" * 32}, "policy_changed", "/intent/policy"),
    ],
)
def test_refuses_an_intent(accounts: Accounts, changes: dict[str, Any], rule: str, culprit: str) -> None:
    values: dict[str, Any] = {"kind": "SAFE"}
    request = accounts.out_of_safe(accounts.wanted(12, **values | changes))
    assert handled(accounts, request) == refused(rule, culprit)


def test_refuses_a_key_that_owns_no_safe(accounts: Accounts) -> None:
    payload = SafeTxPayload.of(accounts.safe_tx())
    request = accounts.asked("SAFE_TX", payload, accounts.wanted(11, kind="SAFE"))
    assert handled(accounts, request) == refused("wallet_is_no_safe", "/key")


def test_refuses_without_the_quorum(accounts: Accounts) -> None:
    payload = SafeTxPayload.of(accounts.safe_tx())
    intent, people = accounts.wanted(12, kind="SAFE"), (TREASURER, APPROVER)
    request = accounts.asked("SAFE_TX", payload, intent, key=accounts.owner, people=people)
    assert handled(accounts, request) == refused("approvals_missing", "/approvals")


def test_the_payload_belongs_to_its_kind(accounts: Accounts) -> None:
    payload = EvmTxPayload.of(accounts.transaction())
    data = replace(accounts.out_of_safe(), payload=payload).to_bytes()
    result = accounts.bench.handle_bytes(json.loads(data)["id"], data)
    assert (result.outcome, result.rule) == ("REFUSED", "bad_field")


def test_limits_of_the_key_and_the_policy_count(accounts: Accounts) -> None:
    key = accounts.make_key(13)
    limits = KeyLimits(amount_max=ETHER - 1)
    accounts.activate_on(key, wallet=13, safe=VAULT, limits=limits)
    payload = SafeTxPayload.of(accounts.safe_tx(safe=VAULT))
    limited = accounts.asked("SAFE_TX", payload, accounts.wanted(13, kind="SAFE"), key=key)
    assert handled(accounts, limited) == refused("key_limit_amount", "/intent/payees")
    accounts.enact_policy(HOUSE_QUORUM, AmountRule(scope=Scope(assets=(COIN,)), max=ETHER - 1))
    assert handled(accounts, accounts.out_of_safe()) == refused("amount_above_max", "/intent/payees")


def test_what_stands_still_stops_the_safe(accounts: Accounts) -> None:
    accounts.officers.accept("HOLD", Hold(scope="WALLET", ref=wallet_id(12)), THIRD, maker=THIRD)
    assert handled(accounts, accounts.out_of_safe()) == refused("held", "/intent/source/wallet")
    accounts.officers.accept("KILL", Kill(), FIRST, maker=FIRST)
    assert handled(accounts, accounts.out_of_safe()) == refused("killed", "/key")


def test_nobody_denied_is_paid(accounts: Accounts) -> None:
    denied = DeniedAddresses(chain=CHAIN, addresses=(PAYEE,))
    accounts.officers.accept("DENY_ADD", denied, IMPORTER, maker=IMPORTER)
    assert handled(accounts, accounts.out_of_safe()) == refused("payee_denied", "/intent/payees/0/to")


def test_a_safe_pays_no_fee_of_its_own(accounts: Accounts) -> None:
    signed(accounts, accounts.out_of_safe(accounts.wanted(12, kind="SAFE", fee=Fee(max=0))))


@pytest.mark.parametrize(
    ("chain", "safe", "field", "code"),
    [
        (REGTEST, MERCHANT_ADDRESS, "/chain", "unknown_chain"),
        (CHAIN, checksum_address("0x5aaeb6053f3e94c9b9a09f33669435e7ef1beaed"), "/safe", "bad_field"),
        (CHAIN, f"0x{'00' * 20}", "/safe", "zero_address"),
    ],
)
def test_a_safe_is_an_address_of_an_evm_chain(chain: str, safe: str, field: str, code: str) -> None:
    with refused_form(field, code):
        WalletBinding(wallet=wallet_id(12), owner="HOUSE", chain=chain, safe=safe, tier="HOT")


# --- pass two -----------------------------------------------------------------------------------


@pytest.mark.parametrize("lie", [{"to": OTHER}, {"value": 1}, {"data": b"\x01"}, {"nonce": 4}], ids=str)
def test_typed_data_that_is_not_the_intent_suspends_the_key(
    accounts: Accounts, monkeypatch: pytest.MonkeyPatch, lie: dict[str, Any]
) -> None:
    """As if the Safe would read other typed data than those that were judged."""
    with monkeypatch.context() as lying:
        lying.setattr(final_account, "read_text", lambda text: replace(read_text(text), **lie))
        lying.setattr(final_account, "parity_of", lambda digest, **rest: 0)
        result = accounts.bench.handle(accounts.out_of_safe())
    assert (result.outcome, result.rule) == ("FAILED", "token_result_wrong")
    known = selectors.key(accounts.owner)
    assert known is not None
    assert known.state == "SUSPENDED"


def test_a_signature_of_another_owner_suspends_the_key(
    accounts: Accounts, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as lying:
        lying.setattr(final_account, "address_of_key", lambda public_key, chain: OTHER)
        result = accounts.bench.handle(accounts.out_of_safe())
    assert (result.outcome, result.rule) == ("FAILED", "token_result_wrong")
