"""BTC_SPEND: what is signed, and every rule that refuses, each by its own tag and culprit."""

from dataclasses import replace
from datetime import timedelta

import pytest

from custody.chains.bitcoin import psbt as codec
from custody.hsm.signer.store.journal import Draft
from custody.policy import engine
from custody.policy.trace import Decision
from custody.statements.intent import Fee, Payee, Reason, Source
from custody.statements.policy import Policy
from custody.statements.request import Request, SpendPayload
from custody.statements.result import Result
from custody.statements.terms import Terms
from tests.chains.psbts import with_extra_output, with_field, with_output
from tests.harness.bitcoin import (
    BUYER_ADDRESS,
    MERCHANT_ADDRESS,
    REGTEST,
    escrow_script,
    funding,
    is_valid_spend,
    public_key,
    sign,
)
from tests.signer.bench import MERCHANT_PAYOUT, Bench, deposit, other_instance, payout
from tests.signer.genesis import person


@pytest.fixture
def terms(bench: Bench) -> Terms:
    return bench.register()


def psbt_of(request: Request) -> str:
    assert isinstance(request.payload, SpendPayload)
    return request.payload.psbt


def refused(result: Result) -> tuple[str | None, str | None]:
    assert result.outcome == "REFUSED"
    assert result.signatures == ()
    return result.rule, result.culprit


def test_signs_a_payout_that_the_chain_accepts(bench: Bench, terms: Terms) -> None:
    request = bench.spend(terms)
    result = bench.handle(request)
    assert result.outcome == "SIGNED"
    (made,) = result.signatures
    signature = codec.InputSignature(
        made.input, bytes.fromhex(made.public_key), bytes.fromhex(made.signature)
    )
    psbt = codec.add_signature(psbt_of(request), chain=REGTEST, signature=signature)
    final = codec.finalize(sign(psbt, "merchant"), chain=REGTEST)
    assert is_valid_spend(final, [deposit(terms, 1_000_000).outputs[0]])


def test_journals_the_digest_before_the_signature(bench: Bench, terms: Terms) -> None:
    request = bench.spend(terms)
    result = bench.handle(request)
    assert [entry.kind for entry in result.entries] == ["SEEN", "SIGN", "SIGNED"]
    sign_body = result.entries[1].body
    (digest,) = codec.digests(codec.decode(psbt_of(request), chain=REGTEST))
    outpoint = f"{deposit(terms, 1_000_000).txid}:0"
    assert request.intent is not None
    assert sign_body["intent"] == request.intent.hash
    assert sign_body["anchor"] == {"kind": "btc", "outpoint": outpoint}
    assert sign_body["slots"] == [{"key": request.key, "slot": f"btc:{outpoint}", "digest": digest.hex()}]


def test_signs_every_input(bench: Bench, terms: Terms) -> None:
    funds = deposit(terms, 600_000, 400_000)
    psbt = payout(terms, MERCHANT_PAYOUT, deposits=((funds, 0), (funds, 1)))
    result = bench.handle(bench.spend(terms, psbt=psbt))
    assert [item.input for item in result.signatures] == [0, 1]


def test_refuses_another_instance(bench: Bench, terms: Terms) -> None:
    assert refused(bench.handle(other_instance(bench.spend(terms)))) == ("wrong_instance", "/instance")


def test_refuses_the_intent_of_another_instance(bench: Bench, terms: Terms) -> None:
    intent = other_instance(bench.intent(terms))
    assert refused(bench.handle(bench.spend(terms, intent=intent))) == ("wrong_instance", "/intent/instance")


def test_refuses_an_unknown_key(bench: Bench, terms: Terms) -> None:
    request = replace(bench.spend(terms), key="key_01KAJ8V0000000000000000009")
    assert refused(bench.handle(request)) == ("unknown_key", "/key")


def test_refuses_a_key_of_another_purpose(bench: Bench, terms: Terms) -> None:
    request = replace(bench.spend(terms), key=bench.key("seal").id)
    assert refused(bench.handle(request)) == ("wrong_key_purpose", "/key")


