"""Pages say of every kind of request what it asks for, in both languages."""

import pytest
from django.utils import translation

from custody.hsm.admin.request_sections import asked_sections
from custody.hsm.admin.request_words import SENTENCES, sentence_of
from custody.hsm.models import RequestKind
from custody.hsm.signer.kinds.registry import KINDS
from custody.statements.request import SPENDS
from tests.statements.examples import DEAL
from tests.statements.payloads import REQUESTS, WALLET


def test_every_kind_of_the_signer_has_a_sentence_or_is_a_spend() -> None:
    assert SENTENCES.keys() | SPENDS == KINDS.keys() == REQUESTS.keys() == set(RequestKind.values)
    assert not SENTENCES.keys() & SPENDS


@pytest.mark.parametrize("kind", SENTENCES)
def test_a_page_says_what_is_wanted(db: None, kind: str) -> None:
    said = {}
    for language in ("de", "en"):
        with translation.override(language):
            said[language] = sentence_of(REQUESTS[kind])
            shown = {str(fact.value) for section in asked_sections(REQUESTS[kind]) for fact in section.facts}
        assert said[language] in shown
    assert said["de"] != said["en"]


@pytest.mark.parametrize(
    ("kind", "sentence"),
    [
        ("ADDRESS", f"Attest address 3 of the wallet {WALLET}."),
        ("BLOCK", "Sign a block of height 7, round 2, with 1 transactions."),
        ("CSR", "Ask for a certificate of the seal key."),
        ("KEY_MAKE", f"Make one-time key 4 of the wallet {WALLET} for {DEAL}."),
        ("KEY_DESTROY", f"Destroy the one-time key of {DEAL}."),
        ("CHECKPOINT", "Seal 2 entries of the stream main."),
    ],
)
def test_the_sentence(kind: str, sentence: str) -> None:
    with translation.override("en"):
        assert sentence_of(REQUESTS[kind]) == sentence
