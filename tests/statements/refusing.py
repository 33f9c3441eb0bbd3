"""Expecting a refusal: which code, at which place."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from custody.common.errors import InvalidInputError


@contextmanager
def refused(field: str, code: str = "bad_field") -> Iterator[None]:
    """The block must raise InvalidInputError with this pointer and code."""
    with pytest.raises(InvalidInputError) as caught:
        yield
    assert (caught.value.code, caught.value.field) == (code, field)
