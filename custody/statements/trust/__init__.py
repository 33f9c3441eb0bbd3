"""Signed changes of the trust store (formats section 4): one file of bodies per stream."""

from custody.statements.trust.document import (
    ALWAYS_TIGHTENING,
    FIRST_PREVIOUS,
    TYPES,
    ApprovedTrustDocument,
    TrustDocument,
    TrustType,
    book_stream,
)

__all__ = [
    "ALWAYS_TIGHTENING",
    "FIRST_PREVIOUS",
    "TYPES",
    "ApprovedTrustDocument",
    "TrustDocument",
    "TrustType",
    "book_stream",
]
