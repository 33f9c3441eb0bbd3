"""What the signer says of itself in public: keys, back-ends, trust store, credentials, its journal's end.

Nothing in it is secret, and no name of a person; readers take the fields they know.
"""

from datetime import datetime
from typing import Any

from custody.common import clock
from custody.hsm.backends import registry
from custody.hsm.signer import people
from custody.hsm.signer.store import journal, selectors, tokens
from custody.hsm.signer.store.selectors import CatalogueKey
from custody.hsm.signer.store.tokens import KnownBackend, OpenSession
from custody.hsm.signer.trust.state import Accepted, TrustState
from custody.statements.mandate import Mandate, MandateEnd
from custody.statements.trust.holds import Veto
from custody.statements.trust.policies import PolicyBody


def identity(*, at: datetime) -> dict[str, Any]:
    """What the web side may know of the signer; ``head`` tells an older file from a newer one."""
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
        "credentials": people.credentials(trust, at=at),
        "head": _head(),
    }


def _head() -> dict[str, Any]:
    """The last entry; numbers begin again lower where officers went on with a store that was rewound."""
    last, recovered = journal.last(), selectors.recovered_at()
    if last is None:
        raise ValueError("a store with genesis has an entry")
    head = {"seq": last.seq, "hash": last.hash}
    return head | ({"recovered_at": clock.write_time(recovered)} if recovered else {})


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
