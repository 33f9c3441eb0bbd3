"""The three deals of the demonstration, told as their people live them."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from scripts.demo.browser import PageError
from scripts.demo.office import Office
from scripts.demo.party import Party
from scripts.embedded.bitcoind import Node

AMOUNT = 1_000_000
FEE_MAX = 20_000
SECOND_REVIEW_ABOVE = 50_000_000
FINALITY_BLOCKS = 6
CONTRACT = (
    "Kaufvertrag (Demonstration)\n\n"
    "Die Händler GmbH liefert der Käuferin AG eine Werkzeugmaschine. Der Kaufpreis wird treuhänderisch\n"
    "hinterlegt und nach Abnahme ausgezahlt. Über Streit entscheidet die vereinbarte Mediatorin.\n"
)


@dataclass
class Stage:
    """Everybody and everything the stories need."""

    office: Office
    buyer: Party
    merchant: Party
    listed: Party
    node: Node
    clients: dict[str, str]
    users: dict[str, str]

    def wait_for(self, deal: str, *states: str, seconds: float = 120) -> dict[str, Any]:
        """Poll the API until the deal is in one of ``states``; mines nothing."""
        found: dict[str, Any] = {}

        def reached() -> bool:
            nonlocal found
            found = self.office.deal(deal)
            return found["state"] in states

        wait(reached, seconds=seconds, what=f"{deal} in {'/'.join(states)}")
        return found


def wait(condition: Callable[[], bool], *, seconds: float, what: str) -> None:
    """Poll twice a second; raise TimeoutError when time is up."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise TimeoutError(f"{what}: not within {seconds:.0f} s")
        time.sleep(0.5)


def play_agreement(stage: Stage) -> dict[str, Any]:
    """Buyer and merchant agree, the buyer funds, both release to the merchant."""
    deal = _funded_deal(stage, "Werkzeugmaschine, Lieferung im Einvernehmen")
    stage.buyer.propose_release(deal)
    for party in (stage.buyer, stage.merchant):
        _sign_when_offered(stage, party, deal)
    return _finish(stage, deal, "RELEASE_BROADCAST", "RELEASED")


def play_dispute(stage: Stage) -> dict[str, Any]:
    """The buyer disputes, the mediator awards to the merchant, a second person confirms."""
    deal = _funded_deal(stage, "Werkzeugmaschine, Mangel behauptet")
    stage.buyer.open_dispute(deal, "Die Maschine erreicht die zugesagte Genauigkeit nicht.")
    stage.merchant.add_statement(deal, "Das Abnahmeprotokoll vom Liefertag bestätigt die Genauigkeit.")
    stage.office.do(
        "mediator",
        f"escrow/deal/{deal}",
        "propose_decision",
        to_buyer="0",
        reasons="DELIVERED",
        grounds="Das unterschriebene Abnahmeprotokoll belegt die Lieferung wie vereinbart.",
    )
    code = stage.office.person("reviewer").code()
    stage.office.do("reviewer", f"escrow/deal/{deal}", "confirm_decision", token=code)
    _sign_when_offered(stage, stage.merchant, deal)
    return _finish(stage, deal, "AWARD_BROADCAST", "RESOLVED")


def play_listed(stage: Stage) -> dict[str, Any]:
    """A party bears a listed name: the deal stands still, two officers confirm the hit."""
    deal = _open(stage, "Ersatzteile", buyer="listed")
    refused = _refusal_of(lambda: stage.listed.join(deal))
    hits = stage.office.open_hits("compliance")
    for hit in hits:
        stage.office.do(
            "compliance",
            f"compliance/hit/{hit}",
            "decide",
            outcome="CONFIRMED",
            reason="Name stimmt mit dem Listeneintrag überein, keine entlastenden Merkmale.",
        )
        code = stage.office.person("deputy").code()
        stage.office.do("deputy", f"compliance/hit/{hit}", "confirm", token=code)
    return {"deal": deal, "state": stage.office.deal(deal)["state"], "stopped": refused, "hits": len(hits)}


def _funded_deal(stage: Stage, title: str) -> str:
    deal = _open(stage, title, buyer="buyer")
    parties = (stage.buyer, stage.merchant)
    for party in parties:
        party.join(deal)
    stage.office.propose_terms("compliance", deal, CONTRACT.encode())
    for party in parties:
        party.sign_terms(deal)
    stage.wait_for(deal, "TERMS_SIGNED")
    _when_open(lambda: stage.buyer.give_nonce(deal))
    _when_open(lambda: stage.merchant.give_nonce(deal))
    for party in parties:
        _when_open(lambda party=party: party.prove_key(deal))  # type: ignore[misc]
    stage.wait_for(deal, "KEYS_PROVEN")
    stage.buyer.verify_others(deal, "merchant", "mediator")
    stage.merchant.verify_others(deal, "buyer", "mediator")
    told = [party.confirm_address(deal) for party in parties]
    stage.office.do("mediator", f"escrow/deal/{deal}", "confirm_address", checksum=told[0])
    address = stage.wait_for(deal, "AWAITING_FUNDING")["funding"]["address"]
    stage.node.fund(address, AMOUNT)
    stage.node.mine(FINALITY_BLOCKS)
    stage.wait_for(deal, "FUNDED")
    return deal


def _open(stage: Stage, title: str, *, buyer: str) -> str:
    return stage.office.open_deal(
        "compliance",
        title=title,
        buyer=stage.clients[buyer],
        merchant=stage.clients["merchant"],
        mediator=stage.users["mediator"],
        amount=str(AMOUNT),
        fee_max=str(FEE_MAX),
        second_review_above=str(SECOND_REVIEW_ABOVE),
    )


def _sign_when_offered(stage: Stage, party: Party, deal: str) -> None:
    """Sign the payout as soon as the portal hands out the transaction."""
    _when_open(lambda: party.sign_payout(deal))


def _finish(stage: Stage, deal: str, sent: str, ended: str) -> dict[str, Any]:
    """Mine what was broadcast until it is final and return what the chain says."""
    stage.wait_for(deal, sent)
    stage.node.mine(FINALITY_BLOCKS)
    found = stage.wait_for(deal, ended)
    payout = found["payout"]
    return {
        "deal": deal,
        "state": found["state"],
        "txid": payout["txid"],
        "confirmations": stage.node.client().call("getrawtransaction", payout["txid"], 1)["confirmations"],
    }


def _when_open(step: Callable[[], None], *, seconds: float = 60) -> None:
    """Try a step until the system has come so far; the last refusal is raised."""
    deadline = time.monotonic() + seconds
    while True:
        try:
            return step()
        except PageError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.5)


def _refusal_of(step: Callable[[], None]) -> str:
    """The words with which the system refuses; a step that is not refused breaks the story."""
    try:
        step()
    except PageError as error:
        return str(error)
    raise AssertionError("the listed party was not stopped")
