"""Terms that the parties did not agree to: other rows in the database, other documents to the signer."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import pytest

from custody.chains.bitcoin.address import p2wsh_address
from custody.escrow.services.terms import ForgedTermsError, checked_terms
from custody.statements.intent import Source
from custody.statements.terms import PartySignature, Payouts, RoleKeys, Terms, script_of
from scripts.party.signing import prove
from tests.harness.bitcoin import REGTEST
from tests.harness.live_deal import LiveDeal
from tests.rooted.attacker import Attacker, Refused
from tests.rooted.forging import (
    THIEF,
    THIEFS_ADDRESS,
    intent,
    registration,
    signature,
    spend,
    terms_of,
    to_thief,
)

pytestmark = pytest.mark.xdist_group("live")

PARTIES = ("buyer", "merchant")


def for_thief(deal: LiveDeal) -> Terms:
    """The deal's terms, but that the merchant is paid at the thief's address."""
    terms = terms_of(deal)
    return replace(terms, payouts=Payouts(buyer=terms.payouts.buyer, merchant=THIEFS_ADDRESS))


def forged_signature(role: str, terms: Terms, *, claimed: str) -> PartySignature:
    """By the thief's key, under the name of the party's."""
    proof = replace(prove(THIEF, terms.hash), credential=claimed)
    return PartySignature(role=role, proof=proof)  # type: ignore[arg-type]


@contextmanager
def replaced_rows(attacker: Attacker, deal: LiveDeal, forged: Terms) -> Iterator[None]:
    """Put forged terms into every row of the web that holds the deal's, and take them out again."""
    honest = terms_of(deal)
    swap = (
        "UPDATE wallets_wallet SET terms = '\\x{body}', terms_hash = '{hash}' WHERE deal = '{deal}';"
        "UPDATE escrow_termsversion SET body = '\\x{body}', hash = '{hash}' WHERE deal_id = '{deal}'"
    )
    attacker.sql(swap.format(body=forged.to_bytes().hex(), hash=forged.hash, deal=deal.id))
    try:
        yield
    finally:
        attacker.sql(swap.format(body=honest.to_bytes().hex(), hash=honest.hash, deal=deal.id))


def test_replaced_rows_mean_nothing_to_the_signer(attacker: Attacker, untouched: LiveDeal) -> None:
    """The whole web believes that the merchant is paid at the thief's address."""
    honest, forged = terms_of(untouched), for_thief(untouched)
    payees = to_thief(untouched)
    with replaced_rows(attacker, untouched, forged):
        source = Source(wallet=untouched.wallet.pk, owner="ESCROW", terms=forged.hash)
        as_forged = spend(untouched, wanted=intent(untouched, source=source, payees=payees))
        source = Source(wallet=untouched.wallet.pk, owner="ESCROW", terms=honest.hash)
        as_honest = spend(untouched, wanted=intent(untouched, source=source, payees=payees))
        assert attacker.is_refused(as_forged) == Refused("terms_unknown", "/intent/source/terms")
        assert attacker.is_refused(as_honest) == Refused("payee_not_in_terms", "/intent/payees/0/to")


def test_a_replaced_row_that_keeps_the_hash_is_noticed_by_the_web(
    attacker: Attacker, untouched: LiveDeal
) -> None:
    forged = replace(for_thief(untouched))
    honest = terms_of(untouched).hash
    with replaced_rows(attacker, untouched, forged):
        attacker.sql(f"UPDATE escrow_termsversion SET hash = '{honest}' WHERE deal_id = '{untouched.id}'")
        with pytest.raises(ForgedTermsError):
            checked_terms(untouched.stage.version)


def test_other_terms_for_the_same_script(attacker: Attacker, untouched: LiveDeal) -> None:
    """Even with true signatures of both parties: one script, one terms hash, for ever."""
    forged = for_thief(untouched)
    request = registration(forged, *(signature(untouched, role, forged) for role in PARTIES))
    assert attacker.is_refused(request) == Refused(
        "script_already_registered", "/documents/0/document/script"
    )


def test_other_terms_that_say_they_replace_the_first(attacker: Attacker, untouched: LiveDeal) -> None:
    forged = replace(for_thief(untouched), replaces=terms_of(untouched).hash)
    request = registration(forged, *(signature(untouched, role, forged) for role in PARTIES))
    assert attacker.is_refused(request) == Refused("part_not_supported", "/documents/0/document/replaces")


def test_a_forged_signature_of_a_party(attacker: Attacker, untouched: LiveDeal) -> None:
    """The buyer helps the thief; the merchant's signature is made with the thief's key."""
    forged = for_thief(untouched)
    merchant = forged_signature("merchant", forged, claimed=forged.keys.merchant)
    request = registration(forged, signature(untouched, "buyer", forged), merchant)
    refused = attacker.is_refused(request)
    assert refused.rule == "bad_proof"
    assert (refused.culprit or "").startswith("/documents/0/signatures/")


def test_a_true_signature_over_other_terms(attacker: Attacker, untouched: LiveDeal) -> None:
    """What the merchant signed for the agreed terms is pasted under others."""
    forged, agreed = for_thief(untouched), terms_of(untouched)
    pasted = signature(untouched, "merchant", agreed)
    request = registration(forged, signature(untouched, "buyer", forged), pasted)
    assert attacker.is_refused(request).rule == "bad_proof"


def test_the_thiefs_key_in_the_place_of_a_partys(attacker: Attacker, untouched: LiveDeal) -> None:
    forged = for_thief(untouched)
    thief = PartySignature(role="merchant", proof=prove(THIEF, forged.hash))
    request = registration(forged, signature(untouched, "buyer", forged), thief)
    assert attacker.is_refused(request).rule == "foreign_key"


def test_terms_with_one_signature(attacker: Attacker, untouched: LiveDeal) -> None:
    forged = for_thief(untouched)
    request = registration(forged, signature(untouched, "buyer", forged))
    assert attacker.is_refused(request) == Refused("signature_missing", "/documents/0/signatures")


def test_a_mediator_key_that_is_not_ours(attacker: Attacker, untouched: LiveDeal) -> None:
    """The web's mirror of our key was exchanged before the parties signed: the signer notices."""
    agreed = terms_of(untouched)
    keys = RoleKeys(
        buyer=agreed.keys.buyer,
        merchant=agreed.keys.merchant,
        mediator=THIEF.public_key.format().hex(),
    )
    script = script_of(keys)
    forged = replace(agreed, keys=keys, script=script.hex(), address=p2wsh_address(script, REGTEST))
    request = registration(forged, *(signature(untouched, role, forged) for role in PARTIES))
    assert attacker.is_refused(request) == Refused("key_not_of_terms", "/documents/0/document/keys/mediator")


def test_a_mediator_nobody_pinned(attacker: Attacker, untouched: LiveDeal) -> None:
    forged = replace(terms_of(untouched), mediator="per_01KAJ8Q0000000000000000009")
    request = registration(forged, *(signature(untouched, role, forged) for role in PARTIES))
    assert attacker.is_refused(request) == Refused("unknown_mediator", "/documents/0/document/mediator")
