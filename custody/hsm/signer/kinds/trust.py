"""TRUST: takes in a trust document, the next of its stream, with the people it needs. Signs nothing.

The signer judges for itself whether a document only tightens; everything else waits the delay of
genesis from its own first sight, and can be vetoed meanwhile (trust.md 19).
"""

from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property

from custody.common import clock
from custody.hsm.signer import approvals
from custody.hsm.signer.approvals import Verdicts, Wanted
from custody.hsm.signer.case import Case, Effects
from custody.hsm.signer.kinds.kind import Kind
from custody.hsm.signer.refusal import Refusal
from custody.hsm.signer.store import selectors, tokens
from custody.hsm.signer.store.journal import Draft
from custody.hsm.signer.trust.fitting import Ground, check_fits
from custody.hsm.signer.trust.quorum import Requirement, requirement
from custody.hsm.signer.trust.tightening import is_tightening
from custody.statements.approval import Subject
from custody.statements.trust import ApprovedTrustDocument, TrustDocument
from custody.statements.trust.keys import KeyActivate, KeyStateChange

DOCUMENT = "/documents/0/document"
APPROVALS = "/documents/0/approvals"


@dataclass(frozen=True)
class TrustCase(Case):
    """The one document, its approvals, and what it needs to be accepted."""

    @cached_property
    def carried(self) -> ApprovedTrustDocument:
        if not self.request.trust_documents:
            raise Refusal("bad_field", "/documents/0")
        return self.request.trust_documents[0]

    @property
    def document(self) -> TrustDocument:
        return self.carried.document

    @cached_property
    def requirement(self) -> Requirement:
        tightens = is_tightening(self.document, self.trust, at=self.at)
        return requirement(self.document.type, tightens=tightens, genesis=self.trust.genesis)

    @cached_property
    def verdicts(self) -> Verdicts:
        subject = Subject(format="custody/trust/v1", hash=self.document.hash)
        return approvals.verify(
            self.carried.approvals, Wanted(subject, self.document.expires_at),
            trust=self.trust, at=self.at, pointer=APPROVALS,
        )  # fmt: skip


def document_of_this_instance(case: TrustCase) -> None:
    if case.document.instance != case.pinned.instance:
        raise Refusal("wrong_instance", f"{DOCUMENT}/instance")


def document_is_in_time(case: TrustCase) -> None:
    if case.document.expires_at <= case.at:
        raise Refusal("expired", f"{DOCUMENT}/expires_at")


def document_is_the_next(case: TrustCase) -> None:
    """Only the next epoch of its stream, bound to the one before: nothing is replayed or left out."""
    epoch, last = case.trust.head(case.document.stream)
    if case.document.epoch != epoch + 1:
        raise Refusal("not_the_next_epoch", f"{DOCUMENT}/epoch")
    if case.document.previous != last:
        raise Refusal("not_the_last_document", f"{DOCUMENT}/previous")


def maker_is_known(case: TrustCase) -> None:
    if not case.trust.is_known(case.document.maker, at=case.at):
        raise Refusal("unknown_maker", f"{DOCUMENT}/maker")


def document_fits(case: TrustCase) -> None:
    keys = {key.id: key for key in selectors.all_keys()}
    check_fits(case.document, Ground(case.trust, keys, tokens.known_backends(), case.at))


def maker_has_signed(case: TrustCase) -> None:
    """The maker's statement proves the making (trust.md 2)."""
    if case.document.maker not in case.verdicts.roles:
        raise Refusal("maker_has_not_signed", APPROVALS)


def quorum_has_approved(case: TrustCase) -> None:
    needed, maker = case.requirement, case.document.maker
    said = case.verdicts.roles.items()
    if sum(needed.counts(person, roles, maker=maker) for person, roles in said) < needed.people:
        raise Refusal("approvals_missing", APPROVALS)


def _effects(case: TrustCase) -> Effects:
    document = case.document
    activates_at = case.at + timedelta(seconds=case.requirement.delay_seconds)
    body = {
        "document": document.hash,
        "stream": document.stream,
        "epoch": document.epoch,
        "type": document.type,
        "activates_at": clock.write_time(activates_at),
    }
    drafts = (Draft("TRUST", body, document.to_bytes()), *_key_drafts(document))
    return Effects(seen={"trust": document.hash, "statements": list(case.verdicts.seen)}, drafts=drafts)


def _key_drafts(document: TrustDocument) -> tuple[Draft, ...]:
    """The catalogue's own entry for a key that changes its state."""
    match document.body:
        case KeyActivate(class_="OUTSIDE"):
            return ()
        case KeyActivate(key=key):
            return (Draft("KEY", {"key": key, "state": "ACTIVE", "document": document.hash}),)
        case KeyStateChange(key=key, state=state):
            return (Draft("KEY", {"key": key, "state": state, "document": document.hash}),)
    return ()


TRUST = Kind(
    name="TRUST",
    purposes=frozenset(),
    reads=frozenset({"documents"}),
    case=TrustCase,
    rules=(
        document_of_this_instance,
        document_is_in_time,
        document_is_the_next,
        maker_is_known,
        document_fits,
        maker_has_signed,
        quorum_has_approved,
    ),
    effects=_effects,
    messages=lambda case: (),
)
