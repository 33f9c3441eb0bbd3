"""The catalogue of reports: one line per definition. A new report is one file and one line."""

from custody.common.errors import InvalidInputError
from custody.reports.definition import Definition
from custody.reports.definitions import r3, r7

DEFINITIONS: dict[str, Definition] = {item.number: item for item in (r3.REPORT, r7.REPORT)}

# Reports that the schedule makes for every complete month, with the first one.
MONTHLY = {number: item.first for number, item in DEFINITIONS.items() if item.first is not None}


def find_definition(number: str) -> Definition:
    """Return the definition of ``number``; raises InvalidInputError for an unknown one."""
    try:
        return DEFINITIONS[number]
    except KeyError:
        raise InvalidInputError("unknown report", code="unknown_report", field="report") from None
