"""Files as downloads: never shown inline, because what others handed in must not run as a page of ours."""

from django.http import HttpResponse
from django.utils.http import content_disposition_header

BINARY = "application/octet-stream"


def download(content: bytes, name: str, *, media_type: str = BINARY) -> HttpResponse:
    """Answer with ``content`` as the file ``name``; no cache keeps it."""
    response = HttpResponse(content, content_type=media_type)
    response.headers["Content-Disposition"] = content_disposition_header(True, name) or "attachment"
    response.headers["Cache-Control"] = "no-store"
    return response
