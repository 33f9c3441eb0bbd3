"""What a back-end says of the module behind it, and the probe it has passed in that state.

A key may be taken into use only on a back-end that has passed ``probe_key_backend`` as it is now: a
new module, or the same one with other firmware, is probed anew. Facts of the store, put there at the
signer's own console.
"""

import hashlib
from dataclasses import asdict, dataclass
from datetime import datetime
from importlib.metadata import version
from typing import Annotated

from custody.common import canonical
from custody.common.errors import RefusedError
from custody.hsm.backends.conformance.report import Report, probe
from custody.hsm.backends.conformance.suite import CHECKS
from custody.hsm.backends.interface import KeyBackend
from custody.hsm.backends.settings import Name
from custody.statements.codecs import Pattern
from custody.statements.fields import Hash, SetOf, Text, Time
from custody.statements.form import Form

# Devices leave fields empty.
Said = Annotated[str, Pattern("a text of at most 4096 characters", r".{0,4096}")]
CLIENTS = ("python-pkcs11", "boto3", "azure-keyvault-keys")


@dataclass(frozen=True, kw_only=True)
class Module(Form):
    """A module in the words of its back-end."""

    manufacturer: Said
    model: Said
    serial: Said
    firmware: Said


@dataclass(frozen=True, kw_only=True)
class PassedProbe(Form):
    """A probe without a failure; ``report`` is the SHA-256 of its canonical bytes.

    ``schemes``: what it signed with keys that never leave. ``left_out``: checks of what the back-end
    does not claim. ``versions``: of the suite (a hash of its checks' names) and of the clients used.
    """

    backend: Name
    module: Module
    report: Hash
    at: Time
    schemes: SetOf[Text]
    left_out: SetOf[Text]
    versions: dict[str, Text]


def module_of(backend: KeyBackend) -> Module:
    """Ask a back-end what it is; raises what ``describe`` raises."""
    said = backend.describe()
    return Module(
        manufacturer=said.manufacturer, model=said.model, serial=said.serial, firmware=said.firmware
    )


def passed_probe(backend: KeyBackend, *, at: datetime) -> PassedProbe:
    """Probe a back-end; raises RefusedError ``probe_failed`` with the names of the checks that failed."""
    return record_of(probe(backend), at=at)


def record_of(report: Report, *, at: datetime) -> PassedProbe:
    """What the store keeps of a report; raises RefusedError ``probe_failed`` unless it is clean."""
    if not report.ok or report.description is None or report.capabilities is None:
        failed = ", ".join(check.name for check in report.checks if check.outcome == "failed")
        raise RefusedError(f"{report.backend} fails the probe: {failed}", code="probe_failed")
    said = report.description
    return PassedProbe(
        backend=report.backend,
        module=Module(**{name: said[name] for name in ("manufacturer", "model", "serial", "firmware")}),
        report=hashlib.sha256(canonical.encode(asdict(report))).hexdigest(),
        at=at.replace(microsecond=0),
        schemes=tuple(sorted(str(scheme) for scheme in report.capabilities["schemes"])),
        left_out=tuple(sorted(check.name for check in report.checks if check.outcome == "not_offered")),
        versions=_versions(),
    )


def _versions() -> dict[str, str]:
    names = "\n".join(check.name for check in CHECKS)
    suite = hashlib.sha256(names.encode()).hexdigest()[:16]
    return {"suite": suite, **{name.replace("-", "_"): version(name) for name in CLIENTS}}
