"""R3, the key and HSM report of a month, reduced: keys, modules, their validity, requests and answers.

Basis: regulation map section 10, R3 sections 1, 2, 3 and 9, and rule V9. Reads the mirrors of the signing
desk; no secret and no personal data: people stand here by their number.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from custody.audit import selectors as audit
from custody.common import canonical
from custody.common.clock import write_time
from custody.common.errors import InvalidInputError
from custody.escrow import case_reads
from custody.hsm import selectors as hsm
from custody.hsm.models import JournalEntry, RequestKind, SigningKey, SigningRequest
from custody.reports.definition import Definition, Scope
from custody.reports.definitions import r3_modules as modules
from custody.reports.periods import Month

OPEN = "OPEN"
# Made by the schedule every minute: counted, and listed only when something went wrong.
COUNTED_ONLY = {RequestKind.CHECKPOINT.value}
QUIET = {"SIGNED", "RECORDED"}
Entries = list[tuple[JournalEntry, dict[str, Any]]]


def collect(scope: Scope) -> dict[str, Any]:
    """Sections of the month; empty lists when nothing happened."""
    if scope.month is None:
        raise InvalidInputError("this report is about a month", field="period")
    start, end = scope.month.start, min(scope.month.end, scope.at)
    key_entries = [(row, _body(row)) for row in hsm.journal_of_keys()]
    of_key = _by_key(key_entries)
    known = _by_key((row, body) for row, body in key_entries if row.at < end)
    requests = [_request(row) for row in hsm.requests_between(start, end)]
    return {
        "keys": [
            _key(key, known[key.pk])
            for key in hsm.catalogue_keys()
            # One that the journal knows was made after the period is left out.
            if known[key.pk] or not of_key[key.pk]
        ],
        "modules": modules.collect(),
        "validity": modules.validity(at=scope.at),
        "sessions": modules.sessions(start, end),
        "lifecycle": [_event(row, body) for row, body in key_entries if start <= row.at < end],
        "totals": _totals(requests),
        "requests": [item for item in requests if _is_listed(item)],
        "refused": [item for item in requests if item["outcome"] == "REFUSED"],
        "interrupted": sum(item["interrupted"] for item in requests),
        "journal": _journal(start, end),
    }


def _by_key(entries: Iterable[tuple[JournalEntry, dict[str, Any]]]) -> defaultdict[str, Entries]:
    """Entries by the key that they are about, in their order."""
    found: defaultdict[str, Entries] = defaultdict(list)
    for row, body in entries:
        if "key" in body:
            found[body["key"]].append((row, body))
    return found


def _key(key: SigningKey, history: Entries) -> dict[str, Any]:
    """A key as the journal describes it at the end of the period."""
    reported = {"class": history[0][1]["class"], "made_at": write_time(history[0][0].at)} if history else {}
    return {
        "key": key.pk,
        "purpose": key.purpose,
        "curve": key.curve,
        "public_key": key.public_key,
        "state": history[-1][1]["state"] if history else key.state,
        "has_certificate": key.certificate is not None or bool(key.certificates),
        **reported,
    }


def _event(row: JournalEntry, body: dict[str, Any]) -> dict[str, Any]:
    about: dict[str, Any] = {name: body[name] for name in ("key", "purpose", "state") if name in body}
    return {"seq": row.seq, "at": write_time(row.at), "kind": row.kind, "hash": row.hash, **about}


def _request(row: SigningRequest) -> dict[str, Any]:
    results = list(row.results.all())
    final = next((item for item in results if item.outcome != "FAILED"), None)
    answer: dict[str, Any] = {"outcome": OPEN}
    if final is not None:
        answer = {"outcome": final.outcome, "answered_at": write_time(final.created_at)}
        if final.outcome == "REFUSED":
            decoded = canonical.decode(bytes(final.body), limit=canonical.MAX_REQUEST)
            answer |= {"rule": decoded["rule"], "culprit": decoded["culprit"]}
    return {
        "id": row.pk,
        "kind": row.kind,
        "key": row.key,
        "for": row.subject,
        "at": write_time(row.created_at),
        "interrupted": any(item.outcome == "FAILED" for item in results),
        "confirmed_by": _confirmed_by(row),
        **answer,
    }


def _confirmed_by(row: SigningRequest) -> list[dict[str, str]]:
    """Who asked for the signature, and for a payout who decided it under four eyes."""
    if row.kind in COUNTED_ONLY:
        return []
    if row.kind == RequestKind.BTC_SPEND:
        return [{"as": role, "who": who} for role, who in case_reads.confirmations_of_payout(row.subject)]
    asked = audit.entries_about([row.subject]).first()
    return [{"as": "requested", "who": asked.actor_text}] if asked else []


def _is_listed(item: dict[str, Any]) -> bool:
    return item["kind"] not in COUNTED_ONLY or item["outcome"] not in QUIET


def _totals(requests: list[dict[str, Any]]) -> list[dict[str, Any]]:
    counted = Counter((item["kind"], item["outcome"]) for item in requests)
    return [
        {
            "kind": kind,
            **{
                outcome.lower(): counted[kind, outcome] for outcome in ("SIGNED", "RECORDED", "REFUSED", OPEN)
            },
        }
        for kind in RequestKind.values
        if any(found == kind for found, _ in counted)
    ]


def _journal(start: datetime, end: datetime) -> dict[str, Any]:
    rows = hsm.journal_between(start, end)
    first, last = rows.first(), rows.last()
    if first is None or last is None:
        return {"entries": 0}
    return {"entries": rows.count(), "first": first.seq, "last": last.seq, "head": last.hash}


def _body(row: JournalEntry) -> dict[str, Any]:
    document: dict[str, Any] = canonical.decode(bytes(row.body), limit=canonical.MAX_REQUEST)
    body: dict[str, Any] = document["body"]
    return body


REPORT = Definition(
    number="R3",
    title="Schlüssel- und HSM-Bericht",
    schema="custody/r3/1.1.0",
    norms=("DORA_9", "RTS_1774", "RTS_303"),
    collect=collect,
    # DORA applies from 17 January 2025 on.
    first=Month(2025, 1),
)
