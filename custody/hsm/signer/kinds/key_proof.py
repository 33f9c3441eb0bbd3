"""KEY_PROOF: the mediator proves possession of its key in a deal's script, from the template only.

The challenge is hashed under its own format tag, so that it can never be a transaction digest or
any other document (trust.md 14).
"""

from dataclasses import dataclass
from functools import cached_property

from custody.hsm.signer.case import Case, Effects, Message, payload_of
from custody.hsm.signer.kinds.kind import Kind
from custody.hsm.signer.refusal import Refusal
from custody.hsm.signer.rules.common import check_slot
from custody.hsm.signer.store import selectors
from custody.statements.key_proof import KeyProof
from custody.statements.terms import Terms


@dataclass(frozen=True)
class ProofCase(Case):
    """The challenge, and the terms it names: registered, or offered with the request."""

    @cached_property
    def challenge(self) -> KeyProof:
        return payload_of(self, KeyProof)

    @cached_property
    def terms(self) -> Terms | None:
        offered = {item.document.hash: item.document for item in self.request.signed_terms}
        return selectors.terms(self.challenge.terms) or offered.get(self.challenge.terms)

    @property
    def messages(self) -> tuple[Message, ...]:
        digest = self.challenge.hash
        return (Message(0, f"msg:{KeyProof.FORMAT}:{digest}", bytes.fromhex(digest)),)


def proof_of_this_instance(case: ProofCase) -> None:
    if case.challenge.instance != case.pinned.instance:
        raise Refusal("wrong_instance", "/payload/instance")


def role_is_ours(case: ProofCase) -> None:
    if case.challenge.role != "mediator":
        raise Refusal("foreign_role", "/payload/role")


def key_is_proven(case: ProofCase) -> None:
    """The key that signs is the key the challenge names."""
    if case.challenge.public_key != case.key.public_key:
        raise Refusal("key_not_proven", "/payload/public_key")


def terms_are_known(case: ProofCase) -> None:
    if case.terms is None:
        raise Refusal("terms_unknown", "/payload/terms")


def terms_fit(case: ProofCase) -> None:
    """The named terms are of this deal and give this key its role."""
    if case.terms is None or case.terms.id != case.challenge.deal:
        raise Refusal("deal_not_of_terms", "/payload/deal")
    if case.terms.keys.mediator != case.key.public_key:
        raise Refusal("key_not_of_terms", "/key")


def challenge_is_fresh(case: ProofCase) -> None:
    if case.challenge.expires_at <= case.at:
        raise Refusal("challenge_expired", "/payload/expires_at")


def challenge_is_new(case: ProofCase) -> None:
    check_slot(case, case.messages[0], culprit="/payload")


KEY_PROOF = Kind(
    name="KEY_PROOF",
    purposes=frozenset({"mediator"}),
    reads=frozenset({"documents", "payload"}),
    case=ProofCase,
    rules=(
        proof_of_this_instance,
        role_is_ours,
        key_is_proven,
        terms_are_known,
        terms_fit,
        challenge_is_fresh,
        challenge_is_new,
    ),
    effects=lambda case: Effects(messages=case.messages),
    messages=lambda case: case.messages,
)
