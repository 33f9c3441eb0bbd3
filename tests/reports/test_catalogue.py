"""Every report of the catalogue has what making and releasing it will ask for."""

from dataclasses import replace

import pytest
from django.core.management import load_command_class
from django.template.loader import get_template

from custody.common.ids import new_id
from custody.reports.catalogue import DEFINITIONS, MONTHLY
from custody.reports.definition import Definition
from custody.reports.norms import NORMS
from custody.statements.release import Release
from tests.cast import AT
from tests.statements.examples import RELEASE

every_report = pytest.mark.parametrize("report", DEFINITIONS.values(), ids=DEFINITIONS)


def period_of(report: Definition) -> str:
    return str(report.first) if report.first else new_id("deal", at=AT)


@every_report
def test_its_template_exists(report: Definition) -> None:
    assert get_template(f"reports/{report.template}")


@every_report
def test_it_can_be_released(report: Definition) -> None:
    """The form of releases is frozen: a number that does not fit it would never get its final seal."""
    release = replace(RELEASE, report=report.number, period=period_of(report))
    assert Release.from_bytes(release.to_bytes()).report == report.number


@every_report
def test_it_cites_known_norms_and_names_its_schema(report: Definition) -> None:
    assert set(report.norms) <= NORMS.keys()
    assert report.schema.startswith(f"custody/{report.number.lower()}/")


def test_it_is_monthly_or_about_cases() -> None:
    assert MONTHLY.keys() == {number for number, item in DEFINITIONS.items() if item.cases is None}
    report = DEFINITIONS["R3"]
    with pytest.raises(ValueError, match="monthly from a first month on"):
        replace(report, first=None)
    with pytest.raises(ValueError, match="monthly from a first month on"):
        replace(report, cases=DEFINITIONS["R7"].cases)


def test_the_command_names_every_report() -> None:
    parser = load_command_class("custody.reports", "render_report").create_parser(
        "manage.py", "render_report"
    )
    assert all(number in parser.format_help() for number in DEFINITIONS)
