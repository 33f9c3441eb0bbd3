"""Reasons to stop the signer altogether; none of them is an answer to a request."""

from custody.common.errors import CustodyError


class StoreStoppedError(CustodyError):
    """The store cannot be trusted or is in use; nothing is signed until a person looks."""

    code = "store_stopped"


class StoreBehindHeadError(StoreStoppedError):
    """The store is older than the head file: it was restored or rolled back (trust.md 20)."""

    code = "store_behind_head"
