"""The examples of the formats document, as files."""

import hashlib
import json
from pathlib import Path
from typing import Any

VECTORS = Path(__file__).resolve().parent.parent / "vectors" / "formats"


def load(name: str) -> dict[str, Any]:
    """Read one vector: ``bytes`` (canonical text), ``hash`` and what proves it."""
    vector: dict[str, Any] = json.loads((VECTORS / f"{name}.json").read_text(encoding="utf-8"))
    return vector


def secret(name: str) -> bytes:
    """The 32-byte test secret that the vectors name in words."""
    return hashlib.sha256(name.encode()).digest()
