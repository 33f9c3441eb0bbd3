"""TERMS: registered once, only as signed by both parties with the keys of the script."""

from dataclasses import replace

import pytest

from custody.hsm.signer.store import selectors
from custody.statements.result import Result
from custody.statements.terms import SignedTerms
from tests.harness.bitcoin import public_key
from tests.signer.bench import Bench, other_instance, party_signature, signed
from tests.signer.genesis import person

DOCUMENT = "/documents/0/document"


def refused(result: Result) -> tuple[str | None, str | None]:
    assert result.outcome == "REFUSED"
    return result.rule, result.culprit


def test_registers_terms_and_signs_nothing(bench: Bench) -> None:
    terms = bench.terms()
    result = bench.handle(bench.terms_request(terms))
    assert result.outcome == "RECORDED"
    assert [entry.kind for entry in result.entries[-2:]] == ["SEEN", "TERMS"]
    assert selectors.terms(terms.hash) == terms
    assert selectors.terms_of_script(terms.script) == terms.hash


def test_registers_terms_whatever_the_order_of_the_parties_keys(bench: Bench) -> None:
    """Signatures are a set, sorted by bytes: the merchant's may come first."""
    keys = bench.terms().keys
    terms = bench.terms(keys=replace(keys, buyer=keys.merchant, merchant=keys.buyer))
    swapped = (
        party_signature(terms, "buyer", key="merchant"),
        party_signature(terms, "merchant", key="buyer"),
    )
    request = bench.request("TERMS", "mediator", documents=(SignedTerms(document=terms, signatures=swapped),))
    assert bench.handle(request).outcome == "RECORDED"


def test_refuses_terms_one_party_did_not_sign(bench: Bench) -> None:
    request = bench.request("TERMS", "mediator", documents=(signed(bench.terms(), "buyer"),))
    assert refused(bench.handle(request)) == ("signature_missing", "/documents/0/signatures")
    assert selectors.terms(bench.terms().hash) is None


def test_refuses_a_forged_terms_row(bench: Bench) -> None:
    """Signatures over other terms, as a row altered in the database would carry them."""
    honest, forged = bench.terms(), bench.terms(amount=2_000_000)
    request = bench.request(
        "TERMS", "mediator", documents=(SignedTerms(document=forged, signatures=signed(honest).signatures),)
    )
    assert refused(bench.handle(request)) == ("bad_proof", "/documents/0/signatures/0/proof/signature")


def test_refuses_a_signature_by_a_key_outside_the_script(bench: Bench) -> None:
    terms = bench.terms()
    forged = (party_signature(terms, "buyer", key="stranger"), party_signature(terms, "merchant"))
    request = bench.request("TERMS", "mediator", documents=(SignedTerms(document=terms, signatures=forged),))
    assert refused(bench.handle(request)) == ("foreign_key", "/documents/0/signatures/1/proof/credential")


def test_refuses_terms_of_another_instance(bench: Bench) -> None:
    terms = other_instance(bench.terms())
    assert refused(bench.handle(bench.terms_request(terms))) == ("wrong_instance", f"{DOCUMENT}/instance")


def test_refuses_a_mediator_key_that_is_not_ours(bench: Bench) -> None:
    keys = replace(bench.terms().keys, mediator=public_key("mediator").hex())
    result = bench.handle(bench.terms_request(bench.terms(keys=keys)))
    assert refused(result) == ("key_not_of_terms", f"{DOCUMENT}/keys/mediator")


def test_refuses_a_mediator_nobody_pinned(bench: Bench) -> None:
    terms = bench.terms(mediator=person(77))
    assert refused(bench.handle(bench.terms_request(terms))) == ("unknown_mediator", f"{DOCUMENT}/mediator")


def test_refuses_to_replace_terms(bench: Bench) -> None:
    terms = bench.terms(replaces="00" * 32)
    assert refused(bench.handle(bench.terms_request(terms))) == ("part_not_supported", f"{DOCUMENT}/replaces")


def test_refuses_second_terms_for_one_script(bench: Bench) -> None:
    bench.register()
    again = bench.terms(amount=2_000_000)
    assert refused(bench.handle(bench.terms_request(again))) == (
        "script_already_registered",
        f"{DOCUMENT}/script",
    )


@pytest.mark.parametrize("purpose", ["seal", "checkpoint", "demo_ca"])
def test_refuses_a_key_of_another_purpose(bench: Bench, purpose: str) -> None:
    request = replace(bench.terms_request(), key=bench.key(purpose).id)
    assert refused(bench.handle(request)) == ("wrong_key_purpose", "/key")
