"""Runs the renderer in a process of its own and repairs what it leaves wrong in the file."""

import base64
import hashlib
import io
import json
import subprocess
import sys
from pathlib import Path

import pikepdf
from django.template.loader import get_template

from custody.common.errors import CustodyError

TIMEOUT_SECONDS = 240
FONT_CONFIGURATION = Path(__file__).resolve().parent.parent / "fonts" / "fonts.conf"
_PROJECT = Path(__file__).resolve().parents[3]


class RenderError(CustodyError):
    """The renderer died or took too long; a person may start the run again."""

    code = "render_failed"


def render_pdf(*, html: str, twin: bytes, twin_name: str) -> bytes:
    """Return the PDF/A-3u bytes of ``html`` with ``twin`` embedded. Raises RenderError."""
    job = {
        "html": html,
        "css": _style_sheet(),
        "twin": base64.b64encode(twin).decode(),
        "twin_name": twin_name,
        "identifier": hashlib.sha256(twin).hexdigest()[:32],
    }
    return _list_attachments_once(_run(json.dumps(job).encode()))


def _style_sheet() -> str:
    return get_template("reports/report.css").render({})


def _run(job: bytes) -> bytes:
    command = [sys.executable, "-m", "custody.reports.render.worker"]
    environment = {
        "PATH": "/usr/bin:/bin",
        "HOME": "/nonexistent",
        "LC_ALL": "C.UTF-8",
        # No font of the machine: every machine makes the same pages.
        "FONTCONFIG_FILE": str(FONT_CONFIGURATION),
    }
    try:
        result = subprocess.run(
            command,
            input=job,
            capture_output=True,
            timeout=TIMEOUT_SECONDS,
            check=True,
            env=environment,
            cwd=_PROJECT,
        )
    except subprocess.TimeoutExpired:
        raise RenderError(f"page layout took longer than {TIMEOUT_SECONDS} s") from None
    except subprocess.CalledProcessError as error:
        raise RenderError(f"page layout ended with {error.returncode}") from None
    return result.stdout


def _list_attachments_once(pdf: bytes) -> bytes:
    """WeasyPrint names each attachment twice in /AF; ISO 19005-3 readers then show it twice."""
    with pikepdf.open(io.BytesIO(pdf)) as document:
        listed = document.Root.get("/AF", pikepdf.Array())
        unique = {entry.objgen: entry for entry in listed}
        document.Root.AF = pikepdf.Array(list(unique.values()))
        output = io.BytesIO()
        document.save(output, static_id=False)
        return output.getvalue()
