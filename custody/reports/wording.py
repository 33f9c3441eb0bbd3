"""German words of a report: those of the pages, in German whatever the reader's language.

An unknown code is shown as it is. Only what no page shows has its word here.
"""

from collections.abc import Callable, Mapping
from typing import Any

from django.db.models import TextChoices
from django.utils import translation
from django.utils.functional import Promise

from custody.compliance.models import Screening
from custody.escrow import words as deals
from custody.escrow.models import Decision, Payout, Role
from custody.escrow.models.disputes import DecisionReason
from custody.hsm import words as keys
from custody.hsm.models import HsmModule, RequestKind
from custody.wallets import words as payments
from custody.web import verbs

Word = str | Promise


def _labels(choices: type[TextChoices]) -> dict[str, Word]:
    return {str(code): label for code, label in choices.choices}


def _words(table: Mapping[Any, tuple[Promise, str]]) -> dict[str, Word]:
    """The words of a page's table without their tones."""
    return {str(code): word for code, (word, _tone) in table.items()}


TABLES: dict[str, Mapping[str, Word]] = {
    "confirmation_role": {
        **_labels(Role),
        "requested": "veranlasst",
        "officer": "entschieden",
        "second_officer": "bestätigt (zweite Person)",
    },
    "decision_reason": _labels(DecisionReason),
    "deal_state": _words(deals.STATES),
    "decision_state": _labels(Decision.State),
    "intent_state": _words(payments.STATES),
    "journal_kind": {"GENESIS": "Inbetriebnahme", "KEY": "Schlüssel", "TRUST": "Vertrauensdokument"},
    "key_class": {
        "NEVER_LEAVES": "verlässt den Token nie",
        "WRAPPED": "auslagerbar, nur verschlüsselt",
        "DERIVED_IN_RAM": "softwareabgeleitet, im Arbeitsspeicher",
        "OUTSIDE": "Schlüssel eines anderen Prozesses",
        "": "Klasse nicht gemeldet",
    },
    "key_purpose": keys.PURPOSES,
    "key_state": _words(keys.KEY_STATES),
    "matched": _labels(Screening.Matched),
    "module_status": _labels(HsmModule.Status),
    "payout_kind": _labels(Payout.Kind),
    "request_kind": _labels(RequestKind),
    "request_outcome": {
        "SIGNED": "unterschrieben",
        "RECORDED": "eingetragen",
        "REFUSED": "verweigert",
        "OPEN": "ohne Antwort",
    },
    "role": _labels(Role),
    "session_ending": keys.SESSION_ENDINGS,
    "validity": {**{code: before for code, (before, _) in keys.FINDINGS.items()}, **keys.STATES_FOUND},
    "validity_over": {code: over for code, (_, over) in keys.FINDINGS.items()},
    "screening_result": {"CLEAR": "ohne Treffer", "HIT": "Treffer, zur Klärung vorgelegt"},
}


def word(table: str, code: str) -> str:
    """Return the German word of ``code``, or the code itself."""
    return _in_german(lambda: str(TABLES[table].get(code, code)))


def audit_verb(verb: str) -> str:
    """Return the German words of an audit verb; a refusal names what was refused."""
    return _in_german(lambda: verbs.words(verb))


def _in_german(text: Callable[[], str]) -> str:
    with translation.override("de"):
        return text()
