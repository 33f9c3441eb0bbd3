"""The list sources: a new one is one module with a reader and one line in ``SOURCES``."""

from collections.abc import Callable, Mapping

from custody.common.errors import InvalidInputError
from custody.compliance.lists.base import ParsedList, Readable
from custody.compliance.lists.ofac import read_ofac

Reader = Callable[[Readable], ParsedList]

SOURCES: Mapping[str, Reader] = {
    "ofac": read_ofac,
}


def reader_of(source: str) -> Reader:
    """Return the reader of a source; raises InvalidInputError when there is none."""
    reader = SOURCES.get(source)
    if reader is None:
        raise InvalidInputError("not a known list source", code="unknown_source", field="source")
    return reader
