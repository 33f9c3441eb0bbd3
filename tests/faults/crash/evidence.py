"""What lies on disk after the processes of a cell have gone; read beside them, never through the signer."""

import json
from dataclasses import dataclass, field
from pathlib import Path

from custody.audit.checkpoints import read_checkpoints
from custody.hsm.signer.store.head import HeadFile
from custody.statements.result import Head, Result
from custody.statements.store_entry import SignBody, Slot, StoreEntry
from tests.faults.crash.signing import ANSWERS, TOKEN_LOG, TokenCall
from tests.harness.signer_store import store_rows

Entries = tuple[StoreEntry, ...]


@dataclass(frozen=True)
class Expected:
    """What a run that nobody disturbed gave: outcome and rule of each request, and what it signed.

    ``slots`` when it was decided at once, ``later`` when a survivor had to decide; ``keys`` made.
    """

    outcomes: tuple[tuple[str, str | None], ...]
    slots: frozenset[tuple[str, str]]
    later: frozenset[tuple[str, str]]
    keys: int = 0


@dataclass(frozen=True)
class Left:
    """The journal and the head file as a process left them."""

    entries: Entries
    head: Head | None

    @classmethod
    def read(cls, store: Path) -> "Left":
        rows = store_rows(store, "SELECT body FROM signer_store_entry ORDER BY seq")
        entries = tuple(StoreEntry.from_bytes(bytes(body)) for (body,) in rows)
        return cls(entries, HeadFile(store / "head").read())

    @property
    def promises(self) -> list[tuple[int, SignBody]]:
        """Every SIGN entry with its place in the chain."""
        return [(entry.seq, SignBody.read(entry.body)) for entry in self.entries if entry.kind == "SIGN"]

    @property
    def lapses(self) -> dict[str, int]:
        """By request, where in the chain its promise was refused."""
        promised = {body.request_hash for _, body in self.promises}
        refusals = [entry for entry in self.entries if entry.kind == "REFUSED"]
        places = {entry.body.get("request_hash", ""): entry.seq for entry in refusals}
        return {name: place for name, place in places.items() if name in promised}

    @property
    def standing(self) -> list[SignBody]:
        """The promises that did not lapse."""
        lapses = self.lapses
        return [body for _, body in self.promises if body.request_hash not in lapses]

    @property
    def keys(self) -> int:
        """How many keys ceremonies have made."""
        return sum("ceremony" in entry.body for entry in self.entries)

    @property
    def slots(self) -> list[Slot]:
        return [slot for _, body in self.promises for slot in body.slots]


@dataclass(frozen=True)
class Evidence:
    """``before`` the first process, ``deaths`` after each that died, ``end`` after the one that went on.

    ``problems`` are what kept a process from its end: no survivor, a signer that did not die.
    """

    expected: Expected
    before: Left
    deaths: tuple[Left, ...]
    end: Left
    first: tuple[Result, ...] = ()
    again: tuple[Result, ...] = ()
    calls: tuple[TokenCall, ...] = ()
    published: tuple[int, ...] = ()
    problems: tuple[str, ...] = field(default=())

    @property
    def decided_at_once(self) -> bool:
        """True when a promise stood in the journal before the first death; else it was made later."""
        known = len(self.before.entries)
        return any(entry.kind == "SIGN" for left in self.deaths[:1] for entry in left.entries[known:])


def gather(
    store: Path, *, expected: Expected, before: Left, deaths: tuple[Left, ...], problems: tuple[str, ...]
) -> Evidence:
    """Read everything that the cell in ``store`` has left."""
    answers = json.loads((store / ANSWERS).read_text()) if (store / ANSWERS).exists() else {}
    first, again = (
        tuple(Result.from_bytes(data.encode()) for data in answers.get(name, ()))
        for name in ("first", "again")
    )
    return Evidence(
        expected=expected,
        before=before,
        deaths=deaths,
        end=Left.read(store),
        first=first,
        again=again,
        calls=token_calls(store),
        published=_published(store / "public" / "checkpoints.jsonl"),
        problems=problems,
    )


def token_calls(store: Path) -> tuple[TokenCall, ...]:
    """All digests that any process asked the token for, in order."""
    log = store / TOKEN_LOG
    lines = log.read_text().splitlines() if log.exists() else []
    return tuple(TokenCall(**json.loads(line)) for line in lines)


def _published(file: Path) -> tuple[int, ...]:
    return tuple(item.checkpoint.position for item in read_checkpoints(file)) if file.exists() else ()
