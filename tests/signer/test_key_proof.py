"""KEY_PROOF: the mediator's key signs the challenge template, for terms it knows, and nothing else."""

from dataclasses import replace

from custody.statements.key_proof import KeyProof
from custody.statements.proof import verify_secp256k1
from custody.statements.request import Request
from custody.statements.result import Result
from custody.statements.terms import SignedTerms, Terms
from tests.harness.bitcoin import public_key
from tests.signer.bench import Bench, other_instance
from tests.signer.test_spend import add_mediator_key


def request_for(bench: Bench, challenge: KeyProof, *offered: Terms) -> Request:
    documents = tuple(SignedTerms(document=terms) for terms in offered)
    return bench.request("KEY_PROOF", "mediator", payload=challenge, documents=documents)


def refused(result: Result) -> tuple[str | None, str | None]:
    assert result.outcome == "REFUSED"
    return result.rule, result.culprit


def test_proves_the_key_for_offered_terms(bench: Bench) -> None:
    terms = bench.terms()
    challenge = bench.key_proof(terms)
    result = bench.handle(request_for(bench, challenge, terms))
    (made,) = result.signatures
    assert made.public_key == terms.keys.mediator
    verify_secp256k1(public_key=made.public_key, digest=challenge.hash, signature=made.signature)


def test_proves_the_key_for_registered_terms(bench: Bench) -> None:
    terms = bench.register()
    assert bench.handle(request_for(bench, bench.key_proof(terms))).outcome == "SIGNED"


def test_refuses_terms_it_does_not_know(bench: Bench) -> None:
    result = bench.handle(request_for(bench, bench.key_proof(bench.terms())))
    assert refused(result) == ("terms_unknown", "/payload/terms")


def test_refuses_another_instance(bench: Bench) -> None:
    terms = bench.terms()
    result = bench.handle(request_for(bench, other_instance(bench.key_proof(terms)), terms))
    assert refused(result) == ("wrong_instance", "/payload/instance")


def test_refuses_the_role_of_a_party(bench: Bench) -> None:
    terms = bench.terms()
    result = bench.handle(request_for(bench, bench.key_proof(terms, role="buyer"), terms))
    assert refused(result) == ("foreign_role", "/payload/role")


def test_refuses_to_prove_another_key(bench: Bench) -> None:
    terms = bench.terms()
    challenge = bench.key_proof(terms, public_key=public_key("stranger").hex())
    assert refused(bench.handle(request_for(bench, challenge, terms))) == (
        "key_not_proven",
        "/payload/public_key",
    )


def test_refuses_a_deal_the_terms_do_not_name(bench: Bench) -> None:
    terms = bench.terms()
    challenge = bench.key_proof(terms, deal="deal_01KAJ8P0000000000000000002")
    assert refused(bench.handle(request_for(bench, challenge, terms))) == (
        "deal_not_of_terms",
        "/payload/deal",
    )


def test_refuses_a_key_that_has_no_role_in_the_terms(bench: Bench) -> None:
    terms = bench.terms()
    other = add_mediator_key(bench)
    challenge = bench.key_proof(terms, public_key=public_key("another mediator").hex())
    request = replace(request_for(bench, challenge, terms), key=other)
    assert refused(bench.handle(request)) == ("key_not_of_terms", "/key")


def test_refuses_an_expired_challenge(bench: Bench) -> None:
    terms = bench.terms()
    challenge = bench.key_proof(terms, expires_at=bench.hands.now)
    assert refused(bench.handle(request_for(bench, challenge, terms))) == (
        "challenge_expired",
        "/payload/expires_at",
    )


def test_signs_a_challenge_once(bench: Bench) -> None:
    terms = bench.terms()
    challenge = bench.key_proof(terms)
    assert bench.handle(request_for(bench, challenge, terms)).outcome == "SIGNED"
    assert refused(bench.handle(request_for(bench, challenge, terms))) == ("slot_already_signed", "/payload")
