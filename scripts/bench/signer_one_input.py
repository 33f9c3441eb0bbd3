"""``signer.one_input``: the whole signer on a spend of one input, against the naive token call.

The value is the median time from request bytes to result bytes: strict decoding, all rules, two
committed journal transactions, the synced head file, the token, verification. Each request is the
first spend of a deal of its own, on the token that the peer uses in the same run.
"""

from scripts.bench import Measurement
from scripts.bench.world import LABEL, signer_bench, take_turns, timed

DEALS = 200
GOAL = 2.0


def measure() -> Measurement:
    """Median milliseconds of the signer, and its ratio to the naive call; they take turns."""
    with signer_bench() as bench:
        from scripts.bench.naive import NaivePeer
        from tests.signer.deals import many_spends

        requests = iter([(request.id, request.to_bytes()) for request in many_spends(bench, DEALS)])
        signer = bench.signer
        with NaivePeer(LABEL) as naive:
            peer, own = take_turns(
                naive.call, lambda: timed(lambda: signer.handle(*next(requests))), times=DEALS
            )
    return Measurement(value=own * 1000, unit="ms", peer="open-login-sign-close", ratio=own / peer, goal=GOAL)
