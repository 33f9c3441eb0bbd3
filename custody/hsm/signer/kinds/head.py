"""HEAD: somebody presents a head that we have signed. Signs nothing; stops the signer where it is news."""

from dataclasses import dataclass
from functools import cached_property

from custody.hsm.signer import heads
from custody.hsm.signer.case import Case, Effects, payload_of
from custody.hsm.signer.kinds.kind import Kind
from custody.hsm.signer.store.journal import Draft
from custody.statements.checkpoint import SignedCheckpoint

POINTER = "/payload"


@dataclass(frozen=True)
class HeadCase(Case):
    """The head, and what it means for this store."""

    @cached_property
    def draft(self) -> Draft:
        return heads.presented(payload_of(self, SignedCheckpoint), pointer=POINTER)


def head_is_ours_and_unknown(case: HeadCase) -> None:
    """Any other head says nothing about this store."""
    _ = case.draft


def _effects(case: HeadCase) -> Effects:
    return Effects(drafts=(case.draft,))


HEAD = Kind(
    name="HEAD",
    purposes=frozenset(),
    reads=frozenset({"payload"}),
    case=HeadCase,
    rules=(head_is_ours_and_unknown,),
    effects=_effects,
    messages=lambda case: (),
)
