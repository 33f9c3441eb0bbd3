"""The renderer's own process: a JSON job on stdin, the PDF on stdout.

It loads WeasyPrint and no Django, gets no secret in its environment, fetches nothing but our
fonts, and its memory is limited, because page layout of hostile or huge content must not take
the worker with it.
"""

import base64
import io
import json
import resource
import sys
from pathlib import Path
from typing import Any

import weasyprint

FONTS = Path(__file__).resolve().parent.parent / "fonts"
MAX_MEMORY = 2 * 1024**3
VARIANT = "pdf/a-3u"


class Fetcher(weasyprint.urls.URLFetcher):  # type: ignore[misc]
    """Gives out the fonts of this package and inline data; anything else stops the rendering."""

    def fetch(self, url: str, headers: dict[str, str] | None = None) -> Any:  # noqa: ANN401
        path = Path(url.removeprefix("file://"))
        if not url.startswith("data:") and path.parent != FONTS:
            raise weasyprint.urls.FatalURLFetchingError("only fonts and inline data are fetched")
        return super().fetch(url, headers)


def render(job: dict[str, Any]) -> bytes:
    """Lay out ``job["html"]`` with ``job["css"]`` and embed the twin (AFRelationship Data)."""
    twin = weasyprint.Attachment(
        file_obj=io.BytesIO(base64.b64decode(job["twin"])),
        name=job["twin_name"],
        description="Maschinenlesbare Fassung (kanonisches JSON)",
        relationship="Data",
    )
    fonts = weasyprint.text.fonts.FontConfiguration()
    fetcher = Fetcher(allowed_protocols=("file", "data"))
    css = weasyprint.CSS(
        string=job["css"], base_url=FONTS.as_uri() + "/", url_fetcher=fetcher, font_config=fonts
    )
    document = weasyprint.HTML(string=job["html"], url_fetcher=fetcher)
    return bytes(
        document.write_pdf(
            stylesheets=[css],
            font_config=fonts,
            pdf_variant=VARIANT,
            pdf_identifier=job["identifier"].encode(),
            attachments=[twin],
        )
    )


def main() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (MAX_MEMORY, MAX_MEMORY))
    sys.stdout.buffer.write(render(json.load(sys.stdin)))


if __name__ == "__main__":
    main()
