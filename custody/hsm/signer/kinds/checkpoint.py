"""CHECKPOINT: signs the head of an audit stream, or of the signer's own store.

For an audit stream the request lists all entry hashes since the last checkpoint signed, and the
signer computes the links itself: history it has signed once can only be extended. The stream
``signer`` is its own store: position and hash of one of its own entries.
"""

from dataclasses import dataclass
from functools import cached_property

from custody.hsm.signer.case import Case, Effects, Message, payload_of
from custody.hsm.signer.kinds.kind import Kind
from custody.hsm.signer.refusal import Refusal
from custody.hsm.signer.store import selectors
from custody.statements.audit_links import link_hash
from custody.statements.checkpoint import Checkpoint
from custody.statements.request import CheckpointPayload

OWN_STREAM = "signer"


@dataclass(frozen=True)
class CheckpointCase(Case):
    """The listed entries, and the last checkpoint signed before them."""

    @cached_property
    def range(self) -> CheckpointPayload:
        return payload_of(self, CheckpointPayload)

    @cached_property
    def link(self) -> str:
        """Link at the last listed position, computed here."""
        if self.range.stream == OWN_STREAM:
            return self.range.entries[-1]
        _, link = selectors.checkpoint_before(self.range.stream, position=self.range.to)
        for position, entry in enumerate(self.range.entries, start=self.range.from_):
            link = link_hash(stream=self.range.stream, position=position, entry=entry, previous=link)
        return link

    @cached_property
    def checkpoint(self) -> Checkpoint:
        return Checkpoint(
            instance=self.pinned.instance,
            stream=self.range.stream,
            position=self.range.to,
            link=self.link,
            at=self.at,
        )

    @property
    def messages(self) -> tuple[Message, ...]:
        digest = self.checkpoint.hash
        return (Message(0, f"msg:{Checkpoint.FORMAT}:{digest}", bytes.fromhex(digest)),)


def continues_the_last(case: CheckpointCase) -> None:
    """The first listed position follows the last one signed; history is extended, never replaced."""
    last, _ = selectors.last_checkpoint(case.range.stream)
    if case.range.from_ != last + 1:
        raise Refusal("not_the_next_position", "/payload/from")


def something_is_new(case: CheckpointCase) -> None:
    if not case.range.entries:
        raise Refusal("no_entries", "/payload/entries")


def own_entries_are_ours(case: CheckpointCase) -> None:
    """Hashes presented for our own store must be in it; others mean that somebody was rewound."""
    if case.range.stream != OWN_STREAM:
        return
    if selectors.entry_hashes(case.range.from_, case.range.to) != list(case.range.entries):
        raise Refusal("not_our_entries", "/payload/entries")


def _effects(case: CheckpointCase) -> Effects:
    return Effects(messages=case.messages, seen={"checkpoint": case.checkpoint.to_json()})


CHECKPOINT = Kind(
    name="CHECKPOINT",
    purposes=frozenset({"checkpoint"}),
    reads=frozenset({"payload"}),
    case=CheckpointCase,
    rules=(
        continues_the_last,
        something_is_new,
        own_entries_are_ours,
    ),
    effects=_effects,
    messages=lambda case: case.messages,
)
