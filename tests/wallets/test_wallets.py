"""Registering the wallet of a deal."""

from dataclasses import replace
from typing import Any

import pytest
from django.db import DatabaseError, transaction

from custody.audit.models import AuditEntry
from custody.common.errors import InvalidInputError, RefusedError
from custody.statements.terms import SignedTerms
from custody.wallets import services
from custody.wallets.models import Wallet
from tests.wallets.deals import ACTOR, AT, OUR_KEY, sign_terms, signed_terms

pytestmark = pytest.mark.django_db


def register(terms: SignedTerms) -> Wallet:
    return services.register_escrow_wallet(
        actor=ACTOR, terms=terms, signing_key=OUR_KEY, subjects=["cli_b", "cli_a"], at=AT
    )


def test_makes_the_wallet_the_terms_name() -> None:
    terms = signed_terms("mediator")
    wallet = register(terms)
    assert wallet.address == terms.document.address
    assert bytes(wallet.script).hex() == terms.document.script
    assert (wallet.deal, wallet.terms_hash) == (terms.document.id, terms.document.hash)
    assert wallet.subjects == ["cli_a", "cli_b"]
    assert AuditEntry.objects.get(verb="wallets.wallet.registered").subject == wallet.pk


def test_the_same_terms_give_the_same_wallet() -> None:
    terms = signed_terms("mediator")
    assert register(terms) == register(terms)
    assert AuditEntry.objects.filter(verb="wallets.wallet.registered").count() == 1


def test_refuses_other_terms_of_the_same_deal() -> None:
    terms = signed_terms("mediator")
    register(terms)
    other = sign_terms(replace(terms.document, second_review_above=1))
    with pytest.raises(RefusedError) as refusal:
        register(other)
    assert refusal.value.code == "deal_has_wallet"


def test_refuses_terms_that_only_one_party_signed() -> None:
    terms = signed_terms("mediator")
    with pytest.raises(InvalidInputError) as refusal:
        register(replace(terms, signatures=terms.signatures[:1]))
    assert refusal.value.code == "signature_missing"
    assert not Wallet.objects.exists()


@pytest.mark.parametrize(
    "change", [{"terms_hash": "00" * 32}, {"script": b"\x51"}, {"deal": "deal_other"}, {"chain": "bip122:00"}]
)
def test_the_database_refuses_to_change_what_a_wallet_is(change: dict[str, Any]) -> None:
    wallet = register(signed_terms("mediator"))
    with pytest.raises(DatabaseError, match="never changes"), transaction.atomic():
        Wallet.objects.filter(pk=wallet.pk).update(**change)


def test_the_database_lets_the_anchor_be_set_once() -> None:
    wallet = register(signed_terms("mediator"))
    Wallet.objects.filter(pk=wallet.pk).update(anchor="11" * 32 + ":0")
    with pytest.raises(DatabaseError, match="never changes"), transaction.atomic():
        Wallet.objects.filter(pk=wallet.pk).update(anchor="22" * 32 + ":0")


def test_the_database_refuses_to_delete_a_wallet() -> None:
    wallet = register(signed_terms("mediator"))
    with pytest.raises(DatabaseError, match="never changes"), transaction.atomic():
        Wallet.objects.filter(pk=wallet.pk)._raw_delete("default")
