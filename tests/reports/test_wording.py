"""Every code that can stand in a report has a German word."""

from typing import get_args

import pytest
from django.utils import translation

from custody.escrow.models import Decision, Payout, Role
from custody.escrow.models.disputes import DecisionReason
from custody.escrow.states import Event as DealEvent
from custody.escrow.states import State
from custody.hsm.models import RequestKind
from custody.reports import wording
from custody.reports.wording import audit_verb
from custody.statements.trust.keys import KeyClass
from custody.wallets.states import INTENT
from custody.wallets.states import Event as IntentEvent


@pytest.mark.parametrize(
    ("table", "codes"),
    [
        ("deal_state", [state.value for state in State]),
        ("decision_state", Decision.State.values),
        ("payout_kind", Payout.Kind.values),
        ("request_kind", RequestKind.values),
        ("role", Role.values),
        ("intent_state", sorted(INTENT.states())),
        ("decision_reason", DecisionReason.values),
        ("key_class", [*get_args(KeyClass), ""]),
    ],
)
def test_has_a_word_for_each_code(table: str, codes: list[str]) -> None:
    assert [code for code in codes if wording.word(table, code) == code] == []


def test_speaks_german_to_every_reader() -> None:
    with translation.override("en"):
        assert wording.word("deal_state", "FUNDED") == "finanziert"
        assert audit_verb("escrow.deal.opened") == "Vorgang eröffnet"


def test_shows_an_unknown_code_as_it_is() -> None:
    assert wording.word("role", "notary") == "notary"


def test_has_words_for_each_step_of_deals_and_payments() -> None:
    verbs = [f"escrow.deal.{event.value}" for event in DealEvent]
    verbs += [f"wallets.intent.{event.value}" for event in IntentEvent]
    assert [verb for verb in verbs if audit_verb(verb) == verb] == []


def test_names_what_was_refused() -> None:
    assert audit_verb("escrow.decision.confirm.refused") == "Abgelehnt: Bestätigung einer Entscheidung"
    assert audit_verb("hsm.key.use.failed") == "Gescheitert: hsm.key.use"
