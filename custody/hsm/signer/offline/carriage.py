"""Files in and out: a request as a file or as scanned parts, an answer as a file and as QR pictures."""

from collections.abc import Sequence
from pathlib import Path

from custody.common import canonical, parts, qr
from custody.statements.answer import Answer


def read_request(files: Sequence[Path]) -> bytes:
    """The bytes of one request: a file of it, or files that hold its parts, in any order.

    Raises PartError and OSError.
    """
    data = b"\n".join(_read(file) for file in files)
    return parts.unpack(data, limit=canonical.MAX_REQUEST)


def write_answer(answer: Answer, output: Path, *, pictures: Path | None) -> int:
    """Write the answer, and its parts as pictures where wanted; returns how many pictures."""
    data = answer.to_bytes()
    output.write_bytes(data)
    if pictures is None:
        return 0
    texts = parts.split(data)
    pictures.mkdir(parents=True, exist_ok=True)
    width = len(str(len(texts)))
    for number, text in enumerate(texts, start=1):
        (pictures / f"{output.stem}-{number:0{width}d}-{len(texts)}.png").write_bytes(qr.png(text))
    return len(texts)


def _read(file: Path) -> bytes:
    # One byte more than is allowed tells the decoder that it is too long.
    with file.open("rb") as opened:
        return opened.read(2 * canonical.MAX_REQUEST + 1)
