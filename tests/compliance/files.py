"""List files of the tests: the committed synthetic one, altered copies, the real one where present."""

import bz2
from pathlib import Path

import pytest
from django.conf import settings

from custody.compliance.lists.base import ParsedList
from custody.compliance.lists.files import open_list
from custody.compliance.lists.ofac import read_ofac
from custody.compliance.samples import OFAC_SYNTHETIC

SYNTHETIC_TEXT = OFAC_SYNTHETIC.read_text(encoding="utf-8")


def parse(path: Path) -> ParsedList:
    with open_list(path) as stream:
        return read_ofac(stream)


def written(directory: Path, text: str, *, packed: bool = False) -> Path:
    """A list file with this content."""
    data = text.encode("utf-8")
    path = directory / ("list.xml.bz2" if packed else "list.xml")
    path.write_bytes(bz2.compress(data) if packed else data)
    return path


def real_list(name: str) -> Path:
    """The path of a real list; skips the test where the shared data are not present."""
    path: Path = settings.SHARED_DATA_DIR / "screening" / name
    if not path.exists():
        pytest.skip(f"{name} is not present beside the repository (../shared/data/screening)")
    return path
