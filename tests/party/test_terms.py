"""Reviewing and signing terms: own key, own payout address, once per script."""

import hashlib
import json
from dataclasses import replace

import pytest

from custody.statements.terms import PartySignature, SignedTerms, Terms
from tests.harness.bitcoin import BUYER_ADDRESS, MERCHANT_ADDRESS
from tests.party.world import STRANGER, PartyWorld, refusal

Capture = pytest.CaptureFixture[str]


def signature(world: PartyWorld, name: str) -> PartySignature:
    return PartySignature.read(json.loads(world.out(f"{name}.signature").read_bytes()))


def test_shows_who_gets_what_and_the_checksum_to_compare(world: PartyWorld, capsys: Capture) -> None:
    capsys.readouterr()
    assert world.run("review-terms", "merchant", world.terms_file, "--json") == 0
    shown = json.loads(capsys.readouterr().out)
    assert shown["terms"] == world.terms.hash
    assert shown["your_role"] == "merchant"
    assert shown["fund"] == world.terms.address
    assert shown["buyer_is_paid_at"] == BUYER_ADDRESS
    assert shown["merchant_is_paid_at"] == MERCHANT_ADDRESS
    assert shown["charge_1"] == (
        "0.00005000 Test-BTC (5000 satoshi) to bcrt1qqqqsyqcyq5rqwzqfpg9scrgwpugpzysnard0ew"
    )
    amount = world.terms.amount
    assert shown["amount"] == f"0.{amount:08} Test-BTC ({amount} satoshi)"
    assert shown["fee_at_most"].endswith(f" Test-BTC ({world.terms.fee.max} satoshi)")
    assert shown["descriptor"] == f"{shown['descriptor'].partition('#')[0]}#{shown['checksum']}"
    assert len(shown["checksum"]) == 8


def test_prints_for_people_one_line_each(world: PartyWorld, capsys: Capture) -> None:
    capsys.readouterr()
    assert world.run("review-terms", "buyer", world.terms_file) == 0
    assert f"fund: {world.terms.address}" in capsys.readouterr().out.splitlines()


def test_both_signatures_make_signed_terms(world: PartyWorld) -> None:
    assert world.sign_terms("buyer") == 0
    assert world.sign_terms("merchant") == 0
    both = (signature(world, "buyer"), signature(world, "merchant"))
    SignedTerms(document=world.terms, signatures=both).verify()


def test_signing_the_same_terms_again_gives_the_same_signature(world: PartyWorld) -> None:
    world.sign_terms("buyer")
    first = world.out("buyer.signature").read_bytes()
    assert world.sign_terms("buyer") == 0
    assert world.out("buyer.signature").read_bytes() == first


def test_refuses_other_terms_for_a_script_it_has_signed(world: PartyWorld, capsys: Capture) -> None:
    world.sign_terms("buyer")
    world.out("buyer.signature").unlink()
    assert world.sign_terms("buyer", terms=replace(world.terms, second_review_above=1)) == 1
    assert refusal(capsys) == ("script_already_signed", "dir")
    assert not world.out("buyer.signature").exists()


@pytest.mark.parametrize("command", ["review-terms", "sign-terms"])
def test_the_downloaded_contract_is_held_against_the_terms(
    world: PartyWorld, command: str, capsys: Capture
) -> None:
    contract = world.write("contract.txt", b"The buyer pays the merchant.")
    other = world.write("other.txt", b"The buyer pays somebody.")
    text = hashlib.sha256(contract.read_bytes()).hexdigest()
    terms = world.write("agreed.json", replace(world.terms, text=text).to_bytes())
    words = ("--out", world.out("s"), "--yes") if command == "sign-terms" else ()
    assert world.run(command, "buyer", terms, "--contract", other, *words) == 1
    assert refusal(capsys) == ("contract_differs", "/text")
    assert not world.out("s").exists()
    assert world.run(command, "buyer", terms, "--contract", contract, *words) == 0


def swapped(terms: Terms) -> Terms:
    payouts = replace(terms.payouts, buyer=terms.payouts.merchant, merchant=terms.payouts.buyer)
    return replace(terms, payouts=payouts)