def test_refuses_what_nobody_reads(bench: Bench, terms: Terms) -> None:
    request = bench.spend(terms, mandate="man_01KAJ8T0000000000000000001")
    assert refused(bench.handle(request)) == ("part_not_supported", "/mandate")


def test_refuses_another_kind_of_intent(bench: Bench, terms: Terms) -> None:
    intent = bench.intent(terms, kind="CANCEL")
    assert refused(bench.handle(bench.spend(terms, intent=intent))) == ("intent_kind", "/intent/kind")


def test_refuses_another_owner_than_the_escrow(bench: Bench, terms: Terms) -> None:
    intent = bench.intent(terms, source=Source(wallet="wal_01KAJ8S0000000000000000001", owner="HOUSE"))
    request = bench.spend(terms, intent=intent)
    assert refused(bench.handle(request)) == ("intent_owner", "/intent/source/owner")


def test_refuses_an_intent_made_under_another_policy(bench: Bench, terms: Terms) -> None:
    intent = bench.intent(terms, policy=Policy(rules=()).hash)
    assert refused(bench.handle(bench.spend(terms, intent=intent))) == ("policy_changed", "/intent/policy")


def test_refuses_a_maker_nobody_pinned(bench: Bench, terms: Terms) -> None:
    intent = bench.intent(terms, maker=person(77))
    assert refused(bench.handle(bench.spend(terms, intent=intent))) == ("unknown_maker", "/intent/maker")


def test_refuses_a_maker_whose_credential_has_run_out(bench: Bench, terms: Terms) -> None:
    bench.hands.pass_by(days=200)
    assert refused(bench.handle(bench.spend(terms))) == ("unknown_maker", "/intent/maker")


def test_refuses_an_expired_intent(bench: Bench, terms: Terms) -> None:
    intent = bench.intent(terms, expires_at=bench.hands.now)
    assert refused(bench.handle(bench.spend(terms, intent=intent))) == (
        "intent_expired",
        "/intent/expires_at",
    )


def test_refuses_a_validity_above_72_hours(bench: Bench, terms: Terms) -> None:
    intent = bench.intent(terms, expires_at=bench.hands.now + timedelta(hours=72, seconds=1))
    request = bench.spend(terms, intent=intent)
    assert refused(bench.handle(request)) == ("validity_too_long", "/intent/expires_at")


def test_counts_validity_from_the_first_sight_of_the_intent(bench: Bench, terms: Terms) -> None:
    intent = bench.intent(terms, expires_at=bench.hands.now + timedelta(hours=73))
    bench.handle(bench.spend(terms, intent=intent))
    bench.hands.pass_by(hours=2)
    request = bench.spend(terms, intent=intent)
    assert refused(bench.handle(request)) == ("validity_too_long", "/intent/expires_at")


def test_refuses_terms_that_nobody_registered(bench: Bench, terms: Terms) -> None:
    forged = bench.terms(amount=2_000_000)
    assert refused(bench.handle(bench.spend(forged))) == ("terms_unknown", "/intent/source/terms")


def test_refuses_a_deal_that_is_not_of_the_terms(bench: Bench, terms: Terms) -> None:
    reason = Reason(code="RELEASE", ref="deal_01KAJ8P0000000000000000002")
    intent = bench.intent(terms, reason=reason)
    assert refused(bench.handle(bench.spend(terms, intent=intent))) == (
        "deal_not_of_terms",
        "/intent/reason/ref",
    )


def test_refuses_another_asset(bench: Bench, terms: Terms) -> None:
    intent = bench.intent(terms, asset=f"{REGTEST}/slip44:0")
    assert refused(bench.handle(bench.spend(terms, intent=intent))) == ("asset_differs", "/intent/asset")


def test_refuses_a_payee_outside_the_terms(bench: Bench, terms: Terms) -> None:
    elsewhere = Payee(to="bcrt1qw508d6qejxtdg4y5r3zarvary0c5xw7kygt080", amount=990_000)
    intent = bench.intent(terms, payees=(elsewhere,))
    request = bench.spend(terms, intent=intent)
    assert refused(bench.handle(request)) == ("payee_not_in_terms", "/intent/payees/0/to")


