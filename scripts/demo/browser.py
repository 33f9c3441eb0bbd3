"""A person's browser without a screen: cookies, forms with their hidden token, file uploads."""

import http.client
import http.cookiejar
import json
import re
import urllib.error
import urllib.parse
import urllib.request
from dataclasses import dataclass, field
from uuid import uuid4

TIMEOUT_SECONDS = 60


class PageError(RuntimeError):
    """The server answered with an error; the message holds status, path and the page's error text."""


@dataclass(frozen=True)
class Page:
    """An answer: where it came from in the end, and its bytes."""

    url: str
    status: int
    content: bytes

    @property
    def text(self) -> str:
        return self.content.decode()

    @property
    def json(self) -> dict[str, object]:
        answer: dict[str, object] = json.loads(self.content)
        return answer


@dataclass
class Browser:
    """One person's session with the site at ``base``."""

    base: str
    jar: http.cookiejar.CookieJar = field(default_factory=http.cookiejar.CookieJar)

    def __post_init__(self) -> None:
        self._opener = urllib.request.build_opener(
            urllib.request.ProxyHandler({}), urllib.request.HTTPCookieProcessor(self.jar)
        )

    def get(self, path: str) -> Page:
        return self._open(urllib.request.Request(self._url(path)), path)  # noqa: S310 - loopback address of the demo

    def post(self, path: str, fields: dict[str, str], files: dict[str, bytes] | None = None) -> Page:
        """Submit a form as the page would; follows redirects; raises PageError for 4xx and 5xx."""
        body, content_type = _multipart({**fields, "csrfmiddlewaretoken": self._token()}, files or {})
        request = urllib.request.Request(  # noqa: S310 - loopback address of the demo
            self._url(path), data=body, headers={"Content-Type": content_type, "Referer": self._url(path)}
        )
        return self._open(request, path)

    def _open(self, request: urllib.request.Request, path: str) -> Page:
        try:
            with self._opener.open(request, timeout=TIMEOUT_SECONDS) as answer:
                return Page(answer.url, answer.status, answer.read())
        except urllib.error.HTTPError as error:
            raise PageError(f"{error.code} at {path}: {_visible_error(error.read().decode())}") from None
        except (urllib.error.URLError, http.client.HTTPException) as error:
            raise PageError(f"no answer at {path}: {error}") from None

    def _token(self) -> str:
        for cookie in self.jar:
            if cookie.name == "csrftoken" and cookie.value:
                return cookie.value
        return ""

    def _url(self, path: str) -> str:
        return urllib.parse.urljoin(self.base, path)


def _multipart(fields: dict[str, str], files: dict[str, bytes]) -> tuple[bytes, str]:
    boundary = uuid4().hex
    parts = [
        f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode()
        for name, value in fields.items()
    ]
    parts += [
        f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"; filename="{name}"\r\n'
        "Content-Type: application/octet-stream\r\n\r\n".encode()
        + content
        + b"\r\n"
        for name, content in files.items()
    ]
    return b"".join(parts) + f"--{boundary}--\r\n".encode(), f"multipart/form-data; boundary={boundary}"


def _visible_error(html: str) -> str:
    """What a person reads in red; parts that the page hides are no error."""
    marked = re.findall(r'<[^>]*role="alert"(?![^>]*hidden)[^>]*>(.*?)</', html, re.DOTALL)
    return " ".join(re.sub(r"<[^>]+>", " ", " ".join(marked) or html).split())[:300]
