"""What the officer was given: a file, standard input, or a link as the pages make it (formats section 3).

Untrusted. ``#s=<base64url subject>&p=<person>&a=<base64url attestations>`` is the part of a link that
counts; what stands before ``#`` is an address and is not looked at.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from custody.common.canonical import MAX_DOCUMENT, MAX_REQUEST
from custody.common.errors import InvalidInputError
from custody.statements.codecs import Base64
from custody.statements.webauthn import from_base64url

STDIN = "-"
# Subject and attestations as base64, and an address before them.
MAX_LINK = (MAX_DOCUMENT + MAX_REQUEST) * 4 // 3 + 4096
SUBJECT, PERSON, ATTESTATIONS = "s", "p", "a"


@dataclass(frozen=True)
class Given:
    """The subject's bytes, whom a link is meant for, and attestations it brought."""

    subject: bytes
    person: str | None = None
    attestations: bytes | None = None


def read_given(source: str, *, stdin: BinaryIO) -> Given:
    """Read a path, ``-`` or a link; raises InvalidInputError for what is too large or no such link."""
    if f"#{SUBJECT}=" in source:
        return _from_link(source)
    data = stdin.read(MAX_LINK + 1) if source == STDIN else read_limited(Path(source))
    if len(data) > MAX_LINK:
        raise InvalidInputError("larger than any subject", code="too_large", field="file")
    if data.lstrip()[:1] == b"{":
        return Given(data)
    return _from_link(data.decode("ascii", errors="replace").strip())


def read_limited(path: Path) -> bytes:
    """At most one byte more than the largest link."""
    with path.open("rb") as file:
        return file.read(MAX_LINK + 1)


def _from_link(link: str) -> Given:
    pairs = [part.partition("=") for part in link.partition("#")[2].split("&")]
    values = {name: value for name, _, value in pairs}
    if len(values) != len(pairs) or not {SUBJECT} <= values.keys() <= {SUBJECT, PERSON, ATTESTATIONS}:
        raise InvalidInputError("neither a document nor a link with one", code="bad_link", field="file")
    attestations = values.get(ATTESTATIONS)
    return Given(
        _decoded(values[SUBJECT], SUBJECT),
        values.get(PERSON),
        _decoded(attestations, ATTESTATIONS) if attestations is not None else None,
    )


def _decoded(value: str, name: str) -> bytes:
    return from_base64url(Base64(url_safe=True).read(value, name))