def test_refuses_a_changed_amount(bench: Bench, terms: Terms) -> None:
    psbt = with_output(
        payout(terms, MERCHANT_PAYOUT), lambda output: replace(output, amount=output.amount - 1)
    )
    assert refused(bench.handle(bench.spend(terms, psbt=psbt))) == ("output_not_payee", "/payload/psbt")


def test_refuses_a_changed_address(bench: Bench, terms: Terms) -> None:
    psbt = payout(terms, (Payee(to=BUYER_ADDRESS, amount=990_000),))
    assert refused(bench.handle(bench.spend(terms, psbt=psbt))) == ("output_not_payee", "/payload/psbt")


def test_refuses_payees_in_another_order(bench: Bench, terms: Terms) -> None:
    split = (Payee(to=MERCHANT_ADDRESS, amount=495_000), Payee(to=BUYER_ADDRESS, amount=495_000))
    intent = bench.intent(terms, payees=split)
    psbt = payout(terms, split[::-1])
    request = bench.spend(terms, intent=intent, psbt=psbt)
    assert refused(bench.handle(request)) == ("output_not_payee", "/payload/psbt")


def test_refuses_an_extra_output(bench: Bench, terms: Terms) -> None:
    extra = funding(escrow_script(), 1_000).outputs[0]
    psbt = with_extra_output(payout(terms, MERCHANT_PAYOUT), extra)
    assert refused(bench.handle(bench.spend(terms, psbt=psbt))) == ("output_count", "/payload/psbt")


def test_refuses_another_sighash(bench: Bench, terms: Terms) -> None:
    psbt = with_field(payout(terms, MERCHANT_PAYOUT), b"\x03", b"\x03\x00\x00\x00")
    result = bench.handle(bench.spend(terms, psbt=psbt))
    assert refused(result) == ("psbt_sighash", "/payload/psbt/inputs/0/sighash")


def test_refuses_an_input_of_another_script(bench: Bench, terms: Terms) -> None:
    other = bench.terms(keys=replace(terms.keys, buyer=public_key("stranger").hex()))
    psbt = payout(other, MERCHANT_PAYOUT)
    assert refused(bench.handle(bench.spend(terms, psbt=psbt))) == ("input_foreign", "/payload/psbt")


def test_refuses_an_amount_without_proof(bench: Bench, terms: Terms) -> None:
    psbt = with_field(payout(terms, MERCHANT_PAYOUT), b"\x00", None)
    result = bench.handle(bench.spend(terms, psbt=psbt))
    assert refused(result) == ("psbt_missing_field", "/payload/psbt/inputs/0/previous_transaction")


def test_refuses_the_previous_transaction_of_another_input(bench: Bench, terms: Terms) -> None:
    psbt = with_field(payout(terms, MERCHANT_PAYOUT), b"\x00", deposit(terms, 2_000_000).to_bytes())
    result = bench.handle(bench.spend(terms, psbt=psbt))
    assert refused(result) == ("psbt_previous_mismatch", "/payload/psbt/inputs/0/previous_transaction")


def test_refuses_a_fee_above_the_intent(bench: Bench, terms: Terms) -> None:
    intent = bench.intent(terms, fee=Fee(max=9_999))
    assert refused(bench.handle(bench.spend(terms, intent=intent))) == ("fee_above_max", "/intent/fee/max")


def test_refuses_a_fee_above_the_terms(bench: Bench, terms: Terms) -> None:
    payees = (Payee(to=MERCHANT_ADDRESS, amount=979_999),)
    intent = bench.intent(terms, payees=payees, fee=Fee(max=30_000))
    assert refused(bench.handle(bench.spend(terms, intent=intent))) == ("fee_above_max", "/intent/fee/max")


def test_refuses_more_inputs_than_an_entry_holds(bench: Bench, terms: Terms) -> None:
    funds = deposit(terms, *[5_000] * 201)
    psbt = payout(terms, MERCHANT_PAYOUT, deposits=tuple((funds, index) for index in range(201)))
    assert refused(bench.handle(bench.spend(terms, psbt=psbt))) == ("too_many_inputs", "/payload/psbt")


