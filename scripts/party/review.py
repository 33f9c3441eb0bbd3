"""What terms mean for this party, from the bytes alone.

Reading terms already recomputes script and address from the three keys; here the party checks
that it is in them, and that it is paid where it wrote down it wants to be paid.
"""

import hashlib
from dataclasses import dataclass

from custody.chains.bitcoin.script import descriptor
from custody.common.errors import InvalidInputError, RefusedError
from custody.statements.terms import PartyRole, Terms
from scripts.party.amounts import in_coins
from scripts.party.home import Identity

PARTY_ROLES: tuple[PartyRole, ...] = ("buyer", "merchant")


@dataclass(frozen=True)
class Review:
    """Terms that passed, and the role the party has in them."""

    terms: Terms
    role: PartyRole

    def lines(self) -> dict[str, str]:
        """What the owner reads before signing; ``checksum`` is compared outside any web page."""
        terms = self.terms
        text = descriptor(bytes.fromhex(terms.script))
        charges = {
            f"charge {index + 1}": f"{in_coins(item.amount, terms.asset)} to {item.to}"
            for index, item in enumerate(terms.charges or ())
        }
        return {
            "deal": terms.id,
            "terms": terms.hash,
            "your role": self.role,
            "amount": in_coins(terms.amount, terms.asset),
            "asset": terms.asset,
            "fund": terms.address,
            "buyer is paid at": terms.payouts.buyer,
            "merchant is paid at": terms.payouts.merchant,
            **charges,
            "fee at most": in_coins(terms.fee.max, terms.asset),
            "mediator": terms.mediator,
            "contract": terms.text,
            "descriptor": text,
            "checksum": text.partition("#")[2],
        }


def review(terms: Terms, *, identity: Identity, payout: str | None = None) -> Review:
    """Return the review of terms for this party; ``payout`` stands in for the one written down.

    Raises RefusedError for another chain, a missing payout address and one that differs, and
    InvalidInputError when the party's key is not in the script.
    """
    role = role_of(identity.public_key, terms)
    if terms.chain != identity.chain:
        raise RefusedError("terms of another chain", code="wrong_chain", field="/chain")
    expected = payout or identity.payout
    if expected is None:
        raise RefusedError(
            "say with --payout ADDRESS where you want to be paid", code="payout_missing", field="payout"
        )
    if terms.payouts.of(role) != expected:
        raise RefusedError("not your payout address", code="payout_differs", field=f"/payouts/{role}")
    return Review(terms, role)


def check_contract(terms: Terms, contract: bytes) -> None:
    """Raise RefusedError unless the terms name exactly this file."""
    if hashlib.sha256(contract).hexdigest() != terms.text:
        raise RefusedError(
            "the terms are about another contract than this file", code="contract_differs", field="/text"
        )


def role_of(public_key: str, terms: Terms) -> PartyRole:
    """Return the role a key has in terms; raises InvalidInputError when it has none."""
    for role in PARTY_ROLES:
        if terms.keys.of(role) == public_key:
            return role
    raise InvalidInputError("your key is not in the script", code="foreign_terms", field="/keys")
