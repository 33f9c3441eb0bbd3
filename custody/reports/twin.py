"""The bytes of a twin, the machine-readable report inside the pages: canonical, so that hashes compare."""

from collections.abc import Mapping
from typing import Any

from custody.common import canonical

LIMIT = canonical.MAX_REQUEST


def encode_twin(twin: Mapping[str, Any]) -> bytes:
    """Canonical bytes of the twin."""
    return canonical.encode(twin, limit=LIMIT)


def decode_twin(data: bytes) -> dict[str, Any]:
    """Read a twin; raises NotCanonicalError for any other spelling."""
    twin: dict[str, Any] = canonical.decode(data, limit=LIMIT)
    return twin
