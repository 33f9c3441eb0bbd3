"""The filtered list of requests as a file: CSV for people, JSON for programs, written as it is read.

Cells that a spreadsheet would take for a formula get an apostrophe before them (OWASP, CSV injection).
"""

import csv
import json
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from django.http import StreamingHttpResponse
from django.utils.http import content_disposition_header
from django.utils.translation import get_language, override

from custody.common import clock
from custody.hsm.models import SigningRequest, SigningResult
from custody.hsm.refusal_words import in_words
from custody.statements.request import Request
from custody.statements.result import Result

COLUMNS = (
    "id", "asked_at", "kind", "chain", "key", "subject", "request_hash", "outcome", "rule", "rule_in_words",
    "culprit", "signatures", "answered_at",
)  # fmt: skip
CHUNK = 200
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")


def last_result(row: SigningRequest) -> SigningResult | None:
    """The final result where there is one, else the report of a failure."""
    results = sorted(row.results.all(), key=lambda result: (result.outcome != "FAILED", result.pk))
    return results[-1] if results else None


def entry_of(row: SigningRequest) -> dict[str, Any]:
    """One request with its answer; fields of an answer that is not there are empty."""
    entry: dict[str, Any] = dict.fromkeys(COLUMNS, "")
    entry |= {
        "id": row.pk,
        "asked_at": clock.write_time(row.created_at),
        "kind": row.kind,
        "chain": row.chain,
        "key": row.key,
        "subject": row.subject,
        "request_hash": Request.from_bytes(bytes(row.body)).hash,
        "signatures": 0,
    }
    answer = last_result(row)
    if answer is None:
        return entry
    result = Result.from_bytes(bytes(answer.body))
    rule = result.rule or ""
    return entry | {
        "outcome": answer.outcome,
        "rule": rule,
        "rule_in_words": in_words(rule),
        "culprit": result.culprit or "",
        "signatures": len(result.signatures),
        "answered_at": clock.write_time(answer.created_at),
    }


def as_csv(entries: Iterable[dict[str, Any]]) -> Iterator[str]:
    """Lines of RFC 4180, the first with the names of the columns."""
    writer = csv.writer(_Echo())
    yield writer.writerow(COLUMNS)
    for entry in entries:
        yield writer.writerow([_safe(entry[name]) for name in COLUMNS])


def as_json(entries: Iterable[dict[str, Any]]) -> Iterator[str]:
    """One array, an entry per line."""
    before = "[\n"
    for entry in entries:
        yield before + json.dumps(entry, ensure_ascii=False, separators=(",", ":"))
        before = ",\n"
    yield "[]\n" if before == "[\n" else "\n]\n"


FORMS: dict[str, tuple[str, Callable[[Iterable[dict[str, Any]]], Iterator[str]]]] = {
    "csv": ("text/csv; charset=utf-8", as_csv),
    "json": ("application/json", as_json),
}


def exported(rows: Any, form: str) -> StreamingHttpResponse:  # noqa: ANN401 - a queryset with its prefetches
    """The rows as a download in one of ``FORMS``."""
    media_type, write = FORMS[form]
    entries = _entries(rows, language=get_language())
    response = StreamingHttpResponse(write(entries), content_type=media_type)
    disposition = content_disposition_header(True, f"signing-requests.{form}")
    response.headers["Content-Disposition"] = disposition or "attachment"
    response.headers["Cache-Control"] = "no-store"
    return response


def _entries(rows: Any, *, language: str | None) -> Iterator[dict[str, Any]]:  # noqa: ANN401
    """The rows one by one; the language of the reader is gone by the time they are written."""
    for row in rows.iterator(chunk_size=CHUNK):
        with override(language):
            entry = entry_of(row)
        yield entry


class _Echo:
    """The writer hands its line back instead of keeping it."""

    def write(self, line: str) -> str:
        return line


def _safe(value: object) -> object:
    text = str(value)
    return f"'{text}" if text.startswith(_FORMULA) else value