def test_refuses_a_replacement_of_a_signed_attempt(bench: Bench, terms: Terms) -> None:
    intent = bench.intent(terms)
    bench.handle(bench.spend(terms, intent=intent))
    other = payout(terms, intent.payees, deposits=((deposit(terms, 995_000), 0),))
    request = bench.spend(terms, intent=intent, psbt=other)
    assert refused(bench.handle(request)) == ("intent_already_signed", "/intent")


def test_refuses_a_second_deposit_after_one_was_spent(bench: Bench, terms: Terms) -> None:
    bench.handle(bench.spend(terms))
    second = payout(terms, MERCHANT_PAYOUT, deposits=((deposit(terms, 995_000), 0),))
    request = bench.spend(terms, psbt=second)
    assert refused(bench.handle(request)) == ("anchor_not_spent", "/payload/psbt/inputs")


def test_refuses_a_second_transaction_over_the_same_outpoint(bench: Bench, terms: Terms) -> None:
    bench.handle(bench.spend(terms))
    to_buyer = bench.intent(terms, payees=(Payee(to=BUYER_ADDRESS, amount=990_000),))
    request = bench.spend(terms, intent=to_buyer)
    assert refused(bench.handle(request)) == ("slot_already_signed", "/payload/psbt/inputs/0")


class TestWhateverThePolicy:
    """The transaction must be the intent even under a policy that does not ask for it."""

    @pytest.fixture(autouse=True)
    def _policy_allows_everything(self, monkeypatch: pytest.MonkeyPatch) -> None:
        allowed = Decision(outcome="ALLOW", trace=())
        monkeypatch.setattr(engine, "evaluate", lambda policy, facts: allowed)

    def test_refuses_a_foreign_input(self, bench: Bench, terms: Terms) -> None:
        other = bench.terms(keys=replace(terms.keys, buyer=public_key("stranger").hex()))
        result = bench.handle(bench.spend(terms, psbt=payout(other, MERCHANT_PAYOUT)))
        assert refused(result) == ("input_not_of_source", "/payload/psbt/inputs/0")

    def test_refuses_outputs_that_are_not_the_payees(self, bench: Bench, terms: Terms) -> None:
        psbt = payout(terms, (Payee(to=BUYER_ADDRESS, amount=990_000),))
        result = bench.handle(bench.spend(terms, psbt=psbt))
        assert refused(result) == ("outputs_not_the_payees", "/payload/psbt/outputs")

    def test_refuses_a_fee_above_the_intent(self, bench: Bench, terms: Terms) -> None:
        intent = bench.intent(terms, fee=Fee(max=9_999))
        result = bench.handle(bench.spend(terms, intent=intent))
        assert refused(result) == ("fee_above_intent", "/intent/fee/max")

    def test_refuses_terms_that_nobody_registered(self, bench: Bench, terms: Terms) -> None:
        result = bench.handle(bench.spend(bench.terms(amount=2_000_000)))
        assert refused(result) == ("terms_unknown", "/intent/source/terms")


def test_refuses_a_key_that_is_not_of_the_terms(bench: Bench, terms: Terms) -> None:
    other = add_mediator_key(bench)
    request = replace(bench.spend(terms), key=other)
    assert refused(bench.handle(request)) == ("key_not_of_terms", "/key")


def test_refuses_a_suspended_key(bench: Bench, terms: Terms) -> None:
    body = {"key": bench.key("mediator").id, "state": "SUSPENDED", "reason": "test"}
    bench.store.commit(Draft("KEY", body), at=bench.hands.now)
    assert refused(bench.handle(bench.spend(terms))) == ("key_not_active", "/key")


def add_mediator_key(bench: Bench) -> str:
    """A second key of the same purpose, as a later activation would add it."""
    body = {
        "key": "key_01KAJ8V0000000000000000002",
        "purpose": "mediator",
        "curve": "secp256k1",
        "public_key": public_key("another mediator").hex(),
        "token_id": "ff" * 16,
        "class": "NEVER_LEAVES",
        "state": "ACTIVE",
    }
    bench.store.commit(Draft("KEY", body), at=bench.hands.now)
    return body["key"]
