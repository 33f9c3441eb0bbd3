"""Subjects with the text every program must show for them: ``tests/vectors/display``.

``NAME.json`` holds the canonical bytes, their hash and perhaps attestations; ``NAME.de.txt`` and
``NAME.en.txt`` the texts. ``python -m tests.approve.golden`` writes the texts anew, to be read by eye.
"""

import json
from pathlib import Path
from typing import Any

from custody.common import canonical
from custody.statements.display import Attested, show
from custody.statements.display.table import LANGUAGES, Language

FOLDER = Path(__file__).resolve().parent.parent / "vectors" / "display"
NAMES = sorted(path.stem for path in FOLDER.glob("*.json"))


def load(name: str) -> dict[str, Any]:
    vector: dict[str, Any] = json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8"))
    return vector


def subject(name: str) -> bytes:
    """Canonical bytes of a vector."""
    return bytes(load(name)["bytes"].encode())


def attested(vector: dict[str, Any]) -> Attested | None:
    """What the vector's attestations say, once they are verified."""
    if "attestations" not in vector:
        return None
    data = canonical.encode(vector["attestations"])
    return Attested.read(data, attest_key=vector["attest_key"], instance=vector["instance"])


def rendered(name: str, language: Language) -> str:
    vector = load(name)
    return show(vector["bytes"].encode(), language=language, attested=attested(vector)).text


def text_file(name: str, language: Language) -> Path:
    return FOLDER / f"{name}.{language}.txt"


if __name__ == "__main__":
    for name in NAMES:
        for language in LANGUAGES:
            text_file(name, language).write_text(rendered(name, language), encoding="utf-8")
