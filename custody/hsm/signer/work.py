"""One request on its way through the signer: its bytes and what the journal holds of it so far."""

from dataclasses import dataclass

from custody.common.canonical import tagged_hash
from custody.common.errors import CustodyError
from custody.hsm.signer.store import journal
from custody.statements.request import Request
from custody.statements.store_entry import EntryKind, StoreEntry


@dataclass
class Work:
    """``request_id`` is the id of the row the bytes came from; ``entries`` grow with the journal.

    ``failure`` says why there is no final answer yet; the same bytes may come again.
    """

    request_id: str
    data: bytes
    request_hash: str
    entries: list[StoreEntry]
    failure: CustodyError | None = None

    @classmethod
    def of(cls, request_id: str, data: bytes) -> "Work":
        """Take up a request, new or known."""
        work = cls.without_entries(request_id, data)
        work.entries.extend(journal.of_request(work.request_hash))
        return work

    @classmethod
    def without_entries(cls, request_id: str, data: bytes) -> "Work":
        """A request of which nothing is said but that it failed."""
        return cls(request_id, data, tagged_hash(Request.FORMAT, data).hex(), [])

    @property
    def awaits_signature(self) -> bool:
        """Promised in the journal, neither made yet nor given up."""
        return self.entry("SIGN") is not None and not (self.entry("SIGNED") or self.entry("REFUSED"))

    @property
    def is_about_keys(self) -> bool:
        """Granted to make or to end a key."""
        return any("making" in entry.body or "destroying" in entry.body for entry in self.entries[:1])

    @property
    def is_checkpoint(self) -> bool:
        return any("checkpoint" in entry.body for entry in self.entries)

    def entry(self, kind: EntryKind) -> StoreEntry | None:
        """The request's entry of this kind, if there is one."""
        return next((entry for entry in self.entries if entry.kind == kind), None)
