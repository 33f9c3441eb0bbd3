"""Proofs of possession: own nonce, fresh, for signed terms; those of others are checked as well."""

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from custody.common import clock
from custody.statements.key_proof import PartyNonces, ProvenKey
from custody.statements.proof import Secp256k1Proof
from tests.harness.bitcoin import private_key
from tests.party.world import PartyWorld, refusal

Capture = pytest.CaptureFixture[str]
FOREIGN = "77" * 16


@pytest.fixture
def nonces(world: PartyWorld, capsys: Capture) -> PartyNonces:
    """Terms signed by both, and a nonce of each party."""
    world.sign_terms("buyer")
    world.sign_terms("merchant")
    return PartyNonces(
        buyer=world.nonce("buyer", capsys), merchant=world.nonce("merchant", capsys), mediator="02" * 16
    )


def prove(world: PartyWorld, name: str, nonces: PartyNonces, **changes: Any) -> int:
    role = changes.pop("role", name)
    file = world.challenge_file(world.challenge(role, nonces, **changes))
    return world.run("prove-key", name, file, "--out", world.out("proof"))


def test_answers_a_challenge_and_the_other_party_accepts(world: PartyWorld, nonces: PartyNonces) -> None:
    assert prove(world, "buyer", nonces) == 0
    proven = ProvenKey.read(json.loads(world.out("proof").read_bytes()))
    proven.verify()
    assert proven.document.public_key == world.public_key("buyer")
    assert world.run("verify-key-proof", "merchant", world.out("proof")) == 0


def test_nonces_are_16_bytes_and_never_the_same(world: PartyWorld, capsys: Capture) -> None:
    made = {world.nonce("buyer", capsys) for _ in range(3)}
    assert {len(nonce) for nonce in made} == {32}
    assert len(made) == 3


def test_answers_again_in_the_same_way(world: PartyWorld, nonces: PartyNonces) -> None:
    file = world.challenge_file(world.challenge("buyer", nonces))
    answers = set()
    for _ in range(2):
        assert world.run("prove-key", "buyer", file, "--out", world.out("proof")) == 0
        answers.add(world.out("proof").read_bytes())
    assert len(answers) == 1


def test_a_nonce_serves_one_challenge(world: PartyWorld, nonces: PartyNonces, capsys: Capture) -> None:
    prove(world, "buyer", nonces)
    assert prove(world, "buyer", nonces, server_nonce="01" * 16) == 1
    assert refusal(capsys) == ("nonce_used", "dir")


WRONG: dict[str, tuple[dict[str, Any], tuple[str, str]]] = {
    "unknown terms": ({"terms": "00" * 32}, ("terms_not_signed", "/terms")),
    "another deal": ({"deal": "deal_01KAJ8P0000000000000000002"}, ("foreign_challenge", "/deal")),
    "another installation": ({"instance": "ins_01KAJ8M3V6Q2W9X4Y7Z0A1B2C4"}, ("foreign_challenge", "/deal")),
    "another key": ({"public_key": "02" + "11" * 32}, ("foreign_key", "/public_key")),
    "a past hour": ({"expires_at": clock.now().replace(microsecond=0)}, ("expired", "/expires_at")),
}


@pytest.mark.parametrize(("changes", "expected"), WRONG.values(), ids=WRONG.keys())
def test_refuses_a_challenge_of(
    world: PartyWorld,
    nonces: PartyNonces,
    changes: dict[str, Any],
    expected: tuple[str, str],
    capsys: Capture,
) -> None:
    assert prove(world, "buyer", nonces, **changes) == 1
    assert refusal(capsys) == expected
    assert not world.out("proof").exists()


def test_refuses_a_challenge_without_its_own_nonce(
    world: PartyWorld, nonces: PartyNonces, capsys: Capture
) -> None:
    assert prove(world, "buyer", replace(nonces, buyer=FOREIGN)) == 1
    assert refusal(capsys) == ("foreign_nonce", "/nonces/buyer")


def test_refuses_to_answer_for_another_role(world: PartyWorld, nonces: PartyNonces, capsys: Capture) -> None:
    assert prove(world, "buyer", nonces, role="merchant", public_key=world.public_key("merchant")) == 1
    assert refusal(capsys) == ("foreign_role", "/role")


def mediator_proof(world: PartyWorld, nonces: PartyNonces, **changes: Any) -> ProvenKey:
    """The mediator's answer, made with its test key."""
    challenge = world.challenge("mediator", nonces, **changes)
    key = private_key("mediator")
    signature = key.sign_recoverable(bytes.fromhex(challenge.hash), hasher=None)[:64]
    proof = Secp256k1Proof(credential=key.public_key.format().hex(), signature=signature.hex())
    return ProvenKey(document=challenge, proof=proof)


def test_accepts_the_mediators_proof(world: PartyWorld, nonces: PartyNonces, capsys: Capture) -> None:
    file = world.proof_file(mediator_proof(world, nonces))
    capsys.readouterr()
    assert world.run("verify-key-proof", "buyer", file, "--json") == 0
    assert json.loads(capsys.readouterr().out) == {
        "deal": world.terms.id,
        "role": "mediator",
        "proved": world.terms.keys.mediator,
    }


def test_refuses_a_proof_made_for_others_nonces(
    world: PartyWorld, nonces: PartyNonces, capsys: Capture
) -> None:
    proven = mediator_proof(world, replace(nonces, buyer=FOREIGN))
    assert world.run("verify-key-proof", "buyer", world.proof_file(proven)) == 1
    assert refusal(capsys) == ("foreign_nonce", "/nonces/buyer")


def test_refuses_a_proof_that_does_not_verify(
    world: PartyWorld, nonces: PartyNonces, capsys: Capture
) -> None:
    good = mediator_proof(world, nonces)
    later = replace(good.document, expires_at=good.document.expires_at + timedelta(hours=1))
    assert world.run("verify-key-proof", "buyer", world.proof_file(replace(good, document=later))) == 1
    assert refusal(capsys) == ("bad_proof", "/proof/signature")
