"""Intents and approvals that do not belong together, or that nobody gave."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

from custody.statements.intent import Fee, Payee, Source
from custody.statements.request import Request
from custody.statements.trust.holds import Hold, Kill
from custody.statements.trust.people import PersonRevoke
from tests.harness.bitcoin import BUYER_ADDRESS, MERCHANT_ADDRESS
from tests.signer.attacks import Attack, Ground
from tests.signer.genesis import APPROVER, FIRST, IMPORTER, MACHINE, OTHER_APPROVER, TREASURER
from tests.signer.house import MANDATE, wallet_id

PEOPLE = (TREASURER, APPROVER, OTHER_APPROVER)
Make = Callable[[Ground], Request]


def _intent(**changes: Any) -> Make:
    return lambda ground: ground.house.transfer(ground.house.intent(**changes))


def _later(**span: float) -> Make:
    def make(ground: Ground) -> Request:
        until = ground.house.bench.hands.now + timedelta(**span)
        return ground.house.transfer(ground.house.intent(expires_at=until))

    return make


def _people(*people: str) -> Make:
    return lambda ground: ground.house.transfer(people=people)


def _statement(**changes: Any) -> Make:
    """The second approver's statement says something else."""

    def make(ground: Ground) -> Request:
        officers, intent = ground.house.officers, ground.house.intent()
        now = ground.house.bench.hands.now
        fixed: dict[str, Any] = {
            name: now + value if isinstance(value, timedelta) else value for name, value in changes.items()
        }
        approvals = (
            *officers.approvals(intent, (TREASURER, APPROVER)),
            officers.approval(intent, fixed.pop("who", OTHER_APPROVER), **fixed),
        )
        request = ground.house.transfer(intent, approvals=())
        # The one in question stands alone, so that its place is known.
        return replace(request, approvals=(approvals[-1],))

    return make


def _words_about_another_intent(ground: Ground) -> Request:
    other = ground.house.intent(payees=(Payee(to=BUYER_ADDRESS, amount=1_000),))
    words = ground.house.officers.approvals(other, PEOPLE)
    return ground.house.transfer(approvals=words)


def _signed_before(ground: Ground) -> Request:
    """The same intent over a second coin."""
    house, intent = ground.house, ground.house.intent()
    assert house.bench.handle(house.transfer(intent)).outcome == "SIGNED"
    return house.transfer(intent, psbt=house.psbt(intent.payees, coins=house.coins(1_000_000, salt=0x44)))


def _coin_signed_before(ground: Ground) -> Request:
    house = ground.house
    assert house.bench.handle(house.transfer()).outcome == "SIGNED"
    return house.transfer(house.intent(payees=(Payee(to=BUYER_ADDRESS, amount=990_000),)))


def _overlapping_coins(ground: Ground) -> Request:
    """A second intent spends a new coin together with one that was signed for."""
    house = ground.house
    coins = house.coins(500_000, 500_000)
    first = house.intent(payees=(Payee(to=MERCHANT_ADDRESS, amount=990_000),))
    signed = house.transfer(first, psbt=house.psbt(first.payees, coins=coins))
    assert house.bench.handle(signed).outcome == "SIGNED"
    second = house.intent(payees=(Payee(to=BUYER_ADDRESS, amount=990_000),))
    return house.transfer(second, psbt=house.psbt(second.payees, coins=coins))


def _rejected_before(ground: Ground) -> Request:
    house, intent = ground.house, ground.house.intent()
    no = house.officers.approval(intent, APPROVER, verdict="REJECT")
    assert house.bench.handle(house.transfer(intent, approvals=(no,))).rule == "rejected"
    return house.transfer(intent)


def _approver_revoked(ground: Ground) -> Request:
    """Whose word is looked at first depends on its bytes, so the revoked one stands alone."""
    house, intent = ground.house, ground.house.intent()
    word = house.officers.approval(intent, APPROVER)
    house.officers.accept("PERSON_REVOKE", PersonRevoke(person=APPROVER), FIRST, maker=FIRST)
    return house.transfer(intent, approvals=(word,))


def _killed(ground: Ground) -> Request:
    ground.house.officers.accept("KILL", Kill(), FIRST, maker=FIRST)
    return ground.house.transfer()


def _held(ground: Ground) -> Request:
    ground.house.officers.accept("HOLD", Hold(scope="ADDRESS", ref=MERCHANT_ADDRESS), FIRST, maker=FIRST)
    return ground.house.transfer()


def _nobody_on_duty(ground: Ground) -> Request:
    ground.house.bench.hands.pass_by(hours=24)
    return ground.house.transfer()


def _forged_fact(ground: Ground) -> Request:
    house = ground.house
    house.activate_witness()
    fact = house.payment(house.coins(1_000_000), key_of="forger")
    return house.transfer(facts=(fact,))


def _fact_of_nobody(ground: Ground) -> Request:
    return ground.house.transfer(facts=(ground.house.payment(ground.house.coins(1_000_000)),))


def _key(purpose: str) -> Make:
    return lambda ground: replace(ground.house.transfer(), key=ground.house.bench.key(purpose).id)


def _changed(**changes: Any) -> Make:
    return lambda ground: replace(ground.house.transfer(), **changes)


