"""Signing a payout: only what the signed terms allow, judged by the consensus code in the end."""

import json

import pytest

from custody.chains.bitcoin.psbt import combine, finalize
from custody.chains.bitcoin.transaction import TxOutput
from tests.chains import psbts
from tests.harness.bitcoin import (
    BUYER_ADDRESS,
    MERCHANT_ADDRESS,
    REGTEST,
    escrow_script,
    funding,
    is_valid_spend,
)
from tests.party.world import FUNDED, MEDIATOR_FEE, STRANGER, PartyWorld, refusal

Capture = pytest.CaptureFixture[str]


@pytest.fixture
def signed(world: PartyWorld, capsys: Capture) -> PartyWorld:
    """Both parties have signed the terms."""
    world.sign_terms("buyer")
    world.sign_terms("merchant")
    capsys.readouterr()
    return world


def test_two_parties_release_and_the_consensus_code_accepts(signed: PartyWorld) -> None:
    file = signed.psbt((MERCHANT_ADDRESS, 985_000), (MEDIATOR_FEE, 5_000))
    assert signed.sign_psbt("buyer", file) == 0
    assert signed.sign_psbt("merchant", file) == 0
    texts = [signed.out(f"{name}.psbt").read_text() for name in ("buyer", "merchant")]
    transaction = finalize(combine(texts[0], texts[1:], chain=REGTEST), chain=REGTEST)
    assert is_valid_spend(transaction, list(funding(signed.script, FUNDED).outputs))


def test_the_second_signs_what_the_first_has_signed(signed: PartyWorld) -> None:
    file = signed.psbt((BUYER_ADDRESS, 400_000), (MERCHANT_ADDRESS, 590_000))
    assert signed.sign_psbt("buyer", file) == 0
    assert signed.sign_psbt("merchant", signed.out("buyer.psbt")) == 0
    transaction = finalize(signed.out("merchant.psbt").read_text(), chain=REGTEST)
    assert is_valid_spend(transaction, list(funding(signed.script, FUNDED).outputs))


def test_shows_amounts_addresses_and_fee(signed: PartyWorld, capsys: Capture) -> None:
    file = signed.psbt((MERCHANT_ADDRESS, 985_000), (MEDIATOR_FEE, 5_000))
    words = ("--terms", signed.terms_file, "--out", signed.out("o"), "--yes", "--json")
    assert signed.run("sign-psbt", "buyer", file, *words) == 0
    shown = json.loads(capsys.readouterr().out)
    assert shown["output_0"] == f"0.00985000 Test-BTC (985000 satoshi) to {MERCHANT_ADDRESS} (merchant)"
    assert shown["output_1"] == f"0.00005000 Test-BTC (5000 satoshi) to {MEDIATOR_FEE} (charge)"
    assert shown["fee"] == "0.00010000 Test-BTC (10000 satoshi)"


@pytest.mark.parametrize(
    ("payees", "expected"),
    [
        ([(STRANGER, 990_000)], ("psbt_unknown_output", "/psbt/outputs/0")),
        ([(MERCHANT_ADDRESS, 500_000), (STRANGER, 490_000)], ("psbt_unknown_output", "/psbt/outputs/1")),
        ([(MERCHANT_ADDRESS, 984_999), (MEDIATOR_FEE, 5_001)], ("psbt_unknown_output", "/psbt/outputs/1")),
        (
            [(MEDIATOR_FEE, 5_000), (MERCHANT_ADDRESS, 980_000), (MEDIATOR_FEE, 5_000)],
            ("psbt_unknown_output", "/psbt/outputs/0"),
        ),
        ([(MERCHANT_ADDRESS, 979_999)], ("psbt_fee_above_terms", "/psbt/fee")),
    ],
    ids=["stranger", "stranger besides", "larger charge", "charge twice", "fee"],
)
def test_refuses_a_payout_outside_the_terms(
    signed: PartyWorld, payees: list[tuple[str, int]], expected: tuple[str, str], capsys: Capture
) -> None:
    assert signed.sign_psbt("buyer", signed.psbt(*payees)) == 1
    assert refusal(capsys) == expected
    assert not signed.out("buyer.psbt").exists()


def test_refuses_inputs_of_another_script(signed: PartyWorld, capsys: Capture) -> None:
    file = signed.psbt((MERCHANT_ADDRESS, 990_000), script=escrow_script())
    assert signed.sign_psbt("buyer", file) == 1
    assert refusal(capsys) == ("psbt_foreign_input", "/psbt/inputs/0")


def test_refuses_terms_it_has_not_signed(world: PartyWorld, capsys: Capture) -> None:
    assert world.sign_psbt("buyer", world.psbt((MERCHANT_ADDRESS, 990_000))) == 1
    assert refusal(capsys) == ("terms_not_signed", "/terms")


def test_refuses_another_sighash(signed: PartyWorld, capsys: Capture) -> None:
    text = signed.psbt((MERCHANT_ADDRESS, 990_000)).read_text()
    single = psbts.with_field(text, b"\x03", (0x03).to_bytes(4, "little"))
    assert signed.sign_psbt("buyer", signed.write("single.psbt", single.encode())) == 1
    assert refusal(capsys) == ("psbt_sighash", "/psbt/inputs/0/sighash")


def test_refuses_an_amount_that_is_not_proved(signed: PartyWorld, capsys: Capture) -> None:
    text = signed.psbt((MERCHANT_ADDRESS, 990_000)).read_text()
    output = TxOutput(2 * FUNDED, funding(signed.script, FUNDED).outputs[0].script)
    lied = psbts.with_field(text, b"\x01", output.to_bytes())
    assert signed.sign_psbt("buyer", signed.write("lied.psbt", lied.encode())) == 1
    assert refusal(capsys) == ("psbt_previous_mismatch", "/psbt/inputs/0/previous_output")


def test_signs_nothing_unasked_when_nobody_is_at_the_terminal(
    signed: PartyWorld, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    monkeypatch.setattr("sys.stdin.isatty", lambda: False)
    file = signed.psbt((MERCHANT_ADDRESS, 985_000), (MEDIATOR_FEE, 5_000))
    assert signed.sign_psbt("buyer", file, yes=()) == 1
    assert refusal(capsys) == ("not_confirmed", "--yes")
    assert not signed.out("buyer.psbt").exists()


@pytest.mark.parametrize("data", [b"", b"not base64", b"cHNidP8=", "ünïcode".encode()])
def test_refuses_a_file_that_is_no_psbt(signed: PartyWorld, data: bytes, capsys: Capture) -> None:
    assert signed.sign_psbt("buyer", signed.write("bad.psbt", data)) == 1
    assert refusal(capsys)[0] == "psbt_malformed"