@pytest.mark.parametrize("name", ["buyer", "merchant"])
@pytest.mark.parametrize("command", ["review-terms", "sign-terms"])
def test_refuses_terms_that_pay_it_elsewhere(
    world: PartyWorld, name: str, command: str, capsys: Capture
) -> None:
    file = world.write("swapped.json", swapped(world.terms).to_bytes())
    words = ("--out", world.out("s")) if command == "sign-terms" else ()
    assert world.run(command, name, file, *words) == 1
    assert refusal(capsys) == ("payout_differs", f"/payouts/{name}")
    assert not world.out("s").exists()


def test_refuses_terms_without_its_key(world: PartyWorld, capsys: Capture) -> None:
    world.init("stranger", STRANGER)
    assert world.sign_terms("stranger") == 1
    assert refusal(capsys) == ("foreign_terms", "/keys")


def test_refuses_terms_of_another_chain(world: PartyWorld, capsys: Capture) -> None:
    identity = world.home("buyer") / "identity.json"
    text = identity.read_text().replace(world.terms.chain, "bip122:000000000933ea01ad0ee984209779ba")
    identity.write_text(text)
    assert world.sign_terms("buyer") == 1
    assert refusal(capsys) == ("wrong_chain", "/chain")


def test_needs_a_payout_address_from_somewhere(world: PartyWorld, capsys: Capture) -> None:
    identity = world.home("buyer") / "identity.json"
    value = json.loads(identity.read_bytes())
    del value["payout"]
    identity.write_text(json.dumps(value, sort_keys=True, separators=(",", ":")))
    assert world.run("review-terms", "buyer", world.terms_file) == 1
    said = capsys.readouterr().err
    assert said == "refused: payout_missing payout: say with --payout ADDRESS where you want to be paid\n"
    assert world.run("review-terms", "buyer", world.terms_file, "--payout", BUYER_ADDRESS) == 0
    assert world.run("review-terms", "buyer", world.terms_file, "--payout", STRANGER) == 1


def test_refuses_terms_whose_address_is_not_of_the_keys(world: PartyWorld, capsys: Capture) -> None:
    data = world.terms.to_bytes().replace(world.terms.address.encode(), STRANGER.encode())
    assert world.run("review-terms", "buyer", world.write("forged.json", data)) == 1
    assert refusal(capsys) == ("address_mismatch", "/address")


def test_refuses_terms_whose_script_is_not_of_the_keys(world: PartyWorld, capsys: Capture) -> None:
    key = world.terms.keys.mediator.encode()
    data = world.terms.to_bytes().replace(b'"mediator":"' + key, b'"mediator":"' + b"02" + key[2:][::-1])
    assert world.run("sign-terms", "buyer", world.write("forged.json", data), "--out", world.out("s")) == 1
    assert refusal(capsys)[0] in {"script_mismatch", "bad_public_key"}


def test_refuses_bytes_that_are_not_canonical(world: PartyWorld, capsys: Capture) -> None:
    file = world.write("spaced.json", world.terms.to_bytes() + b"\n")
    assert world.run("review-terms", "buyer", file) == 1
    assert refusal(capsys) == ("not_canonical", "")


def test_asks_at_the_terminal_and_takes_no_for_an_answer(
    world: PartyWorld, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    monkeypatch.setattr("sys.stdin.isatty", lambda: True)
    monkeypatch.setattr("builtins.input", lambda _: "n")
    assert world.sign_terms("buyer", yes=()) == 1
    assert refusal(capsys) == ("not_confirmed", "")
    monkeypatch.setattr("builtins.input", lambda _: "y")
    assert world.sign_terms("buyer", yes=()) == 0


def test_signs_nothing_unasked_when_nobody_is_at_the_terminal(
    world: PartyWorld, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    monkeypatch.setattr("sys.stdin.isatty", lambda: False)
    assert world.sign_terms("buyer", yes=()) == 1
    assert refusal(capsys) == ("not_confirmed", "--yes")
    assert not world.out("buyer.signature").exists()
    assert not (world.home("buyer") / "terms").exists()
