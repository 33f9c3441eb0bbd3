"""The answer of one probe, as it is printed and kept with a key's record."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from custody.common.errors import CustodyError
from custody.hsm.backends.conformance import suite
from custody.hsm.backends.conformance.result import CheckResult
from custody.hsm.backends.interface import KeyBackend, Scheme


@dataclass(frozen=True)
class Report:
    """``ok``: no check failed; ``description`` and ``capabilities`` are null when it does not answer."""

    backend: str
    ok: bool
    description: dict[str, Any] | None
    capabilities: dict[str, Any] | None
    checks: list[CheckResult]


def probe(
    backend: KeyBackend,
    *,
    given: Mapping[Scheme, str] | None = None,
    disabled: tuple[Scheme, str] | None = None,
) -> Report:
    """Run the suite and say what was probed; never raises for what the back-end does."""
    checks = suite.run(backend, given=given, disabled=disabled)
    return Report(
        backend=backend.name,
        ok=all(check.outcome != "failed" for check in checks),
        description=_description(backend),
        capabilities=_capabilities(backend),
        checks=checks,
    )


def _description(backend: KeyBackend) -> dict[str, Any] | None:
    try:
        found = backend.describe()
    except CustodyError:
        return None
    return {
        "manufacturer": found.manufacturer,
        "model": found.model,
        "serial": found.serial,
        "firmware": found.firmware,
        "tested": found.tested,
        "notes": list(found.notes),
    }


def _capabilities(backend: KeyBackend) -> dict[str, Any] | None:
    try:
        offered = backend.capabilities()
    except CustodyError:
        return None
    return {
        "schemes": sorted(offered.schemes),
        "wrapped": sorted(offered.wrapped),
        "mac": offered.mac,
        "tweak": offered.tweak,
        "threads": offered.threads,
        "forks": offered.forks,
    }
