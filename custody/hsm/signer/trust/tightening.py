"""Which documents only take trust away: they count at once and need one person (formats section 4).

The signer judges this itself, by comparing with what counts now; nobody's claim is read.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from custody.hsm.signer.trust.quorum import NO_PERSON
from custody.hsm.signer.trust.state import TrustState
from custody.statements.credential import PersonCredential
from custody.statements.mandate import Mandate
from custody.statements.trust import ALWAYS_TIGHTENING, TrustDocument
from custody.statements.trust.assets import Abi, AssetEntry
from custody.statements.trust.keys import KeyStateChange, KeyTemplate

STOPPED_KEY_STATES = frozenset({"SUSPENDED", "DEACTIVATED", "COMPROMISED"})


def is_tightening(document: TrustDocument, state: TrustState, *, at: datetime) -> bool:
    """True when the document cannot allow anything that is not allowed now."""
    if document.type in ALWAYS_TIGHTENING:
        return True
    judge = _JUDGES.get(document.type)
    return judge is not None and judge(document.body, state, at)


def _credential(body: PersonCredential, state: TrustState, at: datetime) -> bool:
    """The same credential of the same person for a shorter time or with fewer roles.

    Whoever is marked as a machine stays one: without the mark it would count as a person.
    """
    for entry in state.credentials(at=at):
        if (entry.person, entry.credential, entry.name) == (body.person, body.credential, body.name):
            marks = NO_PERSON & set(entry.roles)
            return marks <= set(body.roles) <= set(entry.roles) and body.valid_until <= entry.valid_until
    return False


def _key_state(body: KeyStateChange, state: TrustState, at: datetime) -> bool:
    return body.state in STOPPED_KEY_STATES


def _template(body: KeyTemplate, state: TrustState, at: datetime) -> bool:
    """The same wallet with fewer open keys for a shorter time, each destroyed no earlier."""
    _, known = state.templates(at=at).get(body.wallet.wallet, ("", None))
    if known is None or body.wallet != known.wallet:
        return False
    return (
        body.open_max <= known.open_max
        and body.lifetime_seconds <= known.lifetime_seconds
        and body.settled_depth >= known.settled_depth
        and body.dispute_seconds >= known.dispute_seconds
        and known.valid_from <= body.valid_from
        and body.valid_until <= known.valid_until
    )


def _asset(body: AssetEntry, state: TrustState, at: datetime) -> bool:
    return bool(body.removed)


def _abi(body: Abi, state: TrustState, at: datetime) -> bool:
    known = state.abi(body.contract, chain=body.chain, at=at)
    return not body.methods or (known is not None and set(body.methods) <= set(known.methods))


def _mandate(body: Mandate, state: TrustState, at: datetime) -> bool:
    """The same mandate with lower caps, fewer destinations, more needs or a shorter time."""
    known = state.mandate(body.mandate, at=at)
    if known is None:
        return False
    same = (body.key, body.intent_kind, body.chain, body.asset) == (
        known.key, known.intent_kind, known.chain, known.asset,
    )  # fmt: skip
    windows = (body.cap_window.seconds, body.fee.window.seconds) == (
        known.cap_window.seconds,
        known.fee.window.seconds,
    )
    return same and windows and _is_within(body, known)


def _is_within(body: Mandate, known: Mandate) -> bool:
    return (
        set(body.destinations) <= set(known.destinations)
        and set(body.needs) >= set(known.needs)
        and all(new <= old for new, old in zip(_limits(body), _limits(known), strict=True))
        and known.valid_from <= body.valid_from
        and body.valid_until <= known.valid_until
    )


def _limits(body: Mandate) -> tuple[int, ...]:
    return body.cap_per_transaction, body.cap_window.amount, body.fee.max, body.fee.window.amount


_JUDGES: dict[str, Callable[[Any, TrustState, datetime], bool]] = {
    "PERSON_CREDENTIAL": _credential,
    "KEY_STATE": _key_state,
    "KEY_TEMPLATE": _template,
    "ASSET": _asset,
    "ABI": _abi,
    "MANDATE": _mandate,
}
