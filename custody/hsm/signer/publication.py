"""What the signer publishes: its checkpoints, its identity, its certificates. World-readable.

The checkpoint file only grows and is derived from the journal: whatever a crash left out is
appended at the next occasion.
"""

import json
import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

from django.db.models import Exists, OuterRef

from custody.common import canonical, clock
from custody.hsm.backends import registry
from custody.hsm.signer.store import journal, models, selectors, tokens
from custody.hsm.signer.store.head import sync_directory
from custody.hsm.signer.store.selectors import CatalogueKey
from custody.hsm.signer.store.tokens import KnownBackend, OpenSession
from custody.hsm.signer.trust.state import Accepted, TrustState
from custody.statements.checkpoint import Checkpoint
from custody.statements.mandate import Mandate, MandateEnd
from custody.statements.trust.holds import Veto
from custody.statements.trust.policies import PolicyBody

logger = logging.getLogger(__name__)

CHECKPOINTS = "checkpoints.jsonl"
IDENTITY = "signer.json"
_TAIL_BYTES = 64 * 1024


class PublicFiles:
    """Files below one directory that others read and the signer alone writes."""

    def __init__(self, directory: Path) -> None:
        self._checkpoints = directory / CHECKPOINTS
        self._identity = directory / IDENTITY

    def publish_checkpoints(self) -> None:
        """Append every signed checkpoint of the journal that is not in the file yet.

        Public files are made from the journal: what cannot be written now is written at the next occasion.
        """
        with _at_the_next_occasion():
            self._append_checkpoints()

    def publish_identity(self, *, at: datetime) -> None:
        """Like ``write_identity``, at the next occasion where it cannot be written now."""
        with _at_the_next_occasion():
            self.write_identity(at=at)

    def _append_checkpoints(self) -> None:
        lines = b"".join(_line(row) + b"\n" for row in _signed_after(self._last_published()))
        if not lines:
            return
        descriptor = os.open(self._checkpoints, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
        try:
            os.fchmod(descriptor, 0o644)
            os.write(descriptor, lines)
            os.fsync(descriptor)
        finally:
            os.close(descriptor)

    def write_identity(self, *, at: datetime) -> None:
        """Write instance, policy, keys and the state of the trust store as one JSON object."""
        temporary = self._identity.with_suffix(".new")
        temporary.write_bytes(canonical.encode(identity(at=at), limit=canonical.MAX_REQUEST))
        temporary.chmod(0o644)
        temporary.replace(self._identity)
        sync_directory(self._identity.parent)

    def _last_published(self) -> int:
        """Sequence number of the SIGN entry of the last line that this store knows; -1 for none.

        Behind it stand, after a recovery, heads of the part that was lost.
        """
        self._cut_torn_line()
        for line in self._newest_lines():
            known = Checkpoint.from_json(json.loads(line)["checkpoint"])
            row = models.SignedCheckpoint.objects.filter(
                stream=known.stream, position=known.position, link=known.link
            ).first()
            if row is not None:
                return int(row.entry_id)
        return -1

    def _newest_lines(self) -> Iterator[bytes]:
        """The last line, then all of them backwards."""
        last = self._tail().removesuffix(b"\n").rpartition(b"\n")[2]
        if last:
            yield last
            yield from reversed(self._checkpoints.read_bytes().splitlines()[:-1])

    def _cut_torn_line(self) -> None:
        """A crash inside an append may leave half a line; it is in the journal and comes again."""
        tail = self._tail()
        torn = len(tail) - (tail.rfind(b"\n") + 1)
        if torn:
            os.truncate(self._checkpoints, self._checkpoints.stat().st_size - torn)

    def _tail(self) -> bytes:
        if not self._checkpoints.exists():
            return b""
        with self._checkpoints.open("rb") as file:
            size = file.seek(0, os.SEEK_END)
            file.seek(max(0, size - _TAIL_BYTES))
            return file.read()


@contextmanager
def _at_the_next_occasion() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        logger.critical("signer: not published (%s)", error.strerror)


def identity(*, at: datetime) -> dict[str, Any]:
    """What the web side may know of the signer; nothing in it is secret, and no name of a person."""
    pinned = selectors.pinned()
    if pinned is None:
        return {}
    trust, cold = selectors.trust(), registry.cold_names()
    return {
        "instance": pinned.instance,
        "demo": pinned.demo,
        "genesis": pinned.genesis,
        "policy": trust.policy(at=at).to_json(),
        "keys": [_key(key, trust, at) for key in selectors.all_keys() if not _is_past(key)],
        "backends": [_backend(known, cold) for _, known in sorted(tokens.known_backends().items())],
        "sessions": [_session(session) for session in tokens.open_sessions()],
        "trust": _standing(trust, at),
    }


def _backend(known: KnownBackend, cold: frozenset[str]) -> dict[str, Any]:
    """What a back-end says of itself, and the probe it has passed; no handle and no key."""
    return {
        "name": known.name,
        "module": known.module.to_json(),
        "seen_at": clock.write_time(known.seen_at),
        **({"cold": True} if known.name in cold else {}),
        **({"probe": known.probe.to_json()} if known.probe else {}),
    }


def _session(session: OpenSession) -> dict[str, Any]:
    return {
        "id": session.id,
        "backend": session.backend,
        "requests": sorted(session.requests),
        "ends_at": clock.write_time(session.ends_at),
    }


def _key(key: CatalogueKey, trust: TrustState, at: datetime) -> dict[str, Any]:
    activation = trust.activation(key.id, at=at)
    return {
        "key": key.id,
        "purpose": key.purpose,
        "curve": key.curve,
        "class": key.key_class,
        "public_key": key.public_key,
        "state": key.state,
        "backend": key.backend,
        **({"certificate": key.certificate.hex()} if key.certificate else {}),
        **({"activation": activation.to_json()} if activation else {}),
        **({"account": key.account.to_json()} if key.account else {}),
        **({"certificates": _certificates(key)} if key.purpose == "seal" else {}),
    }


def _certificates(key: CatalogueKey) -> list[dict[str, Any]]:
    """Oldest first, so that what was sealed before is verified still."""
    return [
        {
            "use": item.use,
            "certificate": item.certificate.hex(),
            "chain": [above.hex() for above in item.chain],
        }
        for item in selectors.certificates_of(key)
    ]


def _is_past(key: CatalogueKey) -> bool:
    """One-time keys come and go by the thousand: of those that are gone the journal tells."""
    return key.one_time is not None and key.state == "DESTROYED"


def _standing(trust: TrustState, at: datetime) -> dict[str, Any]:
    """Where each stream of trust documents stands, what waits, and what stands still."""
    return {
        "heads": [
            {"stream": stream, "epoch": epoch, "hash": last}
            for stream, (epoch, last) in sorted(trust.heads.items())
        ],
        "waiting": [_waiting(item) for item in trust.accepted if trust.waiting(item.name, at=at)],
        "holds": [{"document": name, **hold.to_json()} for name, hold in trust.holds(at=at).items()],
        "kills": [{"document": name, **kill.to_json()} for name, kill in trust.kills(at=at).items()],
        "duty": [clock.write_time(until) for until in trust.duty(at=at)],
        "mandates": _mandates(trust, at),
    }


def _mandates(trust: TrustState, at: datetime) -> list[dict[str, Any]]:
    """Mandates that have not ended, in the order of acceptance, each with when it takes effect."""
    vetoed = {item.body.document for item in trust.accepted if isinstance(item.body, Veto)}
    found: list[tuple[Mandate, datetime]] = []
    for item in trust.accepted:
        body = item.body
        if isinstance(body, Mandate) and item.name not in vetoed:
            found.append((body, item.activates_at))
        elif isinstance(body, MandateEnd) and item.activates_at <= at:
            found = [(known, since) for known, since in found if known.mandate != body.mandate]
    return [{"body": body.to_json(), "active_from": clock.write_time(since)} for body, since in found]


def _waiting(item: Accepted) -> dict[str, Any]:
    said = {"document": item.name, "type": item.type, "activates_at": clock.write_time(item.activates_at)}
    # The web side makes intents under the policy that will count then.
    return said | ({"policy": item.body.policy.to_json()} if isinstance(item.body, PolicyBody) else {})


def _signed_after(seq: int) -> list[models.SignedCheckpoint]:
    made = models.Entry.objects.filter(request_hash=OuterRef("entry__request_hash"), kind="SIGNED")
    rows = models.SignedCheckpoint.objects.filter(Exists(made), entry_id__gt=seq)
    return list(rows.select_related("entry").order_by("entry_id"))


def _line(row: models.SignedCheckpoint) -> bytes:
    own = {entry.kind: entry.body for entry in journal.of_request(row.entry.request_hash)}
    (signature,) = own["SIGNED"]["signatures"]
    return canonical.encode(
        {
            "checkpoint": own["SEEN"]["checkpoint"],
            "public_key": signature["public_key"],
            "signature": signature["signature"],
        }
    )
