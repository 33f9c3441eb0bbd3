"""Findings of rule V9 as rows of pages."""

from collections.abc import Iterable

from custody.hsm.validity import Finding, Step
from custody.hsm.words import finding_word, follows_word
from custody.web import show

TONES = {
    Step.FAR: show.WARNING,
    Step.DAYS_60: show.WARNING,
    Step.DAYS_30: show.WARNING,
    Step.DAYS_7: show.BAD,
    Step.OVER: show.BAD,
}


def finding_rows(found: Iterable[Finding]) -> list[list[object]]:
    """Finding, its end, and what follows from it."""
    return [
        [
            show.status(finding_word(item), TONES[item.step]),
            show.moment(item.until) if item.until else show.NOTHING,
            follows_word(item),
        ]
        for item in found
    ]
