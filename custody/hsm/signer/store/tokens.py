"""Reads of the store about back-ends: what their modules said of themselves, probes, open sessions."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from custody.common import canonical, clock
from custody.hsm.signer.modules import Module, PassedProbe
from custody.hsm.signer.store import sql

_MODULES = """
    SELECT backend, module, probe, body FROM signer_store_backendmodule AS m
    JOIN signer_store_entry ON seq = entry_id ORDER BY m.id
"""
_OPEN = """
    SELECT id, backend, ends_at, body FROM signer_store_coldsession AS s
    JOIN signer_store_entry ON seq = entry_id
    WHERE NOT EXISTS (SELECT 1 FROM signer_store_coldsessionend WHERE session_id = s.id) ORDER BY seq
"""
_ENTRIES = """
    SELECT kind FROM signer_store_entry WHERE request_hash = ? AND kind IN ('REFUSED', 'SIGNED')
"""
_ENDED = """
    SELECT body FROM signer_store_coldsessionend JOIN signer_store_entry ON seq = entry_id
    WHERE session_id = ?
"""
_REFUSED = """
    SELECT body FROM signer_store_entry WHERE request_hash = '' AND kind = 'REFUSED'
    ORDER BY seq DESC LIMIT 100
"""


@dataclass(frozen=True)
class KnownBackend:
    """``module`` as it was last seen, at ``seen_at``; ``probe`` is the last one it passed, if any."""

    name: str
    module: Module
    seen_at: datetime
    probe: PassedProbe | None

    @property
    def is_probed(self) -> bool:
        """True when the last passed probe was of the module that was last seen."""
        return self.probe is not None and self.probe.module == self.module


@dataclass(frozen=True)
class OpenSession:
    """A session that no entry has closed yet."""

    id: str
    backend: str
    requests: frozenset[str]
    ends_at: datetime


def known_backends() -> dict[str, KnownBackend]:
    """All back-ends that were looked at or probed, by name."""
    found: dict[str, KnownBackend] = {}
    for name, module, probe, body in sql.rows(_MODULES):
        before = found.get(name)
        found[name] = KnownBackend(
            name=name,
            module=Module.read(_decoded(module)),
            seen_at=clock.read_time(json.loads(body)["at"]),
            probe=PassedProbe.read(_decoded(probe)) if probe else before.probe if before else None,
        )
    return found


def open_sessions() -> list[OpenSession]:
    """Sessions without an end, by the journal alone, oldest first."""
    return list(_sessions())


def ending_of(session: str) -> dict[str, str] | None:
    """Why a session is over, as its entry says; None for one that is open or unknown."""
    for (body,) in sql.rows(_ENDED, session):
        ended: dict[str, str] = json.loads(body)["body"]["closed"]
        return ended
    return None


def refusal_of_order(nonce: str) -> tuple[str, str] | None:
    """Rule and culprit of an order that was refused lately."""
    for (body,) in sql.rows(_REFUSED):
        said = json.loads(body)["body"]
        if said.get("order") == nonce:
            return said["rule"], said["culprit"]
    return None


def is_decided(request_hash: str) -> bool:
    """True when a request was signed or refused, so that no session needs to wait for it."""
    return bool(sql.rows(_ENTRIES, request_hash))


def _sessions() -> Iterator[OpenSession]:
    for name, backend, ends_at, body in sql.rows(_OPEN):
        requests = json.loads(body)["body"]["opened"]["requests"]
        yield OpenSession(name, backend, frozenset(requests), clock.read_time(ends_at))


def _decoded(data: bytes) -> Any:  # noqa: ANN401 - a JSON value
    return canonical.decode(bytes(data))
