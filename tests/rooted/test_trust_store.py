"""The trust store under a rooted web: it can carry what officers signed, and nothing of its own."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from custody.common import clock
from custody.hsm import selectors, services
from custody.statements.credential import Ed25519Credential, PersonCredential
from custody.statements.fact import Block, Fact, ProvenFact
from custody.statements.holdings import AnyFact, Holdings, ProvenHoldings
from custody.statements.mandate import Mandate, MandateFee
from custody.statements.parts import Window
from custody.statements.policy import EscrowTermsRule, Policy, QuorumRule, Scope
from custody.statements.proof import Ed25519Proof
from custody.statements.trust.holds import Hold, HoldEnd, Kill, Restart
from custody.statements.trust.policies import PolicyBody
from scripts.embedded.genesis import home_path, passphrase_path
from tests.harness.live_deal import LiveDeal
from tests.rooted.attacker import Attacker, Refused
from tests.rooted.forging import intent, spend
from tests.rooted.officers import Officers, carried

pytestmark = pytest.mark.xdist_group("live")

APPROVALS = "/documents/0/approvals"
DOCUMENT = "/documents/0/document"
NOBODYS_WALLET = Hold(scope="WALLET", ref="wal_01KAJ8S0000000000000000009")


def own_credential(officers: Officers, person: str) -> PersonCredential:
    return PersonCredential(
        person=person,
        name="A friend",
        roles=("OFFICER",),
        credential=Ed25519Credential(public_key=officers.thief.public_key().public_bytes_raw().hex()),
        valid_until=clock.now().replace(microsecond=0) + timedelta(days=100),
    )


# --- rule 19: who may change the trust store --------------------------------------------------


def test_enrolling_a_credential_of_its_own(attacker: Attacker, officers: Officers) -> None:
    """The web drafts the document and signs it as everybody, with the one key it has."""
    body = own_credential(officers, officers.person("security"))
    document = officers.document("PERSON_CREDENTIAL", body, maker="security")
    names = ("security", "compliance", "deputy")
    forged = carried(document, *(officers.says(name, document, by_thief=True) for name in names))
    refused = attacker.is_refused(forged)
    assert (refused.rule, (refused.culprit or "")[-17:]) == ("bad_proof", "/proof/credential")


def test_a_maker_nobody_knows(attacker: Attacker, officers: Officers) -> None:
    body = own_credential(officers, "per_01KAJ8Q0000000000000000077")
    drafted = officers.document("PERSON_CREDENTIAL", body, maker="security")
    document = replace(drafted, maker=body.person)
    assert attacker.is_refused(carried(document)) == Refused("unknown_maker", f"{DOCUMENT}/maker")


def test_words_of_officers_about_something_else(attacker: Attacker, officers: Officers) -> None:
    """Two officers hold a wallet; the web puts their words under a credential of its own."""
    harmless = officers.document("HOLD", NOBODYS_WALLET, maker="security")
    words = [officers.says(name, harmless) for name in ("security", "compliance", "deputy")]
    body = own_credential(officers, "per_01KAJ8Q0000000000000000078")
    document = officers.document("PERSON_CREDENTIAL", body, maker="security")
    refused = attacker.is_refused(carried(document, *words))
    assert refused.rule == "approval_of_another_subject"


def test_one_officer_is_not_a_quorum(attacker: Attacker, officers: Officers) -> None:
    """One of them was fooled, or bought."""
    body = own_credential(officers, "per_01KAJ8Q0000000000000000079")
    document = officers.document("PERSON_CREDENTIAL", body, maker="security")
    forged = carried(document, officers.says("security", document))
    assert attacker.is_refused(forged) == Refused("approvals_missing", APPROVALS)


def test_the_word_of_somebody_without_the_role(attacker: Attacker, officers: Officers) -> None:
    body = own_credential(officers, "per_01KAJ8Q0000000000000000080")
    document = officers.document("PERSON_CREDENTIAL", body, maker="security")
    words = [officers.says(name, document) for name in ("security", "compliance", "reviewer")]
    assert attacker.is_refused(carried(document, *words)) == Refused("approvals_missing", APPROVALS)


def test_a_softer_policy_of_its_own(attacker: Attacker, officers: Officers) -> None:
    soft = Policy(
        rules=(EscrowTermsRule(), QuorumRule(scope=Scope(), above=0, role="MEDIATOR", people=1)),
    )
    document = officers.document("POLICY", PolicyBody(hash=soft.hash, policy=soft), maker="security")
    words = [officers.says(name, document, by_thief=name != "security") for name in ("security", "deputy")]
    assert attacker.is_refused(carried(document, *words)).rule == "bad_proof"


def test_a_mandate_of_its_own(attacker: Attacker, officers: Officers) -> None:
    now = clock.now().replace(microsecond=0)
    body = Mandate(
        mandate="man_01KAJ8T0000000000000000009",
        key=selectors.active_key("mediator").pk,
        intent_kind="SWEEP",
        chain="bip122:0f9188f13cb7b2c71f2a335e3a4fc328",
        asset="bip122:0f9188f13cb7b2c71f2a335e3a4fc328/slip44:1",
        destinations=(),
        cap_per_transaction=10**9,
        cap_window=Window(amount=10**9, seconds=86_400),
        fee=MandateFee(max=10**6, window=Window(amount=10**7, seconds=86_400)),
        needs=(),
        valid_from=now,
        valid_until=now + timedelta(days=100),
    )
    document = officers.document("MANDATE", body, maker="security")
    forged = carried(document, officers.says("security", document, by_thief=True))
    assert attacker.is_refused(forged).rule in {"bad_proof", "key_without_wallet"}


def test_replayed_and_reordered_documents(attacker: Attacker, officers: Officers) -> None:
    """A hold that was ended comes again; its end comes before its beginning; both are out of place."""
    hold = officers.document("HOLD", NOBODYS_WALLET, maker="compliance")
    first = carried(hold, officers.says("compliance", hold))
    assert attacker.ask(first).outcome == "RECORDED"
    mirrored(officers)
    end = officers.document("HOLD_END", HoldEnd(hold=hold.hash), maker="security")
    words = [officers.says(name, end) for name in ("security", "compliance", "deputy")]
    early = replace(end, epoch=end.epoch + 1)
    early_words = [officers.says(name, early) for name in ("security", "compliance", "deputy")]
    assert attacker.is_refused(carried(early, *early_words)) == Refused(
        "not_the_next_epoch", f"{DOCUMENT}/epoch"
    )
    assert attacker.ask(carried(end, *words)).outcome == "RECORDED"
    again = carried(hold, officers.says("compliance", hold))
    assert attacker.is_refused(again) == Refused("not_the_next_epoch", f"{DOCUMENT}/epoch")


# --- rule 21: kill and restart ----------------------------------------------------------------


def test_undoing_a_kill(attacker: Attacker, officers: Officers, untouched: LiveDeal) -> None:
    """An officer kills; the web can neither restart alone nor sign meanwhile; two officers can."""
    kill = officers.document("KILL", Kill(), maker="security")
    assert attacker.ask(carried(kill, officers.says("security", kill))).outcome == "RECORDED"
    mirrored(officers)
    try:
        assert attacker.is_refused(spend(untouched)) == Refused("killed", "/key")
        restart = officers.document("RESTART", Restart(kill=kill.hash), maker="security")
        alone = carried(restart, officers.says("security", restart))
        assert attacker.is_refused(alone) == Refused("approvals_missing", APPROVALS)
        forged = carried(
            restart, officers.says("security", restart), officers.says("deputy", restart, by_thief=True)
        )
        assert attacker.is_refused(forged).rule == "bad_proof"
    finally:
        restart = officers.document("RESTART", Restart(kill=kill.hash), maker="security")
        words = [officers.says(name, restart) for name in ("security", "compliance", "deputy")]
        assert attacker.ask(carried(restart, *words)).outcome == "RECORDED"
        mirrored(officers)


# --- rules 2, 4 and 8: approvals, facts and mandates of a spend -------------------------------


def test_a_forged_approval_beside_a_payout(
    attacker: Attacker, officers: Officers, untouched: LiveDeal
) -> None:
    wanted = intent(untouched)
    forged = spend(untouched, wanted=wanted, approvals=(officers.says("reviewer", wanted, by_thief=True),))
    assert attacker.is_refused(forged) == Refused("bad_proof", "/approvals/0/proof/credential")


@pytest.mark.parametrize("version", ["a height", "holdings"])
def test_a_fact_of_a_witness_of_its_own(
    attacker: Attacker, officers: Officers, untouched: LiveDeal, version: str
) -> None:
    """Of both versions: a payment that is deep enough, and an address at which nothing is left."""
    said: dict[str, Any] = {
        "instance": selectors.identity().instance,
        "witness": selectors.active_key("mediator").pk,
        "chain": "bip122:0f9188f13cb7b2c71f2a335e3a4fc328",
        "block": Block(height=1, hash="00" * 32),
        "at": clock.now().replace(microsecond=0),
    }
    height, holdings = Fact(kind="HEIGHT", **said), Holdings(script="00", coins=0, amount=0, **said)
    forged = {
        "a height": ProvenFact(fact=height, proof=proof_of(officers, height)),
        "holdings": ProvenHoldings(fact=holdings, proof=proof_of(officers, holdings)),
    }[version]
    refused = attacker.is_refused(spend(untouched, facts=(forged,)))
    assert refused == Refused("unknown_witness", "/facts/0/fact/witness")


def proof_of(officers: Officers, fact: AnyFact) -> Ed25519Proof:
    """By the thief's key."""
    return Ed25519Proof(
        credential=officers.thief.public_key().public_bytes_raw().hex(),
        signature=officers.thief.sign(bytes.fromhex(fact.hash)).hex(),
    )


@pytest.mark.separated
def test_orders_and_keys_of_the_officers_are_out_of_reach(attacker: Attacker, officers: Officers) -> None:
    """Where each has an own system user: neither the signer's console nor an officer's home opens."""
    layout = attacker.world.layout
    home: Any = home_path(layout, "security")
    for path in (layout.signer / "orders", home / "key.pem", passphrase_path(home)):
        assert "PermissionError" in attacker.python(OPEN, str(path)), path


OPEN = """
import pathlib, sys
path = pathlib.Path(sys.argv[1])
print(list(path.parent.iterdir()), path.read_bytes())
"""


def mirrored(officers: Officers) -> None:
    services.mirror_signer(at=clock.now())
