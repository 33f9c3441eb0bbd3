"""A signer that goes on with yesterday's store, and the head it has signed since."""

import json
import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from custody.common.ids import new_id
from custody.hsm.signer.agreement import planned_action
from custody.hsm.signer.heads import ACTION, LostPast, Recovery
from custody.hsm.signer.keys import SigningToken
from custody.hsm.signer.store import journal, selectors
from custody.statements.checkpoint import SignedCheckpoint
from custody.statements.request import Request
from tests.signer.bench import Bench, store_database
from tests.signer.genesis import FIRST, INSTANCE, SECOND
from tests.signer.house import House

ENTRIES = ["aa" * 32, "bb" * 32]


@dataclass
class Rewound:
    """A store as it was before it signed a checkpoint, and that checkpoint."""

    house: House
    head: SignedCheckpoint
    published: bytes

    @property
    def bench(self) -> Bench:
        return self.house.bench

    def request(self, head: SignedCheckpoint | None = None, **changes: Any) -> Request:
        head = head or self.head
        if changes:
            head = replace(head, checkpoint=replace(head.checkpoint, **changes))
        return Request(
            id=new_id("req", at=self.bench.hands.now), instance=INSTANCE, kind="HEAD", payload=head
        )

    def stop(self) -> None:
        assert self.bench.handle(self.request()).outcome == "RECORDED"

    def recovery(self, *people: str, **changes: Any) -> Recovery:
        entry = selectors.standing_head() or "00" * 32
        action = replace(
            planned_action(ACTION, LostPast(entry=entry).parameters, at=self.bench.hands.now), **changes
        )
        said = self.house.officers.approvals(action, people or (FIRST, SECOND))
        return Recovery(action=action, approvals=said, entry=entry)

    def recover(self, recovery: Recovery | None = None) -> str | None:
        """Rule of the refusal, if there was one."""
        self.bench.orders.give(kind="RECOVER", body=recovery or self.recovery(), reason="restored")
        self.bench.signer.handle_all([])
        last = journal.last()
        assert last is not None
        return last.body.get("rule")


@contextmanager
def rewinding(
    house: House, token: SigningToken, yesterday: Path, *, lost: Callable[[], object] = lambda: None
) -> Iterator[Rewound]:
    """Yesterday's store, its head file restored with it; ``lost`` and a checkpoint came after it."""
    bench = house.bench
    bench.store.close()
    shutil.copytree(bench.directory, yesterday)
    bench.store.open()
    lost()
    result = bench.handle(bench.checkpoint(ENTRIES))
    (made,) = result.signatures
    seen = next(entry.body for entry in result.entries if "checkpoint" in entry.body)
    head = SignedCheckpoint.read(
        {"checkpoint": seen["checkpoint"], "public_key": made.public_key, "signature": made.signature}
    )
    published = (bench.directory / "public" / "checkpoints.jsonl").read_bytes()
    assert json.loads(published) == head.to_json()
    with ExitStack() as stack:
        stack.enter_context(store_database(yesterday))
        old = Bench(yesterday, token, bench.hands)
        stack.callback(old.close)
        house.bench = house.officers.bench = old
        yield Rewound(house, head, published)
