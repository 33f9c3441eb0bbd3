"""Facts of the witness, believed when a key that the trust store pins for it signed them (trust.md 8)."""

from collections.abc import Sequence
from datetime import datetime

from custody.hsm.signer.refusal import Refusal, refusing
from custody.hsm.signer.trust.state import TrustState
from custody.statements.holdings import AnyFact, AnyProven


def proven(facts: Sequence[AnyProven], *, trust: TrustState, at: datetime) -> tuple[AnyFact, ...]:
    """Return the facts; raises Refusal for the first that does not hold."""
    return tuple(_proven(item, f"/facts/{index}", trust, at) for index, item in enumerate(facts))


def _proven(item: AnyProven, place: str, trust: TrustState, at: datetime) -> AnyFact:
    fact = item.fact
    if fact.instance != trust.genesis.instance:
        raise Refusal("wrong_instance", f"{place}/fact/instance")
    key = trust.activation(fact.witness, at=at)
    if key is None or key.purpose != "witness" or not key.valid_from <= at < key.valid_until:
        raise Refusal("unknown_witness", f"{place}/fact/witness")
    if item.proof.credential != key.public_key:
        raise Refusal("unknown_witness", f"{place}/proof/credential")
    if fact.at > at:
        raise Refusal("fact_of_the_future", f"{place}/fact/at")
    with refusing(f"{place}/proof"):
        item.proof.verify(fact.hash)
    return fact
