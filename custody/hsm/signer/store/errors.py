"""Reasons to stop the signer altogether, none of them an answer to a request; and one to try again."""

from custody.common.errors import CustodyError, UnavailableError


class StoreStoppedError(CustodyError):
    """The store cannot be trusted or is in use; nothing is signed until a person looks."""

    code = "store_stopped"


class StoreBehindHeadError(StoreStoppedError):
    """The store is older than the head file: it was restored or rolled back (trust.md 20)."""

    code = "store_behind_head"


class StoreUnavailableError(UnavailableError):
    """The database took nothing: a full disk, a file that is busy. The same request may come again."""

    code = "store_unavailable"
