"""Many deals with keys of their own, for measurements: each deal signs once."""

from custody.statements.request import Request
from custody.statements.terms import RoleKeys, SignedTerms
from tests.harness.bitcoin import public_key
from tests.signer.bench import Bench, party_signature


def many_spends(bench: Bench, count: int) -> list[Request]:
    """Register ``count`` deals and return a payout request of one input for each."""
    requests = []
    for number in range(count):
        keys = RoleKeys(
            buyer=public_key(f"buyer {number}").hex(),
            merchant=public_key(f"merchant {number}").hex(),
            mediator=bench.key("mediator").public_key,
        )
        terms = bench.terms(keys=keys, id=f"deal_01KAJ8P000000000000000{number:04d}")
        signatures = tuple(
            party_signature(terms, role, key=f"{role} {number}") for role in ("buyer", "merchant")
        )
        document = SignedTerms(document=terms, signatures=signatures)
        assert bench.handle(bench.request("TERMS", "mediator", documents=(document,))).outcome == "RECORDED"
        requests.append(bench.spend(terms))
    return requests
