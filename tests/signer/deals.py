"""Many deals with keys of their own, for measurements: each deal signs once."""

from custody.statements.request import Request
from custody.statements.terms import RoleKeys, SignedTerms
from tests.harness.bitcoin import public_key
from tests.signer.bench import MERCHANT_PAYOUT, Bench, deposit, party_signature, payout


def many_spends(bench: Bench, count: int, *, inputs: int = 1) -> list[Request]:
    """Register ``count`` deals and return a payout request for each, of 1,000,000 satoshi in ``inputs``."""
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
        funds = deposit(terms, *[1_000_000 // inputs] * inputs)
        psbt = payout(terms, MERCHANT_PAYOUT, deposits=tuple((funds, vout) for vout in range(inputs)))
        requests.append(bench.spend(terms, psbt=psbt))
    return requests
