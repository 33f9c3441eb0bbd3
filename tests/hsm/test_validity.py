"""Rule V9: exact thresholds, and what is found of keys and of the modules that hold them."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from custody.hsm.validity import Code, Finding, KeyFacts, ModuleFacts, Step, findings_of, step_of

END = datetime(2027, 5, 20, tzinfo=UTC)
KEY = "key_01KAJ8V0000000000000000001"
ENTERED = {"manufacturer": "Acme", "model": "One", "serial": "1", "firmware": "2.6"}
SECOND = timedelta(seconds=1)


@pytest.mark.parametrize(
    ("before_end", "step"),
    [
        (timedelta(days=60) + SECOND, Step.FAR),
        (timedelta(days=60), Step.DAYS_60),
        (timedelta(days=30) + SECOND, Step.DAYS_60),
        (timedelta(days=30), Step.DAYS_30),
        (timedelta(days=7) + SECOND, Step.DAYS_30),
        (timedelta(days=7), Step.DAYS_7),
        (SECOND, Step.DAYS_7),
        (timedelta(), Step.OVER),
        (-SECOND, Step.OVER),
    ],
)
def test_warns_60_30_and_7_days_before(before_end: timedelta, step: Step) -> None:
    assert step_of(END, at=END - before_end) is step


def key(**changes: Any) -> KeyFacts:
    values: dict[str, Any] = {"key": KEY, "state": "ACTIVE", "backend": "cold"}
    return KeyFacts(**values | changes)


def module(**changes: Any) -> ModuleFacts:
    """A module that nothing is found about; any fact may be changed."""
    values: dict[str, Any] = {
        "backend": "cold", "entered": ENTERED, "said": ENTERED, "status": "ACTIVE", "is_probed": True,
        "is_cold": True,
    }  # fmt: skip
    return ModuleFacts(**values | changes)


def found(
    *, keys: tuple[KeyFacts, ...] = (), modules: tuple[ModuleFacts, ...] = (), at: datetime = END
) -> Any:
    return findings_of(keys, modules, at=at).all


def test_finds_nothing_where_all_is_in_order() -> None:
    far = END + timedelta(days=61)
    assert found(keys=(key(period_end=far, is_cold=True),), modules=(module(sunset=far.date()),)) == ()


@pytest.mark.parametrize(
    ("end", "code"), [("period_end", Code.CRYPTOPERIOD), ("certificate_end", Code.CERTIFICATE)]
)
def test_what_is_over_stops_signatures(end: str, code: Code) -> None:
    (before,) = found(keys=(key(**{end: END}),), at=END - SECOND)
    (after,) = found(keys=(key(**{end: END}),), at=END)
    assert before == Finding(code, KEY, Step.DAYS_7, END)
    assert after == Finding(code, KEY, Step.OVER, END)
    assert (before.stops_signatures, after.stops_signatures) == (False, True)


@pytest.mark.parametrize("state", ["PRE_ACTIVE", "DEACTIVATED", "COMPROMISED", "DESTROYED"])
def test_nothing_is_due_for_keys_out_of_use(state: str) -> None:
    assert found(keys=(key(state=state, period_end=END, certificate_end=END),)) == ()


@pytest.mark.parametrize(
    ("status", "code"),
    [("HISTORICAL", Code.HISTORICAL), ("REVOKED", Code.REVOKED), ("NONE", Code.NOT_VALIDATED)],
)
def test_the_state_of_a_certificate_is_printed_and_blocks_nothing(status: str, code: Code) -> None:
    (finding,) = found(modules=(module(status=status),))
    assert finding == Finding(code, "cold")
    assert not finding.stops_signatures


def test_a_certificate_counts_through_its_sunset_day() -> None:
    sunset = date(2027, 5, 19)
    (last,) = found(modules=(module(sunset=sunset),), at=END - SECOND)
    (over,) = found(modules=(module(sunset=sunset),), at=END)
    assert (last.code, last.step, last.until) == (Code.SUNSET, Step.DAYS_7, END)
    assert (over.step, over.stops_signatures) == (Step.OVER, False)


def test_a_historical_certificate_has_no_sunset_to_wait_for() -> None:
    codes = [
        finding.code for finding in found(modules=(module(status="HISTORICAL", sunset=date(2026, 9, 21)),))
    ]
    assert codes == [Code.HISTORICAL]


def test_a_module_that_nobody_entered() -> None:
    codes = [finding.code for finding in found(modules=(module(entered=None),))]
    assert codes == [Code.NOT_REGISTERED, Code.NOT_VALIDATED]


@pytest.mark.parametrize("name", list(ENTERED))
def test_names_what_the_device_says_otherwise(name: str) -> None:
    (finding,) = found(modules=(module(said=ENTERED | {name: "other"}),))
    assert finding == Finding(Code.DIFFERS, "cold", fields=(name,))


def test_spelling_is_no_difference() -> None:
    said = ENTERED | {"manufacturer": " ACME ", "model": "one"}
    assert found(modules=(module(said=said),)) == ()


def test_names_modules_without_a_probe_and_cold_keys_on_open_tokens() -> None:
    modules = (module(is_probed=False, is_cold=False),)
    codes = {finding.code: finding.subject for finding in found(keys=(key(is_cold=True),), modules=modules)}
    assert codes == {Code.NOT_PROBED: "cold", Code.COLD_KEY_OPEN: KEY}


def test_the_gravest_comes_first() -> None:
    keys = (key(key="key_b", period_end=END), key(key="key_a", period_end=END + timedelta(days=40)))
    assert [finding.subject for finding in found(keys=keys)] == ["key_b", "key_a"]


def test_says_what_waits_for_somebody() -> None:
    waiting = {
        finding.code
        for finding in found(modules=(module(status="NONE", is_probed=False),))
        if finding.is_to_do
    }
    assert waiting == {Code.NOT_PROBED}


def test_a_certificate_without_an_end_in_this_calendar_is_no_error() -> None:
    assert found(modules=(module(sunset=date.max),)) == ()