ATTACKS: tuple[Attack[Ground], ...] = (
    Attack("nobody approved", "maker_has_not_signed", "/approvals", _people()),
    Attack("the maker did not sign", "maker_has_not_signed", "/approvals", _people(*PEOPLE[1:])),
    Attack("the maker alone", "approvals_missing", "/approvals", _people(TREASURER)),
    Attack("one approver", "approvals_missing", "/approvals", _people(TREASURER, APPROVER)),
    Attack("one approver twice", "approvals_missing", "/approvals", _people(TREASURER, APPROVER, APPROVER)),
    Attack("a machine as person", "approvals_missing", "/approvals", _people(TREASURER, APPROVER, MACHINE)),
    Attack(
        "the importer as person", "approvals_missing", "/approvals", _people(TREASURER, APPROVER, IMPORTER)
    ),
    Attack(
        "an officer without the role", "approvals_missing", "/approvals", _people(TREASURER, APPROVER, FIRST)
    ),
    Attack(
        "the maker as approver",
        "approvals_missing",
        "/approvals",
        lambda ground: ground.house.transfer(
            ground.house.intent(maker=APPROVER), people=(APPROVER, OTHER_APPROVER)
        ),
    ),
    Attack(
        "words about another intent",
        "approval_of_another_subject",
        "/approvals/0/statement/subject",
        _words_about_another_intent,
    ),
    Attack(
        "a word for another installation",
        "wrong_instance",
        "/approvals/0/statement/instance",
        _statement(instance="ins_01KAJ8M3V6Q2W9X4Y7Z0A1B2C4"),
    ),
    Attack(
        "a word under another policy",
        "policy_changed",
        "/approvals/0/statement/policy",
        _statement(policy="00" * 32),
    ),
    Attack(
        "a word that outlives the intent",
        "statement_outlives_subject",
        "/approvals/0/statement/expires_at",
        _statement(expires_at=timedelta(hours=25)),
    ),
    Attack(
        "a word that has run out",
        "expired",
        "/approvals/0/statement/expires_at",
        _statement(expires_at=timedelta(0)),
    ),
    Attack(
        "a word in another person's name",
        "bad_proof",
        "/approvals/0/proof/credential",
        _statement(key_of=APPROVER),
    ),
    Attack(
        "a word of nobody we know",
        "bad_proof",
        "/approvals/0/proof/credential",
        _statement(who="per_01KAJ8Q0000000000000000077"),
    ),
    Attack("an intent that was rejected", "rejected", "/approvals", _rejected_before),
    Attack("a revoked approver", "bad_proof", "/approvals/0/proof/credential", _approver_revoked),
    Attack("an intent signed before", "intent_already_signed", "/intent", _signed_before),
    Attack("a coin signed before", "slot_already_signed", "/payload/psbt/inputs/0", _coin_signed_before),
    Attack("overlapping coins", "slot_already_signed", "/payload/psbt/inputs/0", _overlapping_coins),
    Attack("a stale policy", "policy_changed", "/intent/policy", _intent(policy="00" * 32)),
    Attack(
        "an unknown maker", "unknown_maker", "/intent/maker", _intent(maker="per_01KAJ8Q0000000000000000077")
    ),
    Attack("an intent that ran out", "intent_expired", "/intent/expires_at", _later(seconds=0)),
    Attack("an intent for too long", "validity_too_long", "/intent/expires_at", _later(hours=72, seconds=1)),
    Attack("a kind nobody signs", "intent_kind", "/intent/kind", _intent(kind="GAP_FILL")),
    Attack("a payout of an escrow", "intent_owner", "/intent/source/owner", _intent(kind="ESCROW_PAYOUT")),
    Attack(
        "the wallet of another key",
        "wallet_of_another_key",
        "/intent/source/wallet",
        _intent(source=Source(wallet=wallet_id(9), owner="HOUSE")),
    ),
    Attack(
        "the money of a client",
        "intent_owner",
        "/intent/source/owner",
        _intent(source=Source(wallet=wallet_id(1), owner="CLIENT", client="cli_01KAJ8S0000000000000000001")),
    ),
    Attack("a fee above the intent", "fee_above_intent", "/intent/fee/max", _intent(fee=Fee(max=9_999))),
    Attack(
        "an intent of another installation",
        "wrong_instance",
        "/intent/instance",
        _intent(instance="ins_01KAJ8M3V6Q2W9X4Y7Z0A1B2C4"),
    ),
    Attack(
        "a request of another installation",
        "wrong_instance",
        "/instance",
        _changed(instance="ins_01KAJ8M3V6Q2W9X4Y7Z0A1B2C4"),
    ),
    Attack("the key of a deal", "wrong_key_purpose", "/key", _key("mediator")),
    Attack("the key of seals", "wrong_key_purpose", "/key", _key("seal")),
    Attack("the key of checkpoints", "wrong_key_purpose", "/key", _key("checkpoint")),
    Attack("the demonstration's authority", "wrong_key_purpose", "/key", _key("demo_ca")),
    Attack("a key nobody knows", "unknown_key", "/key", _changed(key="key_01KAJ8V0000000000000000099")),
    Attack("a mandate nobody gave", "no_such_mandate", "/mandate", _changed(mandate=MANDATE)),
    Attack("a kill", "killed", "/key", _killed),
    Attack("a held payee", "held", "/intent/payees/0/to", _held),
    Attack("nobody on duty", "nobody_on_duty", "/key", _nobody_on_duty),
    Attack("a forged fact", "unknown_witness", "/facts/0/proof/credential", _forged_fact),
    Attack("a fact of a witness nobody pinned", "unknown_witness", "/facts/0/fact/witness", _fact_of_nobody),
)
