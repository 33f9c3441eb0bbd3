"""Builds the twin of a run: the common frame of every report around its own sections.

The twin is the report; the pages only show it. Canonical JSON, so its SHA-256 can be compared.
"""

import unicodedata
from typing import Any

from django.conf import settings

import custody
from custody.audit import selectors as audit
from custody.common.clock import write_time
from custody.reports.definition import Definition, Scope
from custody.reports.models import ReportRun
from custody.reports.norms import NORMS

# No operator has entered a licence yet: profile NONE_DEMO of the regulation map.
_LICENCE = {"licence": "NONE_DEMO", "licence_text": "keine (Demonstration)"}


def build_twin(definition: Definition, run: ReportRun, scope: Scope) -> dict[str, Any]:
    """Return the complete twin of ``run``; reads selectors, changes nothing."""
    position, link = audit.stream_head("main")
    twin: dict[str, Any] = {
        "schema": definition.schema,
        "report": definition.number,
        "title": definition.title,
        "run": run.pk,
        "version": run.version,
        "about": run.period or run.subject,
        "about_text": _about(scope),
        "entity": {"name": settings.OPERATOR_NAME or "nicht angegeben", **_LICENCE},
        "created_at": write_time(scope.at),
        "cutoff": {"stream": "main", "position": position, "link": link, "blocks": []},
        "norms": [NORMS[key].to_json() for key in definition.norms],
        "software": {"version": custody.__version__, "source": settings.SOURCE_URL},
        "twin_name": f"{run.file_name.removesuffix('.pdf')}.json",
    }
    if scope.month:
        twin["period"] = {
            "id": str(scope.month),
            "from": write_time(scope.month.start),
            "to": write_time(scope.month.end),
            "complete": scope.month.is_complete(scope.at),
        }
    sections = definition.collect(scope)
    twin["cutoff"]["blocks"] = sections.pop("blocks", [])
    return {**twin, "sections": sections}


def one_line(text: str) -> str:
    """Return free text as it may stand in a twin: NFC, one line, no control characters."""
    kept = (
        " " if unicodedata.category(character) in {"Cc", "Zl", "Zp"} else character
        for character in unicodedata.normalize("NFC", text)
        if unicodedata.category(character) not in {"Cf", "Cs"}
    )
    return " ".join("".join(kept).split())


def _about(scope: Scope) -> str:
    if scope.month:
        return f"Berichtsmonat {scope.month.month:02d}/{scope.month.year}"
    return f"Vorgang {scope.subject}"
