"""What the console says of the store, for programs and for people: what it holds, and what stops it."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from custody.hsm.signer import program
from custody.hsm.signer.identity import identity
from custody.hsm.signer.store import journal, selectors

_UNKNOWN_HEAD = "UNKNOWN_HEAD"


def status(*, at: datetime) -> dict[str, Any]:
    """``stopped_by``: an unknown head and kills; ``orders`` are given and not taken in yet.

    Before genesis only the fields that say so.
    """
    about, last = identity(at=at), journal.last()
    standing = about.get("trust", {})
    return {
        "genesis": about.get("genesis"),
        "instance": about.get("instance"),
        "demo": about.get("demo"),
        "keys": [{name: key[name] for name in ("key", "purpose", "state")} for key in about.get("keys", [])],
        "stopped_by": [*_unknown_head(), *({"what": "KILL", **kill} for kill in standing.get("kills", []))],
        "holds": standing.get("holds", []),
        "duty": standing.get("duty", []),
        "orders": [order.type for order in program.build_orders().waiting()],
        "sessions": about.get("sessions", []),
        "head": {"seq": last.seq, "hash": last.hash} if last else None,
    }


def lines(found: dict[str, Any]) -> list[str]:
    """The same for people, one fact a line."""
    if not found["genesis"]:
        return ["genesis: none yet; signer_genesis takes one in"]
    head = found["head"]
    return [
        f"installation: {found['instance']}{' (demonstration)' if found['demo'] else ''}",
        f"genesis: {found['genesis']}",
        *_listed("stopped by", map(_stop, found["stopped_by"]), none="nothing"),
        *_listed("hold", map(_hold, found["holds"]), none="none"),
        *_listed("on duty until", sorted(found["duty"]), none="nobody: hot keys and mandates stand still"),
        *_listed("order, not taken in yet", found["orders"], none="none"),
        *_listed("key", map(_key, found["keys"]), none="none"),
        *_listed("open session", map(_session, found["sessions"]), none="none"),
        f"head: entry {head['seq']}, {head['hash']}",
    ]


def _unknown_head() -> list[dict[str, str]]:
    entry = selectors.standing_head()
    return [{"what": _UNKNOWN_HEAD, "document": entry}] if entry else []


def _listed(name: str, values: Iterable[str], *, none: str) -> list[str]:
    return [f"{name}: {value}" for value in values] or [f"{name}: {none}"]


def _stop(stop: dict[str, Any]) -> str:
    if stop["what"] == _UNKNOWN_HEAD:
        return f"a signed head that this store does not know; signer_recover ends entry {stop['document']}"
    whom = f"of key {stop['key']}" if stop.get("key") else "of any key"
    return f"a kill, no payment {whom}; a RESTART by two officers ends {stop['document']}"


def _hold(hold: dict[str, Any]) -> str:
    return f"{hold['scope']} {hold['ref']}; a HOLD_END ends {hold['document']}"


def _key(key: dict[str, Any]) -> str:
    return f"{key['key']} {key['purpose']} {key['state']}"


def _session(session: dict[str, Any]) -> str:
    number = len(session["requests"])
    return f"{session['id']} on {session['backend']}, {number} requests, until {session['ends_at']}"
