"""Log lines are JSON and hold no personal data."""

import json
import logging

import pytest

from custody.web.logs import drop_private, json_formatter


def test_drops_network_address_browser_and_query() -> None:
    event = {
        "ip": "192.0.2.1",
        "user_agent": "Browser",
        "request": "GET /deals/?q=Anna",
        "event": "request_started",
    }
    assert drop_private(None, "", event) == {"request": "GET /deals/", "event": "request_started"}


def test_removes_the_row_values_a_database_error_repeats() -> None:
    cause = "\n\nThe above exception was the direct cause of the following exception:\n"
    text = f"duplicate key value\nDETAIL:  Key (name)=(Anna\nMeier) already exists.{cause}"
    event = drop_private(None, "", {"exception": text})
    assert event["exception"] == f"duplicate key value\nDETAIL: removed{cause}"


@pytest.mark.parametrize("name", ["event", "exception", "error"])
def test_removes_row_values_from_what_was_escaped(name: str) -> None:
    error = ValueError("bad row\nDETAIL:  Failing row contains (Anna\nMeier).\nCONTEXT:  Anna")
    for text in (repr(error), repr(repr(error))):
        shown = str(drop_private(None, "", {name: f"raised: {text}"})[name])
        assert shown.endswith("nDETAIL: removed")
        assert "Anna" not in shown


def test_removes_the_statement_a_database_error_repeats() -> None:
    text = "invalid input syntax\nLINE 1: SELECT 'Anna'::int\n               ^"
    assert drop_private(None, "", {"exception": text})["exception"] == "invalid input syntax\nLINE 1: removed"


def test_writes_one_json_object_per_line() -> None:
    record = logging.LogRecord("custody.test", logging.WARNING, __file__, 1, "linked %d", (3,), None)
    line = json.loads(json_formatter().format(record))
    assert (line["event"], line["level"], line["logger"]) == ("linked 3", "warning", "custody.test")
    assert line["at"].endswith("Z")


def test_writes_the_traceback_without_row_values() -> None:
    address = "anna@example.org"
    text = f"bad row\nDETAIL:  Failing row contains ({address})."
    try:
        raise ValueError(text)
    except ValueError as error:
        info = (ValueError, error, error.__traceback__)
    record = logging.LogRecord("custody.test", logging.ERROR, __file__, 1, "failed", (), info)
    line = json.loads(json_formatter().format(record))
    assert "ValueError: bad row" in line["exception"]
    assert address not in line["exception"]
