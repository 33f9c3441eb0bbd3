"""CRITICAL: a key signs an action of another system once, when enough people have approved it."""

from dataclasses import replace

import pytest

from custody.common.errors import InvalidInputError
from custody.statements.critical import CriticalBinding
from custody.statements.proof import verify_secp256k1
from custody.statements.request import Request
from custody.statements.trust.keys import KeyPurpose
from tests.signer.actions import Actions
from tests.signer.bench import Bench
from tests.signer.genesis import CUSTODIAN, PASSKEYS, TREASURER
from tests.signer.house import House


@pytest.fixture
def actions(bench: Bench) -> Actions:
    return Actions(House(bench))


def test_the_other_system_verifies_the_word_of_two_people(actions: Actions) -> None:
    action = actions.action()
    result = actions.house.bench.handle(actions.request(action))
    (made,) = result.signatures
    verify_secp256k1(public_key=made.public_key, digest=action.hash, signature=made.signature)
    seen = next(entry.body for entry in result.entries if entry.kind == "SEEN")
    assert seen["action"] == action.hash
    assert {item["person"] for item in seen["statements"]} == {TREASURER, CUSTODIAN}


def test_a_passkey_counts_as_much_as_the_console_program(actions: Actions) -> None:
    """Whose device it is the trust store says; the two ways mix."""
    other = actions.house.make_key(4, purpose="critical")
    actions.activate(other, critical=actions.binding(roles=("APPROVER",)))
    action = actions.action()
    said = tuple(actions.house.officers.passkey_approval(action, who) for who in PASSKEYS)
    assert actions.house.bench.handle(actions.request(action, approvals=said, key=other)).outcome == "SIGNED"


def test_what_was_too_little_is_asked_again_with_more(actions: Actions) -> None:
    action = actions.action()
    said = actions.house.officers.approvals(action, (TREASURER, CUSTODIAN))
    bench = actions.house.bench
    assert bench.handle(actions.request(action, approvals=said[:1])).rule == "approvals_missing"
    assert bench.handle(actions.request(action, approvals=said)).outcome == "SIGNED"


def test_two_occasions_of_one_action_are_two_documents(actions: Actions) -> None:
    bench = actions.house.bench
    assert bench.handle(actions.request()).outcome == "SIGNED"
    bench.hands.pass_by(seconds=1)
    assert bench.handle(actions.request()).outcome == "SIGNED"


def test_no_key_is_taken_into_use_for_actions_of_the_signer() -> None:
    with pytest.raises(InvalidInputError) as refusal:
        CriticalBinding(system="signer", actions=("MAKE_KEY",), people=1, roles=("OFFICER",))
    assert refusal.value.field == "/system"


@pytest.mark.parametrize("purpose", ["spend", "seal"])
def test_actions_belong_to_a_key_for_them(actions: Actions, purpose: KeyPurpose) -> None:
    body = actions.house.activation(actions.key, wallet=3)
    with pytest.raises(InvalidInputError) as refusal:
        replace(body, purpose=purpose, wallet=body.wallet if purpose == "spend" else None,
                critical=actions.binding())  # fmt: skip
    assert refusal.value.field == "/critical"


def test_the_request_survives_the_wire(actions: Actions) -> None:
    request = actions.request()
    assert Request.from_bytes(request.to_bytes()) == request
