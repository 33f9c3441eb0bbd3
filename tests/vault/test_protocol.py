"""Frames between vault and keys process: length, canonical JSON, nothing else."""

import io

import pytest

from custody.common.canonical import NotCanonicalError
from custody.vault.protocol import MAX_FRAME, FrameError, read_frame, write_frame


def test_reads_what_it_wrote() -> None:
    stream = io.BytesIO()
    write_frame(stream, {"op": "status"})
    assert stream.getvalue() == b'\x00\x00\x00\x0f{"op":"status"}'
    stream.seek(0)
    assert read_frame(stream) == {"op": "status"}


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\x00\x00",
        b"\x00\x00\x00\x10{}",
        (MAX_FRAME + 1).to_bytes(4, "big") + b"{}",
        b"\x00\x00\x00\x02[]",
    ],
)
def test_refuses_what_is_no_frame(data: bytes) -> None:
    with pytest.raises(FrameError):
        read_frame(io.BytesIO(data))


def test_refuses_another_spelling() -> None:
    with pytest.raises(NotCanonicalError):
        read_frame(io.BytesIO(b'\x00\x00\x00\x10{"op": "status"}'))
