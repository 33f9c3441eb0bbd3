"""``Kind``: which key purposes a kind of request needs, how it is read, judged and carried out."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Generic, Protocol, TypeVar

from custody.hsm.signer.case import Case, Effects, Message
from custody.hsm.signer.refusal import Refusal
from custody.hsm.signer.rules.common import HasPurpose, ReadsOnly, active_key, same_instance
from custody.statements.request import Request
from custody.statements.store_entry import StoreEntry

C_contra = TypeVar("C_contra", bound=Case, contravariant=True)
C = TypeVar("C", bound=Case)


class Rule(Protocol[C_contra]):
    """Passes, or raises Refusal with its tag and the culprit."""

    def __call__(self, case: C_contra, /) -> None: ...


@dataclass(frozen=True)
class Kind(Generic[C]):
    """``purposes``: of the key that a request names and uses; empty for kinds that use none.

    ``reads``: the parts of a request that the rules look at; any other part must be absent.

    ``effects`` runs after all rules passed. ``messages`` computes from the bytes alone what is
    signed, and is called again after the token has signed; ``check_made`` then looks at the whole
    of what was made (r || s by slot).
    """

    name: str
    purposes: frozenset[str]
    reads: frozenset[str]
    case: Callable[[Request, datetime], C]
    rules: tuple[Rule[C], ...]
    effects: Callable[[C], Effects]
    messages: Callable[[C], tuple[Message, ...]]
    check_made: Callable[[C, Mapping[str, bytes]], None] = lambda case, made: None

    def judge(self, request: Request, at: datetime) -> Effects:
        """Pass one: every rule in order, then the effects; raises Refusal. No rules, no grant."""
        if not self.rules:
            raise Refusal("no_rules", "/kind")
        case = self.case(request, at)
        for rule in (*self._common, *self.rules):
            rule(case)
        return self.effects(case)

    @property
    def _common(self) -> tuple[Rule[Case], ...]:
        own_key = (active_key, HasPurpose(self.purposes)) if self.purposes else ()
        return (same_instance, *own_key, ReadsOnly(self.reads))

    def recompute(self, request: Request, seen: StoreEntry, made: Mapping[str, bytes]) -> tuple[Message, ...]:
        """Pass two: what these bytes asked to sign when they were ``seen``.

        Raises TokenResultError where ``made`` does not fit.
        """
        case = replace(self.case(request, seen.at), before=seen.seq)
        messages = self.messages(case)
        if made.keys() == {message.slot for message in messages}:
            self.check_made(case, made)
        return messages
