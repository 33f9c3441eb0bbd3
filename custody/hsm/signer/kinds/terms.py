"""TERMS: registers the terms of a deal, signed by both parties with the keys of its script.

Signs nothing. From here on the signer knows whom a script may pay, without asking anybody.
"""

from dataclasses import dataclass

from custody.hsm.signer.case import Case, Effects
from custody.hsm.signer.kinds.kind import Kind
from custody.hsm.signer.refusal import Refusal, refusing
from custody.hsm.signer.store import selectors
from custody.hsm.signer.store.journal import Draft
from custody.statements.terms import SignedTerms

POINTER = "/documents/0"


@dataclass(frozen=True)
class TermsCase(Case):
    """The one document of the request."""

    @property
    def signed(self) -> SignedTerms:
        if not self.request.signed_terms:
            raise Refusal("bad_field", POINTER)
        return self.request.signed_terms[0]


def terms_of_this_instance(case: TermsCase) -> None:
    if case.signed.document.instance != case.pinned.instance:
        raise Refusal("wrong_instance", f"{POINTER}/document/instance")


def both_parties_signed(case: TermsCase) -> None:
    """Each with the very key it has in the witness script (trust.md 5)."""
    with refusing(POINTER):
        case.signed.verify()


def mediator_key_is_ours(case: TermsCase) -> None:
    if case.signed.document.keys.mediator != case.key.public_key:
        raise Refusal("key_not_of_terms", f"{POINTER}/document/keys/mediator")


def mediator_is_known(case: TermsCase) -> None:
    if not case.trust.is_known(case.signed.document.mediator, at=case.at):
        raise Refusal("unknown_mediator", f"{POINTER}/document/mediator")


def replaces_nothing(case: TermsCase) -> None:
    """Changing terms needs a rule of its own; until then a change is a new deal."""
    if case.signed.document.replaces is not None:
        raise Refusal("part_not_supported", f"{POINTER}/document/replaces")


def script_is_free(case: TermsCase) -> None:
    """One script, one terms hash, for ever."""
    if selectors.terms_of_script(case.signed.document.script) is not None:
        raise Refusal("script_already_registered", f"{POINTER}/document/script")


def _effects(case: TermsCase) -> Effects:
    terms = case.signed.document
    body = {**case.signed.to_json(), "hash": terms.hash}
    return Effects(seen={"terms": terms.hash}, drafts=(Draft("TERMS", body),))


TERMS = Kind(
    name="TERMS",
    purposes=frozenset({"mediator"}),
    reads=frozenset({"documents"}),
    case=TermsCase,
    rules=(
        terms_of_this_instance,
        both_parties_signed,
        mediator_key_is_ours,
        mediator_is_known,
        replaces_nothing,
        script_is_free,
    ),
    effects=_effects,
    messages=lambda case: (),
)
