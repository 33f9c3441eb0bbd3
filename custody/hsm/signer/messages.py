"""Messages on our queue that are no wake-up: each goes on record, but no flood fills the journal.

Entries without a request travel with the result of the next one, which has a limit, and whoever
owns the broker can send any number of messages. So between two requests each one is journalled
once, MAX_REFUSED of them by name; the others are counted, and the count is journalled with the
next request. It is kept in memory: a signer that dies meanwhile loses the number, never a name.
"""

from custody.hsm.signer.store import journal
from custody.hsm.signer.store.journal import Draft

MAX_REFUSED = 20


class RefusedMessages:
    """One per signer."""

    def __init__(self) -> None:
        self._left_out = 0

    def take(self, rule: str, name: str) -> tuple[Draft, ...]:
        """What to journal for a message: its refusal, or nothing when it is only counted."""
        body = {"rule": rule, "task": name}
        waiting = [entry.body for entry in journal.loose() if entry.kind == "REFUSED"]
        if body in waiting or len(waiting) >= MAX_REFUSED:
            self._left_out += 1
            return ()
        return (Draft("REFUSED", body),)

    def left_out(self) -> tuple[Draft, ...]:
        """What to journal for those that were only counted; ``clear`` once it is committed."""
        if not self._left_out:
            return ()
        return (Draft("REFUSED", {"rule": "messages_left_out", "count": self._left_out}),)

    def clear(self) -> None:
        self._left_out = 0
