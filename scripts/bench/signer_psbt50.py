"""``signer.psbt50``: a payout of 50 inputs, per signature, against the token alone."""

from scripts.bench import Measurement
from scripts.bench.signer_queue import raw_signature
from scripts.bench.world import signer_bench, take_turns, timed

INPUTS = 50
ROUNDS = 20
# Half of the token's own rate.
GOAL = 2.0


def measure() -> Measurement:
    """Milliseconds per signature, and the ratio to the bare token signature."""
    with signer_bench() as bench:
        from tests.signer.deals import many_spends

        spends = many_spends(bench, ROUNDS, inputs=INPUTS)
        requests = iter([(request.id, request.to_bytes()) for request in spends])
        signer = bench.signer
        raw, own = take_turns(
            raw_signature(bench),
            lambda: timed(lambda: signer.handle(*next(requests)), parts=INPUTS),
            times=ROUNDS,
        )
    return Measurement(value=own * 1000, unit="ms", peer="token signature alone", ratio=own / raw, goal=GOAL)
