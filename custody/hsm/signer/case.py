"""A case: one decoded request with the facts that rules may look at, and what granting it does.

Facts come from the decoded bytes and from the signer's own store, never from what the request
states (trust.md 4).
"""

from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any, TypeVar

from custody.hsm.signer.refusal import Refusal
from custody.hsm.signer.store import selectors
from custody.hsm.signer.store.journal import Draft
from custody.hsm.signer.store.selectors import CatalogueKey, Pinned
from custody.hsm.signer.trust.state import TrustState
from custody.statements.form import Form
from custody.statements.policy import Policy
from custody.statements.request import Request
from custody.statements.store_entry import Anchor
from custody.statements.trust.keys import KeyActivate

P = TypeVar("P", bound=Form)


@dataclass(frozen=True)
class Message:
    """One thing to sign: ``slot`` is signed once per key, ``digest`` is what the token gets.

    ``child``: which address of a derived wallet signs.
    """

    input: int
    slot: str
    digest: bytes
    child: int | None = None


@dataclass(frozen=True)
class Case:
    """Base of all cases; ``at`` is the moment of the first look by the signer's clock.

    ``before``: number of the entry of that look, in pass two. What was accepted since does not count.
    """

    request: Request
    at: datetime
    before: int | None = None

    @cached_property
    def pinned(self) -> Pinned:
        pinned = selectors.pinned()
        if pinned is None:
            raise Refusal("empty_trust_store", "")
        return pinned

    @cached_property
    def trust(self) -> TrustState:
        """The trust store as it was when the case began."""
        return selectors.trust(before=self.before)

    @cached_property
    def policy(self) -> Policy:
        """The policy pinned now, never the one a request names."""
        return self.trust.policy(at=self.at)

    @cached_property
    def key(self) -> CatalogueKey:
        """The key the request names."""
        key = selectors.key(self.request.key or "")
        if key is None:
            raise Refusal("unknown_key", "/key")
        return key

    @cached_property
    def activation(self) -> KeyActivate:
        """What the key was taken into use for: by a document, a one-time key by its template."""
        own = self.key.one_time
        activation = own.activation if own else self.trust.activation(self.key.id, at=self.at)
        if activation is None:
            raise Refusal("key_not_activated", "/key")
        return activation


def payload_of(case: Case, form: type[P]) -> P:
    """The payload in the form of its kind, as reading the request has made sure."""
    payload = case.request.payload
    if not isinstance(payload, form):
        raise Refusal("bad_field", "/payload")
    return payload


@dataclass(frozen=True)
class Effects:
    """What a granted case writes and signs.

    ``seen``: more fields of the SEEN entry; ``drafts``: entries of its own; ``anchor``: of a spend.
    """

    messages: tuple[Message, ...] = ()
    seen: dict[str, Any] = field(default_factory=dict)
    drafts: tuple[Draft, ...] = ()
    anchor: Anchor | None = None
