"""Each step shows the commands of the party's own program, ready to copy, and the program takes them."""

import html
import re
import shlex

import pytest
from pytest_django import Settings

from scripts.party.__main__ import _parser
from tests.harness.bitcoin import BUYER_ADDRESS
from tests.portal.stage import Stage


def commands(stage: Stage, role: str) -> list[str]:
    """The commands on the deal page of ``role``, without what all of the party program's begin with."""
    found = [html.unescape(text) for text in re.findall(r"<pre>(.*?)</pre>", stage.page(role))]
    return [text.removeprefix(".venv/bin/python -m scripts.party ") for text in found]


def test_joining(stage: Stage) -> None:
    home = f"~/custody-buyer-{stage.deal.pk}"
    made = f"init --dir {home} --name buyer --chain regtest --payout"
    assert commands(stage, "buyer") == ["scripts/regtest address", f"{made} PAYOUT_ADDRESS"]
    assert commands(stage.join(), "buyer")[1] == f"{made} {BUYER_ADDRESS}"


def test_signing_the_terms(stage: Stage) -> None:
    deal = stage.propose_terms().deal.pk
    assert commands(stage, "merchant") == [
        f"sign-terms --dir ~/custody-merchant-{deal} ~/Downloads/{deal}-terms.json "
        f"--out ~/Downloads/{deal}-merchant-signature.json"
    ]


def test_challenging_and_proving(stage: Stage) -> None:
    deal = stage.pin_terms().deal.pk
    home = f"--dir ~/custody-buyer-{deal}"
    assert commands(stage, "buyer") == [f"make-nonce {home}"]
    for role, digit in (("buyer", "1"), ("merchant", "2")):
        stage.do(role, "give-nonce", nonce=digit * 32)
    files = f"~/Downloads/{deal}-challenge-buyer.json --out ~/Downloads/{deal}-buyer-proof.json"
    assert commands(stage, "buyer") == [f"prove-key {home} {files}"]


def test_comparing_the_address_after_checking_the_others_proofs(stage: Stage) -> None:
    deal = stage.prove_keys().deal.pk
    home, files = f"--dir ~/custody-buyer-{deal}", f"~/Downloads/{deal}"
    assert commands(stage, "buyer") == [
        f"verify-key-proof {home} {files}-proof-merchant.json",
        f"verify-key-proof {home} {files}-proof-mediator.json",
        f"review-terms {home} {files}-terms.json",
    ]


def test_funding_in_the_demonstration(stage: Stage) -> None:
    address = stage.confirm_address().terms().address
    assert commands(stage, "buyer") == [f"scripts/regtest pay {address} 0.01000000", "scripts/regtest mine 6"]


def test_funding_elsewhere_and_joining_name_no_regtest(stage: Stage, settings: Settings) -> None:
    settings.IS_DEMO = False
    assert "scripts/regtest" not in stage.page("buyer")
    assert commands(stage.confirm_address(), "buyer") == []


def test_signing_the_payout(stage: Stage) -> None:
    deal = stage.propose_release().deal.pk
    assert commands(stage, "buyer") == [
        f"sign-psbt --dir ~/custody-buyer-{deal} ~/Downloads/{deal}.psbt "
        f"--terms ~/Downloads/{deal}-terms.json --out ~/Downloads/{deal}-buyer-signed.psbt"
    ]


@pytest.mark.parametrize(
    "until", ["join", "propose_terms", "pin_terms", "give_nonces", "prove_keys", "propose_release"]
)
def test_the_program_understands_what_the_page_shows(stage: Stage, until: str) -> None:
    getattr(stage, until)()
    for command in commands(stage, "buyer"):
        if not command.startswith("scripts/"):
            assert _parser().parse_args(shlex.split(command)).dir.name == f"custody-buyer-{stage.deal.pk}"


@pytest.mark.parametrize("name", ["terms.json", "challenge.json", "proof/mediator.json"])
def test_downloads_are_named_as_the_commands_say(stage: Stage, name: str) -> None:
    response = stage.prove_keys().get("buyer", name)
    shown = {
        "terms.json": "terms",
        "challenge.json": "challenge-buyer",
        "proof/mediator.json": "proof-mediator",
    }
    assert f'filename="{stage.deal.pk}-{shown[name]}.json"' in response["Content-Disposition"]
