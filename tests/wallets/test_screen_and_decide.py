"""T2: payees are screened, holds stop, the policy decides; every refusal leaves no coin held."""

from dataclasses import replace

import pytest

from custody.accounts.models import User
from custody.accounts.otp import FreshFactor
from custody.common.errors import RefusedError
from custody.compliance.models import Hit, Screening
from custody.compliance.services import confirm_hit, decide_hit
from custody.policy.models import PolicyDecision
from custody.policy.services import adopt_policy
from custody.statements.intent import Intent
from custody.statements.parts import Window
from custody.statements.policy import EscrowTermsRule, PayeeRule, Policy, Rule, Scope, TimeRule, VelocityRule
from custody.statements.terms import Payouts
from custody.wallets import services
from custody.wallets.models import TransferIntent, TxAttempt, UtxoLease
from custody.wallets.states import State
from scripts.embedded.bitcoind import Node
from tests.harness.bitcoin import BUYER_ADDRESS
from tests.wallets.deals import ACTOR, ASSET, AT, Escrow, audited, drive, fresh, path_of, start_at_tip

LISTED = "bcrt1q79gxyyqr2s6x5gl6chw8h34wvwuphanxs048rr"
STRANGER = "bcrt1qw508d6qejxtdg4y5r3zarvary0c5xw7kygt080"


@pytest.fixture
def to_listed(rules: None, node: Node, request: pytest.FixtureRequest) -> TransferIntent:
    """A funded deal whose merchant is paid to a listed address."""
    start_at_tip(node)
    payouts = Payouts(buyer=BUYER_ADDRESS, merchant=LISTED)
    escrow = Escrow.open(node, f"mediator of {request.node.nodeid}", payouts=payouts)
    escrow.fund()
    return escrow.submit((LISTED, 998_000))


def clear_hit(officer: User, second_officer: User) -> None:
    hit = Hit.objects.get()
    reason = "Another address owner, proof seen"
    decide_hit(actor=officer, hit_id=hit.pk, outcome="FALSE_POSITIVE", reason=reason, at=AT)
    confirm_hit(actor=second_officer, hit_id=hit.pk, factor=FreshFactor(second_officer.pk, AT), at=AT)


def nothing_reserved() -> bool:
    return not UtxoLease.objects.exists() and not TxAttempt.objects.exists()


def test_walks_from_submitted_to_signing(funded: Escrow) -> None:
    intent = drive(funded.submit())
    assert path_of(intent) == [
        "SUBMITTED", "SCREENING", "POLICY_EVAL", "APPROVED", "QUEUED", "RESERVED", "PREPARED", "SIGNING",
    ]  # fmt: skip


def test_screens_every_payee(funded: Escrow) -> None:
    drive(funded.submit())
    screening = Screening.objects.get()
    assert (screening.subject, screening.purpose, screening.result) == (
        funded.wallet.deal,
        "RELEASE",
        "CLEAR",
    )


def test_a_listed_payee_holds_the_intent(to_listed: TransferIntent) -> None:
    assert drive(to_listed).state == State.COMPLIANCE_HOLD
    assert nothing_reserved()


def test_one_officer_alone_does_not_resume_it(to_listed: TransferIntent, officer: User) -> None:
    drive(to_listed)
    reason = "Another address owner, proof seen"
    decide_hit(actor=officer, hit_id=Hit.objects.get().pk, outcome="FALSE_POSITIVE", reason=reason, at=AT)
    assert drive(to_listed).state == State.COMPLIANCE_HOLD


def test_two_officers_resume_it(to_listed: TransferIntent, officer: User, second_officer: User) -> None:
    drive(to_listed)
    clear_hit(officer, second_officer)
    assert drive(to_listed).state == State.SIGNING


