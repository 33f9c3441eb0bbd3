"""Forged requests for a spend: the signer decides on the bytes and on what it knows itself."""

from dataclasses import replace
from datetime import timedelta

import pytest

from custody.common import clock
from custody.statements.intent import Fee, Payee, Reason, Source
from custody.statements.policy import Policy
from custody.statements.request import Stated, StatedScreening
from custody.wallets import selectors as wallets
from tests.chains.psbts import with_extra_output, with_field, with_output
from tests.harness.bitcoin import escrow_script, funding
from tests.harness.live_deal import LiveDeal
from tests.rooted.attacker import Attacker, Refused
from tests.rooted.forging import FEE, intent, payout, spend, to_merchant, to_thief

pytestmark = pytest.mark.xdist_group("live")


def test_another_payee(attacker: Attacker, untouched: LiveDeal) -> None:
    forged = spend(untouched, wanted=intent(untouched, payees=to_thief(untouched)))
    assert attacker.is_refused(forged) == Refused("payee_not_in_terms", "/intent/payees/0/to")


def test_another_payee_in_the_transaction_alone(attacker: Attacker, untouched: LiveDeal) -> None:
    forged = spend(untouched, psbt=payout(untouched, to_thief(untouched)))
    assert attacker.is_refused(forged) == Refused("output_not_payee", "/payload/psbt")


def test_another_amount(attacker: Attacker, untouched: LiveDeal) -> None:
    psbt = with_output(
        payout(untouched, to_merchant(untouched)), lambda output: replace(output, amount=output.amount - 1)
    )
    assert attacker.is_refused(spend(untouched, psbt=psbt)) == Refused("output_not_payee", "/payload/psbt")


