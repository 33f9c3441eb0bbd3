"""Rule V9 as a pure function: what is valid no more, or not for long, of keys and of what holds them.

Warned is 60, 30 and 7 days before an end (regulation map, V9). Over is over at the very moment of the
end. What of it stops a signature is the signer's alone: the cryptoperiod of a key, and the certificate
of the seal key, both facts of its own store. The state of a module's certificate is what an operator
has entered, so it is printed and blocks nothing.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from enum import IntEnum, StrEnum

IN_USE = frozenset({"ACTIVE", "SUSPENDED"})
VALIDATED = "ACTIVE"


class Step(IntEnum):
    """How near an end is."""

    FAR = 0
    DAYS_60 = 1
    DAYS_30 = 2
    DAYS_7 = 3
    OVER = 4


_DAYS = ((7, Step.DAYS_7), (30, Step.DAYS_30), (60, Step.DAYS_60))


class Code(StrEnum):
    """What is found; the first two stop signatures once they are over."""

    CRYPTOPERIOD = "CRYPTOPERIOD"
    CERTIFICATE = "CERTIFICATE"
    SUNSET = "SUNSET"
    HISTORICAL = "HISTORICAL"
    REVOKED = "REVOKED"
    NOT_VALIDATED = "NOT_VALIDATED"
    NOT_REGISTERED = "NOT_REGISTERED"
    DIFFERS = "DIFFERS"
    NOT_PROBED = "NOT_PROBED"
    COLD_KEY_OPEN = "COLD_KEY_OPEN"


_STOPPING = frozenset({Code.CRYPTOPERIOD, Code.CERTIFICATE})
# Known and accepted by whoever runs the module: printed, and nothing that waits for somebody.
_PRINTED_ONLY = frozenset({Code.HISTORICAL, Code.NOT_VALIDATED})


@dataclass(frozen=True)
class Finding:
    """``subject``: id of the key or name of the back-end; ``until``: the end it is about."""

    code: Code
    subject: str
    step: Step = Step.FAR
    until: datetime | None = None
    fields: tuple[str, ...] = ()

    @property
    def stops_signatures(self) -> bool:
        """True when the signer refuses because of it."""
        return self.code in _STOPPING and self.step is Step.OVER

    @property
    def is_to_do(self) -> bool:
        """True when somebody can and should do something about it."""
        return self.code not in _PRINTED_ONLY


@dataclass(frozen=True, kw_only=True)
class KeyFacts:
    """Of one key; ends are None where there is none."""

    key: str
    state: str
    backend: str
    is_cold: bool = False
    period_end: datetime | None = None
    certificate_end: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class ModuleFacts:
    """Of one back-end; ``entered`` and ``said`` hold vendor, model, serial and firmware.

    ``status`` is that of the certificate (ACTIVE, HISTORICAL, REVOKED, NONE), ``sunset`` its last day.
    """

    backend: str
    entered: Mapping[str, str] | None = None
    said: Mapping[str, str] | None = None
    status: str = "NONE"
    sunset: date | None = None
    is_probed: bool = False
    is_cold: bool = False


@dataclass(frozen=True)
class Findings:
    """All findings, the gravest first."""

    all: tuple[Finding, ...] = field(default=())

    def about(self, *subjects: str) -> tuple[Finding, ...]:
        """Those about these keys or back-ends."""
        return tuple(finding for finding in self.all if finding.subject in subjects)


def step_of(end: datetime, *, at: datetime) -> Step:
    """How near ``end`` is at ``at``; 60 days before, to the second, is DAYS_60 already."""
    left = end - at
    if left <= timedelta():
        return Step.OVER
    return next((step for days, step in _DAYS if left <= timedelta(days=days)), Step.FAR)


def findings_of(keys: Iterable[KeyFacts], modules: Iterable[ModuleFacts], *, at: datetime) -> Findings:
    """Everything that rule V9 finds now."""
    used, held = [key for key in keys if key.state in IN_USE], list(modules)
    cold = {module.backend for module in held if module.is_cold}
    found = [
        *(finding for key in used for finding in _of_key(key, cold, at)),
        *(finding for module in held for finding in _of_module(module, at)),
    ]
    return Findings(tuple(sorted(found, key=lambda item: (-item.step, item.code, item.subject))))


def _of_key(key: KeyFacts, cold: set[str], at: datetime) -> Iterator[Finding]:
    for code, end in ((Code.CRYPTOPERIOD, key.period_end), (Code.CERTIFICATE, key.certificate_end)):
        if end is not None:
            yield from _ending(code, key.key, end, at)
    if key.is_cold and key.backend not in cold:
        yield Finding(Code.COLD_KEY_OPEN, key.key)


def _of_module(module: ModuleFacts, at: datetime) -> Iterator[Finding]:
    if not module.is_probed:
        yield Finding(Code.NOT_PROBED, module.backend)
    if module.entered is None:
        yield Finding(Code.NOT_REGISTERED, module.backend)
        yield Finding(Code.NOT_VALIDATED, module.backend)
        return
    if module.said is not None and (others := differences(module.entered, module.said)):
        yield Finding(Code.DIFFERS, module.backend, fields=others)
    if module.status != VALIDATED:
        yield Finding(Code(_STATUS.get(module.status, "NOT_VALIDATED")), module.backend)
    elif module.sunset is not None:
        # The certificate counts through its last day; one without an end has the calendar's last.
        day = min(module.sunset, date.max - timedelta(days=1)) + timedelta(days=1)
        end = datetime.combine(day, time(), tzinfo=UTC)
        yield from _ending(Code.SUNSET, module.backend, end, at)


_STATUS = {"HISTORICAL": "HISTORICAL", "REVOKED": "REVOKED"}


def _ending(code: Code, subject: str, end: datetime, at: datetime) -> Iterator[Finding]:
    step = step_of(end, at=at)
    if step is not Step.FAR:
        yield Finding(code, subject, step, end)


def differences(entered: Mapping[str, str], said: Mapping[str, str]) -> tuple[str, ...]:
    """Names of the fields in which register and device do not agree, case and spaces aside."""
    return tuple(name for name in entered if _plain(entered[name]) != _plain(said.get(name, "")))


def _plain(text: str) -> str:
    return " ".join(text.split()).casefold()
