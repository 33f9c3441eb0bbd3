"""What holds the keys: register, the signer's mirror of each module, sessions with closed tokens.

Reads only; nothing is decided on it but what pages and reports print.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from cryptography import x509

from custody.common import clock
from custody.hsm.cryptoperiods import period_of
from custody.hsm.models import HsmModule, JournalEntry, SignerIdentity, SigningKey
from custody.hsm.validity import IN_USE, Code, Finding, Findings, KeyFacts, ModuleFacts, findings_of
from custody.statements.store_entry import StoreEntry


@dataclass(frozen=True)
class Device:
    """What a back-end said of its module, and when; ``probe`` is the last one it passed, if any."""

    backend: str
    module: Mapping[str, str]
    seen_at: datetime
    probe: Mapping[str, Any] | None = None

    @property
    def is_probed(self) -> bool:
        """True when the module that passed is the one that was seen last."""
        return self.probe is not None and self.probe["module"] == self.module


@dataclass(frozen=True)
class ColdSession:
    """A session with a closed token, as the journal says; ``reason`` is empty while it is open."""

    id: str
    backend: str
    opened_at: datetime
    people: tuple[str, ...]
    requests: tuple[str, ...]
    minutes: int
    ended_at: datetime | None = None
    reason: str = ""


def devices() -> dict[str, Device]:
    """Back-ends by name, as the signer published them last."""
    row = SignerIdentity.objects.first()
    return {
        item["name"]: Device(
            item["name"], item["module"], clock.read_time(item["seen_at"]), item.get("probe")
        )
        for item in (row.backends if row else ())
    }


def modules_in_force() -> dict[str, HsmModule]:
    """Modules in use by the name of their back-end."""
    rows = HsmModule.objects.filter(state=HsmModule.State.CONFIRMED, in_use=True)
    return {row.backend: row for row in rows}


def findings(*, at: datetime) -> Findings:
    """What rule V9 finds about all keys and modules now."""
    own = SigningKey.objects.filter(offline=None)
    keys = [_key_facts(key) for key in own.filter(state__in=IN_USE).order_by("id")]
    return findings_of(keys, _module_facts(set(own.values_list("backend", flat=True).distinct())), at=at)


def standing_since(finding: Finding, *, at: datetime) -> datetime:
    """Since when something is to do about it: its end where it has one, else what told of it first.

    Of a module that is the confirmed entry of a revoked certificate, what the signer says of the
    device, or the beginning of its journal.
    """
    if finding.until:
        return min(at, finding.until)
    device, module = devices().get(finding.subject), modules_in_force().get(finding.subject)
    if finding.code is Code.REVOKED and module is not None:
        return module.checked_at or at
    if device is not None:
        return min(at, device.seen_at)
    first = JournalEntry.objects.order_by("seq").first()
    return min(at, first.at) if first else at


def sessions(*, backend: str | None = None) -> list[ColdSession]:
    """Sessions of a back-end, or of all, oldest first."""
    found: dict[str, ColdSession] = {}
    for entry in _console_entries():
        body = entry.body
        if "opened" in body:
            found[body["opened"]["id"]] = _opened(entry)
        elif "closed" in body and (known := found.get(body["closed"]["id"])):
            found[known.id] = replace(known, ended_at=entry.at, reason=body["closed"]["reason"])
    return [item for item in found.values() if backend in {None, item.backend}]


def said_of(module: HsmModule) -> dict[str, str]:
    """What was entered, named as devices name it."""
    return {
        "manufacturer": module.vendor,
        "model": module.model,
        "serial": module.serial,
        "firmware": module.firmware,
    }


def _key_facts(key: SigningKey) -> KeyFacts:
    period = period_of(key)
    return KeyFacts(
        key=key.pk,
        state=key.state,
        backend=key.backend,
        is_cold=period is not None and period.is_cold,
        period_end=period.valid_until if period else None,
        certificate_end=_end_of(bytes(key.certificate)) if key.certificate else None,
    )


def _end_of(certificate: bytes) -> datetime | None:
    """Whoever verifies a seal finds a certificate that cannot be read; it has no end to wait for."""
    try:
        return x509.load_der_x509_certificate(certificate).not_valid_after_utc
    except ValueError:
        return None


def _module_facts(holding: set[str]) -> Iterator[ModuleFacts]:
    """One for each back-end that is known or holds a key (``holding``)."""
    known, entered, cold = devices(), modules_in_force(), cold_backends()
    for name in sorted({*known, *entered, *holding}):
        device, module = known.get(name), entered.get(name)
        yield ModuleFacts(
            backend=name,
            entered=said_of(module) if module else None,
            said=device.module if device else None,
            status=module.status if module else "NONE",
            sunset=module.sunset if module else None,
            is_probed=device is not None and device.is_probed,
            is_cold=name in cold,
        )


def cold_backends() -> frozenset[str]:
    """Back-ends that the signer says are closed by default."""
    row = SignerIdentity.objects.first()
    return frozenset(item["name"] for item in (row.backends if row else ()) if item.get("cold"))


def _console_entries() -> Iterator[StoreEntry]:
    rows = JournalEntry.objects.filter(kind="HEAD").order_by("seq").values_list("body", flat=True)
    return (StoreEntry.from_bytes(bytes(body)) for body in rows)


def _opened(entry: StoreEntry) -> ColdSession:
    said = entry.body["opened"]
    return ColdSession(
        id=said["id"],
        backend=entry.body["backend"],
        opened_at=entry.at,
        people=tuple(said["people"]),
        requests=tuple(said["requests"]),
        minutes=said["minutes"],
    )
