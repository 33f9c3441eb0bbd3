"""What the signer publishes of the credentials it has pinned: public halves, roles, what counts; no names.

With it the web side tells a forged approval from a true one before it keeps it.
"""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from custody.hsm.signer.trust.state import TrustState
from custody.statements.credential import PersonCredential
from custody.statements.known_credential import KnownCredential

Name = tuple[str, str]


def credentials(trust: TrustState, *, at: datetime) -> list[dict[str, Any]]:
    """All that were ever pinned: those that count, those whose delay runs, and those that have ended."""
    active = trust.credentials(at=at)
    waiting = list(_waiting(trust, active, at))
    standing = {_name(entry) for entry in active} | {_name(entry.pinned) for entry in waiting}
    ended = {_name(entry): entry for entry in _begun(trust, at) if _name(entry) not in standing}
    published = [
        *(KnownCredential.of(entry, "ACTIVE") for entry in active),
        *waiting,
        *(KnownCredential.of(entry, "ENDED") for entry in ended.values()),
    ]
    return [entry.to_json() for entry in published]


def _waiting(
    trust: TrustState, active: tuple[PersonCredential, ...], at: datetime
) -> Iterator[KnownCredential]:
    """Those that will count, unless vetoed, each from the moment its document takes effect."""
    known = set(active)
    moments = {item.activates_at for item in trust.accepted if item.type == "PERSON_CREDENTIAL"}
    for moment in sorted(moment for moment in moments if moment > at):
        for entry in trust.credentials(at=moment):
            if entry not in known:
                known.add(entry)
                yield KnownCredential.of(entry, "WAITING", active_from=moment)


def _begun(trust: TrustState, at: datetime) -> Iterator[PersonCredential]:
    """All that have counted once, in the order of acceptance."""
    yield from trust.genesis.people
    for item in trust.accepted:
        if isinstance(item.body, PersonCredential) and trust.counts(item, at):
            yield item.body


def _name(entry: PersonCredential) -> Name:
    return entry.person, entry.credential.name
