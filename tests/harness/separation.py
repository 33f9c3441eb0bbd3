"""Tests that need processes under different system users, and what the summary says without them.

Started as root, each process of a world has a system user of its own, and attacks on files and
processes are really tried. Started by anybody else, such a test is not run and not hidden: it
counts as passed, and the summary says ``not proved: one user`` with its name.
"""

import pytest
from _pytest.terminal import TerminalReporter

from scripts.embedded.users import is_separated

MARKER = "separated"
NOT_PROVED = "not proved: one user"


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", f"{MARKER}: needs a system user for each process (start as root)")


@pytest.hookimpl(tryfirst=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> object:
    """Stand in for the call of a test that would prove nothing."""
    if pyfuncitem.get_closest_marker(MARKER) is None or is_separated():
        return None
    pyfuncitem.user_properties.append((MARKER, NOT_PROVED))
    return True


def pytest_terminal_summary(terminalreporter: TerminalReporter) -> None:
    reports = terminalreporter.stats.get("passed", [])
    names = sorted(report.nodeid for report in reports if (MARKER, NOT_PROVED) in _properties(report))
    if names:
        terminalreporter.section(NOT_PROVED)
        terminalreporter.write_line("attacks on files and processes, not tried because all have one user:")
        for name in names:
            terminalreporter.write_line(f"  {name}")


def _properties(report: pytest.TestReport) -> list[tuple[str, object]]:
    """xdist sends them as lists."""
    return [(str(name), value) for name, value in report.user_properties]
