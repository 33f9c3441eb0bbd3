"""Terms: script and address follow from the keys, signatures come from the very keys."""

from dataclasses import replace
from typing import Any

import pytest
from coincurve import PrivateKey
from coincurve.ecdsa import der_to_cdata, serialize_compact

from custody.statements.proof import Secp256k1Proof
from custody.statements.terms import Charge, PartyRole, PartySignature, SignedTerms, Terms
from tests.statements.examples import TERMS
from tests.statements.refusing import refused
from tests.statements.vectors import secret

MEDIATOR_FEE = TERMS.payouts.buyer


def terms(**changes: Any) -> Any:
    return TERMS.to_json() | changes


def signature(role: PartyRole, *, name: str | None = None, terms: Terms = TERMS) -> PartySignature:
    """The party's signature; ``name`` signs with another key."""
    key = PrivateKey(secret(f"custody test key {name or role}"))
    made = serialize_compact(der_to_cdata(key.sign(bytes.fromhex(terms.hash), hasher=None)))
    proof = Secp256k1Proof(credential=key.public_key.format().hex(), signature=made.hex())
    return PartySignature(role=role, proof=proof)


BUYER, MERCHANT = signature("buyer"), signature("merchant")


def test_both_parties_signatures_verify_in_either_order() -> None:
    SignedTerms(document=TERMS, signatures=(BUYER, MERCHANT)).verify()
    SignedTerms(document=TERMS, signatures=(MERCHANT, BUYER)).verify()


@pytest.mark.parametrize(
    "signatures", [(), (BUYER,), (MERCHANT,), (BUYER, BUYER), (BUYER, MERCHANT, BUYER)], ids=len
)
def test_needs_exactly_one_signature_of_each_party(signatures: tuple[PartySignature, ...]) -> None:
    with refused("/signatures", "signature_missing"):
        SignedTerms(document=TERMS, signatures=signatures).verify()


def test_refuses_a_key_that_is_not_in_the_script() -> None:
    with refused("/signatures/1/proof/credential", "foreign_key"):
        SignedTerms(document=TERMS, signatures=(BUYER, signature("merchant", name="stranger"))).verify()


def test_refuses_one_party_signing_for_the_other() -> None:
    with refused("/signatures/1/proof/credential", "foreign_key"):
        SignedTerms(document=TERMS, signatures=(BUYER, signature("merchant", name="buyer"))).verify()


def test_refuses_a_signature_of_other_terms() -> None:
    other = signature("merchant", terms=replace(TERMS, second_review_above=1))
    with refused("/signatures/1/proof/signature", "bad_proof"):
        SignedTerms(document=TERMS, signatures=(BUYER, other)).verify()


def test_refuses_the_same_signature_with_high_s() -> None:
    order = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141
    r, s = BUYER.proof.signature[:64], int(BUYER.proof.signature[64:], 16)
    high = replace(BUYER, proof=replace(BUYER.proof, signature=f"{r}{order - s:064x}"))
    with refused("/signatures/0/proof/signature", "bad_proof"):
        SignedTerms(document=TERMS, signatures=(high, MERCHANT)).verify()


def test_refuses_a_script_of_other_keys() -> None:
    with refused("/script", "script_mismatch"):
        Terms.from_json(terms(script=TERMS.script.replace("5221", "5121", 1)))


def test_refuses_an_address_of_another_script() -> None:
    with refused("/address", "address_mismatch"):
        Terms.from_json(terms(address=TERMS.payouts.buyer))


def test_the_script_does_not_say_who_holds_which_key_but_the_hash_does() -> None:
    keys = TERMS.keys.to_json()
    swapped = Terms.from_json(terms(keys=keys | {"buyer": keys["merchant"], "merchant": keys["buyer"]}))
    assert swapped.script == TERMS.script
    assert swapped.hash != TERMS.hash


def test_refuses_equal_keys() -> None:
    keys = TERMS.keys.to_json()
    with refused("/keys", "duplicate_key"):
        Terms.from_json(terms(keys=keys | {"merchant": keys["buyer"]}))


def test_refuses_a_key_off_the_curve() -> None:
    with refused("/keys/merchant", "bad_public_key"):
        Terms.from_json(terms(keys=TERMS.keys.to_json() | {"merchant": "02" + "ff" * 32}))


def test_refuses_an_asset_of_another_chain() -> None:
    with refused("/asset"):
        Terms.from_json(terms(asset="bip122:000000000019d6689c085ae165831e93/slip44:0"))


def test_refuses_a_fee_that_uses_up_the_amount() -> None:
    with refused("/fee/max"):
        Terms.from_json(terms(fee={"max": TERMS.to_json()["amount"]}))


@pytest.mark.parametrize("role", ["buyer", "merchant"])
def test_refuses_a_payout_address_in_another_spelling(role: str) -> None:
    payouts = TERMS.payouts.to_json()
    with refused(f"/payouts/{role}"):
        Terms.from_json(terms(payouts=payouts | {role: payouts[role].upper()}))


def test_charges_are_a_set_of_payments_to_valid_addresses() -> None:
    charges = [Charge(to=MEDIATOR_FEE, amount=amount).to_json() for amount in (1, 2)]
    assert len(Terms.from_json(terms(charges=charges)).charges or ()) == 2
    with refused("/charges"):
        Terms.from_json(terms(charges=charges[::-1]))
    with refused("/charges"):
        Terms.from_json(terms(charges=[charges[0], charges[0]]))
    with refused("/charges/0/to"):
        Terms.from_json(terms(charges=[charges[0] | {"to": MEDIATOR_FEE.upper()}]))


def test_refuses_another_template() -> None:
    with refused("/template"):
        Terms.from_json(terms(template="E2"))
