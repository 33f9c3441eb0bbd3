"""Every verb that a package records has words, so that timelines speak the reader's language."""

import re
from pathlib import Path

import pytest
from django.utils import translation

from custody.escrow.states import Event as DealEvent
from custody.hsm.models import Outcome
from custody.portal.deeds import DEEDS
from custody.wallets.states import Event as IntentEvent
from custody.web.verb_tables import ACTIONS, VERBS
from custody.web.verbs import words

CODE = Path(__file__).parents[2] / "custody"
# Texts of the form "area.noun.verb" that are recorded or refused under.
RECORDED = re.compile(r'verb="([a-z_]+(?:\.[a-z_]+)+)"')
REFUSED = re.compile(
    r'(?:action=|records_refusals\(\s*|guards_command\(\s*)"([a-z_]+(?:\.[a-z_]+)+)"', re.MULTILINE
)
NOTED = re.compile(r'\bnote\(\s*\w+,\s*"([a-z_]+)"')
STEP = re.compile(r'record_step\(\s*\w+,\s*"([a-z_]+)"')


def found(pattern: re.Pattern[str], prefix: str = "") -> set[str]:
    sources = (path.read_text(encoding="utf-8") for path in CODE.rglob("*.py"))
    return {prefix + name for source in sources for name in pattern.findall(source)}


def recorded() -> set[str]:
    return (
        found(RECORDED)
        | found(NOTED, "escrow.deal.")
        | found(STEP, "reports.run.")
        | {f"escrow.deal.{event}" for event in DealEvent}
        | {f"wallets.intent.{event}" for event in IntentEvent}
        | {f"hsm.signing.{outcome.lower()}" for outcome in Outcome}
    )


def refused() -> set[str]:
    return found(REFUSED) | {f"portal.deal.{name.replace('-', '_')}" for name in DEEDS}


def test_every_recorded_verb_has_words() -> None:
    assert len(recorded()) > 60
    assert sorted(recorded() - VERBS.keys()) == []


def test_every_refused_action_has_words() -> None:
    assert len(refused()) > 30
    assert sorted(refused() - ACTIONS.keys()) == []


@pytest.mark.parametrize(
    ("verb", "expected"),
    [
        ("escrow.deal.funded", "Deal funded"),
        ("compliance.hit.decide.refused", "Refused: decision on a hit"),
        ("wallets.intent.broadcast.failed", "Failed: sending of a payment"),
        ("hsm.signing.refused", "Signer refused"),
        ("something.not.known", "something.not.known"),
    ],
)
def test_verbs_in_words(verb: str, expected: str) -> None:
    with translation.override("en"):
        assert words(verb) == expected
