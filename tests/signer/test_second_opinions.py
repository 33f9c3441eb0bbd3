"""Second opinions on final Bitcoin transactions: they agree with what is right and stop what is not."""

import sys
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from django.conf import LazySettings

from custody.chains.bitcoin.address import script_of
from custody.chains.bitcoin.transaction import Transaction, parse_transaction
from custody.hsm.signer import final, program, second_opinions
from custody.hsm.signer.second_opinions import SecondOpinionError
from custody.hsm.signer.store import selectors
from custody.statements.intent import Payee
from tests.harness.bitcoin import BUYER_ADDRESS, MERCHANT_ADDRESS, REGTEST
from tests.signer.bench import Bench
from tests.signer.house import House

BOTH = ("bitcoinkernel", "bitcoinlib")
# BIP350, test vector of a taproot address, with the prefix of regtest.
TAPROOT = "bcrt1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vqc8gma6"


@pytest.fixture(params=[BOTH[:1], BOTH[1:], BOTH], ids=["kernel", "bitcoinlib", "both"])
def asked(request: pytest.FixtureRequest, settings: LazySettings, bench: Bench) -> Any:
    settings.SIGNER_DIR = bench.directory
    settings.SIGNER_SECOND_OPINIONS = list(request.param)
    return request.param


@pytest.fixture
def house(bench: Bench) -> House:
    return House(bench)


def test_they_agree_on_a_payment(asked: Any, house: House) -> None:
    assert house.bench.handle(house.transfer()).outcome == "SIGNED"


def test_they_agree_on_several_coins_and_payees(asked: Any, house: House) -> None:
    payees = (Payee(to=MERCHANT_ADDRESS, amount=600_000), Payee(to=TAPROOT, amount=390_000))
    intent = house.intent(payees=payees)
    spend = house.psbt(payees, coins=house.coins(400_000, 600_000))
    assert house.bench.handle(house.transfer(intent, psbt=spend)).outcome == "SIGNED"


def test_they_read_a_payout_whose_other_signatures_are_missing(asked: Any, bench: Bench) -> None:
    terms = bench.register()
    assert bench.handle(bench.spend(terms)).outcome == "SIGNED"


def _other_payee(sent: Transaction) -> Transaction:
    (output,) = sent.outputs
    return replace(sent, outputs=(replace(output, script=script_of(BUYER_ADDRESS, REGTEST)),))


def _other_amount(sent: Transaction) -> Transaction:
    (output,) = sent.outputs
    return replace(sent, outputs=(replace(output, amount=output.amount - 1),))


def _other_coin(sent: Transaction) -> Transaction:
    (spent,) = sent.inputs
    return replace(sent, inputs=(replace(spent, vout=spent.vout + 1),))


def _one_more_output(sent: Transaction) -> Transaction:
    return replace(sent, outputs=sent.outputs * 2)


@pytest.mark.parametrize("change", [_other_payee, _other_amount, _other_coin, _one_more_output])
def test_what_our_own_decoder_would_not_see_is_not_signed(
    asked: Any, house: House, monkeypatch: pytest.MonkeyPatch, change: Callable[[Transaction], Transaction]
) -> None:
    """Our decoder is made to read the honest transaction where the bytes are of another."""
    honest: list[bytes] = []
    make = final._final_bytes

    def lying(case: Any, made: Any) -> bytes:
        honest.append(make(case, made))
        return change(parse_transaction(honest[-1])).to_bytes()

    monkeypatch.setattr(final, "_final_bytes", lying)
    monkeypatch.setattr(final, "parse_transaction", lambda _raw, field: parse_transaction(honest[-1]))
    result = house.bench.handle(house.transfer())
    assert (result.outcome, result.rule, result.signatures) == ("FAILED", "token_result_wrong", ())
    key = selectors.key(house.key)
    assert key is not None
    assert key.state == "SUSPENDED"


def test_the_kernel_judges_the_scripts(
    house: House, settings: LazySettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A witness that spends nothing, in a transaction that is right otherwise."""
    settings.SIGNER_SECOND_OPINIONS = ["bitcoinkernel"]
    monkeypatch.setattr(final, "_witness", lambda _case, _item, _signature: (b"", b"\x02" + b"\x11" * 32))
    result = house.bench.handle(house.transfer())
    assert (result.outcome, result.rule) == ("FAILED", "token_result_wrong")


@pytest.mark.parametrize("name", BOTH)
def test_bytes_that_it_cannot_read_are_not_signed(
    house: House, settings: LazySettings, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    settings.SIGNER_DIR, settings.SIGNER_SECOND_OPINIONS = house.bench.directory, [name]
    make = final._final_bytes
    whole: list[bytes] = []

    def torn(case: Any, made: Any) -> bytes:
        whole.append(make(case, made))
        return whole[-1][:20]

    monkeypatch.setattr(final, "_final_bytes", torn)
    monkeypatch.setattr(final, "parse_transaction", lambda _raw, field: parse_transaction(whole[-1]))
    assert house.bench.handle(house.transfer()).rule == "token_result_wrong"


@pytest.mark.parametrize(
    ("name", "module"), [("bitcoinkernel", "pbk"), ("bitcoinlib", "bitcoinlib.transactions")]
)
def test_the_signer_does_not_start_without_what_is_enabled(
    bench: Bench, settings: LazySettings, monkeypatch: pytest.MonkeyPatch, name: str, module: str
) -> None:
    second_opinions._opinion.cache_clear()
    settings.SIGNER_SECOND_OPINIONS = [name]
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(SecondOpinionError, match=f"{name} is enabled and not installed"):
        program.build_signer(bench.store)


def test_the_signer_does_not_start_with_an_opinion_that_nobody_knows(
    bench: Bench, settings: LazySettings
) -> None:
    settings.SIGNER_SECOND_OPINIONS = ["oracle"]
    with pytest.raises(SecondOpinionError, match="there is no second opinion oracle"):
        program.build_signer(bench.store)
