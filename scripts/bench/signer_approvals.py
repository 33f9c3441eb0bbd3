"""``signer.approvals``: one transfer with the approvals of two passkeys that were never seen before.

The limit is 12 milliseconds from request bytes to result bytes, in the median.
"""

import statistics

from scripts.bench import Measurement
from scripts.bench.world import signer_bench, timed

TRANSFERS = 100
LIMIT_MS = 12.0


def measure() -> Measurement:
    """Median milliseconds, and the ratio to the limit."""
    with signer_bench() as bench:
        from tests.signer.transfers import many_transfers

        requests = list(many_transfers(bench, TRANSFERS, by_passkey=True))
        signer = bench.signer
        seconds = [timed(lambda item=item: signer.handle(*item)) for item in requests]  # type: ignore[misc]
    value = statistics.median(seconds) * 1000
    return Measurement(value=value, unit="ms", peer="limit of 12 ms", ratio=value / LIMIT_MS, goal=1.0)