def test_waits_in_screening_while_no_list_is_in_use(
    db: None, node: Node, request: pytest.FixtureRequest
) -> None:
    start_at_tip(node)
    intent = Escrow.open(node, f"mediator of {request.node.nodeid}").submit()
    with pytest.raises(RefusedError) as refusal:
        services.take_step(intent_id=intent.pk, at=AT)
    assert refusal.value.code == "no_sanctions_list"
    assert fresh(intent).state == State.SUBMITTED


def test_a_payee_outside_the_terms_is_denied(funded: Escrow) -> None:
    intent = drive(funded.submit((STRANGER, 998_000)))
    assert intent.state == State.DENIED
    assert PolicyDecision.objects.get().outcome == "DENY"
    assert nothing_reserved()


def decided(escrow: Escrow, rule: Rule, intent: Intent) -> tuple[str, str | None]:
    """State of a payout under escrow_terms and this rule besides, and the code that stopped it."""
    policy = Policy(rules=(EscrowTermsRule(), rule))
    adopt_policy(actor=ACTOR, policy=policy, at=AT)
    document = replace(intent, policy=policy.hash)
    row = services.create_intent(actor=ACTOR, document=document, needs_our_key=False, at=AT)
    state = drive(row).state
    failing = [
        item["code"]
        for step in PolicyDecision.objects.latest("decided_at").trace
        for item in step["because"]
        if not item["holds"]
    ]
    return state, next(iter(failing), None)


WORKDAY = TimeRule(scope=Scope(), zone="UTC", days=("SA",), after="08:00", before="10:00")
NIGHT = replace(WORKDAY, after="22:00", before="23:00")


def weekly(most: int) -> VelocityRule:
    return VelocityRule(scope=Scope(assets=(ASSET,)), window=Window(amount=most, seconds=604_800))


@pytest.mark.parametrize(
    ("rule", "outcome"),
    [
        (WORKDAY, (State.SIGNING, None)),
        (NIGHT, (State.DENIED, "outside_hours")),
        (weekly(998_000), (State.SIGNING, None)),
        (weekly(997_999), (State.DENIED, "velocity_above_max")),
        (PayeeRule(scope=Scope(), book=True, own=False), (State.DENIED, "payee_not_allowed")),
    ],
)
def test_a_rule_about_all_wallets_judges_payouts_of_escrows_by_what_is_known(
    funded: Escrow, rule: Rule, outcome: tuple[str, str | None]
) -> None:
    assert decided(funded, rule, funded.intent()) == outcome


def test_a_payout_to_an_entry_of_the_book_passes_a_rule_about_all_wallets(funded: Escrow) -> None:
    """Whether the entry is in the book knows the signer; the web does not stop the payout early."""
    booked = funded.intent()
    booked = replace(booked, payees=tuple(replace(item, entry="ab" * 32) for item in booked.payees))
    rule = PayeeRule(scope=Scope(), book=True, own=False)
    assert decided(funded, rule, booked) == (State.SIGNING, None)


def test_a_policy_change_voids_a_waiting_intent(funded: Escrow) -> None:
    intent = funded.submit()
    services.take_step(intent_id=intent.pk, at=AT)
    adopt_policy(actor=ACTOR, policy=Policy(rules=()), at=AT)
    assert drive(intent).state == State.DENIED
    assert audited("wallets.intent.denied")[0]["code"] == "policy_changed"


def test_the_stored_decision_is_about_the_frozen_transaction(funded: Escrow) -> None:
    intent = drive(funded.submit())
    facts = PolicyDecision.objects.get().facts
    assert [item["amount"] for item in facts["inputs"]] == ["1000000"]
    assert facts["intent"] == replace(funded.intent(), id=intent.pk).to_json()


def test_an_unfunded_deal_waits_for_coins(escrow: Escrow) -> None:
    intent = escrow.submit()
    services.take_step(intent_id=intent.pk, at=AT)
    with pytest.raises(RefusedError) as refusal:
        services.take_step(intent_id=intent.pk, at=AT)
    assert refusal.value.code == "not_enough_coins"
    assert fresh(intent).state == State.POLICY_EVAL
