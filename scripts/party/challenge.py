"""Proofs of possession: answering a challenge, and checking those of the others.

Every party puts a nonce of its own into the challenges of a round, so that it can tell a proof
made now for this deal from one made before or elsewhere.
"""

from datetime import datetime

from custody.common.errors import InvalidInputError, RefusedError
from custody.statements.key_proof import KeyProof
from custody.statements.terms import PartyRole
from scripts.party.home import Home
from scripts.party.review import role_of


def check(challenge: KeyProof, *, home: Home, at: datetime) -> PartyRole:
    """Return this party's role in a challenge about terms it signed.

    Raises unless the challenge is fresh, carries this party's own nonce, and asks for the key that
    the terms give to the role.
    """
    terms = home.signed_terms(challenge.terms)
    if (challenge.deal, challenge.instance) != (terms.id, terms.instance):
        raise InvalidInputError("challenge of another deal", code="foreign_challenge", field="/deal")
    if challenge.public_key != terms.keys.of(challenge.role):
        raise InvalidInputError("not the key of this role", code="foreign_key", field="/public_key")
    if challenge.expires_at <= at:
        raise RefusedError("the challenge has expired", code="expired", field="/expires_at")
    own = role_of(home.identity.public_key, terms)
    if not home.knows_nonce(challenge.nonces.of(own)):
        raise RefusedError("does not carry your nonce", code="foreign_nonce", field=f"/nonces/{own}")
    return own


def check_own(challenge: KeyProof, *, home: Home, at: datetime) -> PartyRole:
    """Like ``check``, and the proof asked for is this party's own."""
    role = check(challenge, home=home, at=at)
    if challenge.role != role:
        raise RefusedError("asks for another party's key", code="foreign_role", field="/role")
    return role
