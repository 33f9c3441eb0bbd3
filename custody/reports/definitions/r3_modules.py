"""The part of R3 about what holds the keys: HSM register, rule V9, sessions with closed tokens.

A module's certificate is printed as the custodian's people have entered it, and what its device says
beside it; a module that nobody has entered, as the software token of a demonstration, is not validated.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from custody.common.clock import write_time
from custody.hsm import held
from custody.hsm.models import HsmModule
from custody.hsm.validity import differences
from custody.reports.frame import one_line

NOT_VALIDATED = "NONE"
_CERTIFICATE = ("certificate", "standard", "level")


def collect() -> list[dict[str, Any]]:
    """All back-ends that hold keys or are in the register, each as entered and as it describes itself."""
    devices, entered = held.devices(), held.modules_in_force()
    return [_module(name, devices.get(name), entered.get(name)) for name in sorted({*devices, *entered})]


def validity(*, at: datetime) -> list[dict[str, Any]]:
    """Findings of rule V9 when the report was made, the gravest first."""
    return [
        {
            "code": str(item.code),
            "about": item.subject,
            "step": item.step.name,
            "stops_signatures": item.stops_signatures,
            **({"until": write_time(item.until)} if item.until else {}),
            **({"fields": list(item.fields)} if item.fields else {}),
        }
        for item in held.findings(at=at).all
    ]


def sessions(start: datetime, end: datetime) -> list[dict[str, Any]]:
    """Sessions with closed tokens that were opened in the period, oldest first; people by their number."""
    return [
        {
            "session": item.id,
            "backend": item.backend,
            "opened_at": write_time(item.opened_at),
            "minutes": item.minutes,
            "people": list(item.people),
            "requests": list(item.requests),
            **({"ended_at": write_time(item.ended_at), "ending": item.reason} if item.ended_at else {}),
        }
        for item in held.sessions()
        if start <= item.opened_at < end
    ]


def _module(name: str, device: held.Device | None, module: HsmModule | None) -> dict[str, Any]:
    said: dict[str, Any] = {"backend": name, "status": module.status if module else NOT_VALIDATED}
    if device is not None:
        said["device"] = _lines(device.module)
        if device.probe is not None:
            said["probe"] = {"at": device.probe["at"], "report": device.probe["report"]}
            said["is_probed"] = device.is_probed
    if module is not None:
        said["entered"] = _lines(held.said_of(module))
        said |= {part: one_line(value) for part in _CERTIFICATE if (value := getattr(module, part))}
        if module.sunset:
            said["sunset"] = module.sunset.isoformat()
        if device is not None:
            said["differs"] = list(differences(held.said_of(module), device.module))
    return said


def _lines(texts: Mapping[str, str]) -> dict[str, str]:
    """What people and devices have written, as a twin may hold it."""
    return {name: one_line(text) for name, text in texts.items()}