def test_an_extra_output(attacker: Attacker, untouched: LiveDeal) -> None:
    extra = funding(escrow_script(), FEE // 2).outputs[0]
    psbt = with_extra_output(payout(untouched, to_merchant(untouched)), extra)
    assert attacker.is_refused(spend(untouched, psbt=psbt)) == Refused("output_count", "/payload/psbt")


def test_a_fee_to_the_moon(attacker: Attacker, untouched: LiveDeal) -> None:
    """The miner who works for the attacker would get it all; the intent allows it, the terms do not."""
    crumbs = (Payee(to=untouched.stage.merchant.payout, amount=1_000),)
    forged = spend(untouched, wanted=intent(untouched, payees=crumbs, fee=Fee(max=999_000)))
    assert attacker.is_refused(forged) == Refused("fee_above_max", "/intent/fee/max")


@pytest.mark.parametrize("sighash", [0x02, 0x03, 0x81, 0x82, 0x83], ids=hex)
def test_another_sighash(attacker: Attacker, untouched: LiveDeal, sighash: int) -> None:
    """NONE, SINGLE or ANYONECANPAY would let the attacker change outputs or inputs afterwards."""
    psbt = with_field(payout(untouched, to_merchant(untouched)), b"\x03", sighash.to_bytes(4, "little"))
    refused = attacker.is_refused(spend(untouched, psbt=psbt))
    assert refused == Refused("psbt_sighash", "/payload/psbt/inputs/0/sighash")


def test_an_amount_that_is_not_that_of_the_coin(attacker: Attacker, untouched: LiveDeal) -> None:
    """Without the previous transaction the fee would rest on the attacker's word."""
    psbt = with_field(payout(untouched, to_merchant(untouched)), b"\x00", None)
    refused = attacker.is_refused(spend(untouched, psbt=psbt))
    assert refused == Refused("psbt_missing_field", "/payload/psbt/inputs/0/previous_transaction")


def test_the_second_coin_after_the_first_was_signed_for(attacker: Attacker, signed: LiveDeal) -> None:
    coin = min(signed.coins(), key=lambda item: item[1])
    payees = (Payee(to=signed.stage.buyer.payout, amount=coin[1] - FEE),)
    psbt = payout(signed, payees, coins=[coin])
    forged = spend(signed, wanted=intent(signed, payees=payees), psbt=psbt)
    assert attacker.is_refused(forged) == Refused("anchor_not_spent", "/payload/psbt/inputs")


def test_the_same_coin_for_the_other_party(attacker: Attacker, signed: LiveDeal) -> None:
    """The award to the merchant is signed; a second one to the buyer gets nothing."""
    payees = (Payee(to=signed.stage.buyer.payout, amount=to_merchant(signed)[0].amount),)
    forged = spend(signed, wanted=intent(signed, payees=payees))
    assert attacker.is_refused(forged) == Refused("slot_already_signed", "/payload/psbt/inputs/0")


def test_the_same_intent_with_another_transaction(attacker: Attacker, signed: LiveDeal) -> None:
    """The honest intent, presented again over both coins."""
    honest = wallets.document_of(signed.intent)
    forged = spend(signed, wanted=honest, psbt=payout(signed, honest.payees, coins=signed.coins()))
    assert attacker.is_refused(forged) == Refused("intent_already_signed", "/intent")


def test_coins_of_another_deal(attacker: Attacker, untouched: LiveDeal, signed: LiveDeal) -> None:
    forged = spend(signed, psbt=payout(untouched, to_merchant(signed)))
    assert attacker.is_refused(forged) == Refused("input_foreign", "/payload/psbt")


def test_an_intent_about_another_deal(attacker: Attacker, untouched: LiveDeal, signed: LiveDeal) -> None:
    reason = Reason(code="AWARD_MERCHANT", ref=signed.id)
    forged = spend(untouched, wanted=intent(untouched, reason=reason))
    assert attacker.is_refused(forged) == Refused("deal_not_of_terms", "/intent/reason/ref")


def test_an_intent_under_terms_nobody_signed(attacker: Attacker, untouched: LiveDeal) -> None:
    source = Source(wallet=untouched.wallet.pk, owner="ESCROW", terms="ab" * 32)
    forged = spend(untouched, wanted=intent(untouched, source=source))
    assert attacker.is_refused(forged) == Refused("terms_unknown", "/intent/source/terms")


def test_an_intent_of_another_owner(attacker: Attacker, untouched: LiveDeal) -> None:
    source = Source(wallet=untouched.wallet.pk, owner="HOUSE")
    forged = spend(untouched, wanted=intent(untouched, kind="SWEEP", source=source))
    assert attacker.is_refused(forged) == Refused("wrong_key_purpose", "/key")


def test_an_expired_intent(attacker: Attacker, untouched: LiveDeal) -> None:
    past = (clock.now() - timedelta(minutes=1)).replace(microsecond=0)
    forged = spend(untouched, wanted=intent(untouched, expires_at=past))
    assert attacker.is_refused(forged) == Refused("intent_expired", "/intent/expires_at")


def test_an_intent_that_never_expires(attacker: Attacker, untouched: LiveDeal) -> None:
    far = (clock.now() + timedelta(days=30)).replace(microsecond=0)
    forged = spend(untouched, wanted=intent(untouched, expires_at=far))
    assert attacker.is_refused(forged) == Refused("validity_too_long", "/intent/expires_at")


def test_an_intent_under_another_policy(attacker: Attacker, untouched: LiveDeal) -> None:
    forged = spend(untouched, wanted=intent(untouched, policy=Policy(rules=()).hash))
    assert attacker.is_refused(forged) == Refused("policy_changed", "/intent/policy")


def test_a_maker_the_attacker_made_up(attacker: Attacker, untouched: LiveDeal) -> None:
    forged = spend(untouched, wanted=intent(untouched, maker="per_01KAJ8Q0000000000000000009"))
    assert attacker.is_refused(forged) == Refused("unknown_maker", "/intent/maker")


def test_a_mandate_the_attacker_made_up(attacker: Attacker, untouched: LiveDeal) -> None:
    forged = spend(untouched, mandate="man_01KAJ8T0000000000000000001")
    assert attacker.is_refused(forged) == Refused("part_not_supported", "/mandate")


def test_a_clear_screening_allows_nothing(attacker: Attacker, untouched: LiveDeal) -> None:
    """What the web states can only tighten (trust.md 4)."""
    at = clock.now().replace(microsecond=0)
    stated = Stated(screening=StatedScreening(result="CLEAR", lists={"ofac": "2026-11-20"}, at=at))
    forged = spend(untouched, wanted=intent(untouched, payees=to_thief(untouched)), stated=stated)
    assert attacker.is_refused(forged) == Refused("payee_not_in_terms", "/intent/payees/0/to")


def test_a_request_of_another_installation(attacker: Attacker, untouched: LiveDeal) -> None:
    forged = replace(spend(untouched), instance="ins_01KAJ8M3V6Q2W9X4Y7Z0A1B2C4")
    assert attacker.is_refused(forged) == Refused("wrong_instance", "/instance")


def test_a_request_with_fields_nobody_knows(attacker: Attacker, untouched: LiveDeal) -> None:
    honest = spend(untouched)
    document = honest.to_json() | {"digest": "ab" * 32}
    assert attacker.is_refused_with_bytes(honest.id, document) == Refused("bad_field", "/digest")


def test_a_request_under_the_id_of_another_row(attacker: Attacker, untouched: LiveDeal) -> None:
    other, forged = spend(untouched), spend(untouched)
    result = attacker.ask_with_bytes(other.id, forged.to_bytes())
    assert attacker.examine(result) == Refused("foreign_request_id", "/id")


def test_a_request_larger_than_the_limit(attacker: Attacker, untouched: LiveDeal) -> None:
    row = spend(untouched)
    attacker.sql(
        "INSERT INTO hsm_signingrequest (id, kind, key, chain, subject, body, created_at) VALUES "
        f"('{row.id}', 'BTC_SPEND', '', '', 'forged', repeat('a', 5000000)::bytea, now())"
    )
    assert attacker.examine(attacker.wake(row.id)) == Refused("not_canonical", "")
