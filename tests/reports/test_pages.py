"""The pages: PDF/A-3u with our fonts and the twin, no request to anywhere, hostile text harmless."""

import io
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pikepdf
import pytest
from django.template import Context, Template

from custody.common import canonical
from custody.reports.frame import one_line
from custody.reports.models import ReportRun
from custody.reports.render.html import render_html
from custody.reports.render.pdf import RenderError, render_pdf
from custody.reports.services import collect_run, unsealed_file
from custody.reports.services.requests import request_report
from tests.cast import AT
from tests.reports.desk import Desk


@pytest.fixture(autouse=True)
def shared_layout() -> None:
    """These tests are about the pages."""


def text_of(pdf: bytes, directory: Path) -> str:
    """The words as a reader would copy them."""
    program = shutil.which("pdftotext")
    assert program, "install poppler-utils"
    (directory / "page.pdf").write_bytes(pdf)
    done = subprocess.run(
        [program, "-layout", "page.pdf", "-"], cwd=directory, capture_output=True, text=True, check=True
    )
    return " ".join(done.stdout.split())


@pytest.fixture
def collected(desk: Desk, run: ReportRun) -> ReportRun:
    collect_run(run_id=run.pk, at=AT)
    run.refresh_from_db()
    return run


@pytest.fixture
def document(collected: ReportRun) -> pikepdf.Pdf:
    return pikepdf.open(io.BytesIO(unsealed_file(collected)))


def test_is_pdf_a_3u_with_the_twin_once_and_our_fonts_only(
    document: pikepdf.Pdf, collected: ReportRun
) -> None:
    _says_that_it_is_pdf_a_3u(document)
    _embeds_the_twin_once_as_data(document, collected)
    _embeds_only_our_fonts_with_unicode(document)
    _has_no_script_and_no_encryption(document)


def _says_that_it_is_pdf_a_3u(document: pikepdf.Pdf) -> None:
    with document.open_metadata() as metadata:
        assert (metadata["pdfaid:part"], metadata["pdfaid:conformance"]) == ("3", "U")
    assert [str(item.S) for item in document.Root.OutputIntents] == ["/GTS_PDFA1"]
    assert str(document.Root.Lang) == "de"


def _embeds_the_twin_once_as_data(document: pikepdf.Pdf, collected: ReportRun) -> None:
    (listed,) = document.Root.AF
    assert str(listed.AFRelationship) == "/Data"
    (file,) = document.attachments.values()
    twin = canonical.decode(file.get_file().read_bytes())
    assert (twin["run"], twin["schema"]) == (collected.pk, "custody/r3/1.1.0")


def _embeds_only_our_fonts_with_unicode(document: pikepdf.Pdf) -> None:
    fonts = [
        item
        for item in document.objects
        if isinstance(item, pikepdf.Dictionary) and item.get("/Type") == "/Font"
    ]
    composite = [font for font in fonts if font.Subtype == "/Type0"]
    assert {str(font.BaseFont).partition("+")[2] for font in composite} == {
        "Report",
        "Report-Bold",
        "Report-Mono",
    }
    assert all("/ToUnicode" in font for font in composite)
    files = [
        item for item in document.objects if isinstance(item, pikepdf.Dictionary) and "/FontFile2" in item
    ]
    assert len(files) == len(composite)


def _has_no_script_and_no_encryption(document: pikepdf.Pdf) -> None:
    assert not document.is_encrypted
    assert not any(
        "/JS" in item or "/JavaScript" in item or "/Launch" in item
        for item in document.objects
        if isinstance(item, pikepdf.Dictionary)
    )


def test_tells_page_numbers_legal_basis_and_limits(collected: ReportRun, tmp_path: Path) -> None:
    text = text_of(unsealed_file(collected), tmp_path)
    assert "Seite 1 von" in text
    assert "Art. 9 Abs. 4 Buchst. d Verordnung (EU) 2022/2554 (DORA), anwendbar seit 17.01.2025" in text
    assert "(ungeprüft)" in text
    assert "kein Prüfungsbericht oder Bestätigungsvermerk" in text
    assert "Keine Vorgänge." in text
    assert "Unvollständig" not in text


def test_marks_a_running_month_on_the_page(desk: Desk, tmp_path: Path) -> None:
    run = request_report(actor="system:test", report="R3", about="2026-11", at=AT)
    collect_run(run_id=run.pk, at=AT)
    run.refresh_from_db()
    assert "Unvollständig: Der Berichtszeitraum läuft noch." in text_of(unsealed_file(run), tmp_path)


@pytest.mark.parametrize(
    "claim", ["BaFin-konform", "MiCAR-compliant", "zugelassen ist", "rechtssicher", "gerichtsfest"]
)
def test_claims_nothing_it_must_not(claim: str) -> None:
    templates = Path("templates/reports").glob("*.html")
    assert all(claim not in path.read_text(encoding="utf-8") for path in templates)


@pytest.mark.parametrize(
    "source", ["file:///etc/passwd", "http://127.0.0.1:1/x.png", "file:///proc/self/environ"]
)
def test_fetches_nothing_but_fonts(source: str) -> None:
    with pytest.raises(RenderError, match="page layout ended"):
        render_pdf(html=f'<html><body><img src="{source}"></body></html>', twin=b"{}", twin_name="t.json")


def test_shows_hostile_text_as_text(collected: ReportRun) -> None:
    twin: dict[str, Any] = {
        "title": "<img src=x onerror=alert(1)>",
        "sections": {},
        "norms": [],
        "report": "R3",
    }
    html = render_html(
        template="frame.html",
        data=twin | {"period": {}, "created_at": "2026-11-21T09:00:00Z"},
        twin_sha256="00",
    )
    assert "<img" not in html
    assert "&lt;img src=x onerror=alert(1)&gt;" in html


def test_groups_an_address_without_adding_characters() -> None:
    html = Template("{% load report_text %}{{ value|groups }}").render(Context({"value": "bcrt1q<x>"}))
    parts = "".join(f"<span class='g'>{part}</span>" for part in ("bcrt", "1q&lt;x", "&gt;"))
    assert html == f"<span class='mono'>{parts}</span>"


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("zwei\nZeilen\tund mehr", "zwei Zeilen und mehr"),
        ("Mu\u0308ller", "Müller"),
        ("abc\u202edef\u200b", "abcdef"),
        ("  ", ""),
    ],
)
def test_free_text_becomes_one_clean_line(text: str, line: str) -> None:
    assert one_line(text) == line
    canonical.encode({"text": one_line(text)})


def test_the_annex_is_true_before_and_after_a_release(collected: ReportRun, tmp_path: Path) -> None:
    """The same pages are sealed twice, so they leave it to the seal what they are."""
    said = text_of(unsealed_file(collected), tmp_path)
    assert "von niemandem freigegeben" not in said
    assert "sagt das Zertifikat des Siegels: DRAFT oder RELEASED" in said
