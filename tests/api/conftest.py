"""The deal of the portal's tests, seen by programs."""

from tests.portal.conftest import stage

__all__ = ["stage"]
