"""``signer.memory``: resident memory of a signer over 20,000 signatures.

The ratio is what it holds at the end to what it held after the first tenth, when caches are full.
"""

from pathlib import Path

from scripts.bench import Measurement
from scripts.bench.world import signer_bench

SIGNATURES = 20_000
WARM = SIGNATURES // 10
GOAL = 1.1


def measure() -> Measurement:
    """Mebibytes at the end, and the ratio to those after the first tenth."""
    with signer_bench() as bench:
        from tests.signer.transfers import many_transfers

        signer, held = bench.signer, []
        for number, request in enumerate(many_transfers(bench, SIGNATURES), start=1):
            signer.handle(*request)
            if number in {WARM, SIGNATURES}:
                held.append(_resident_mebibytes())
    warm, end = held
    return Measurement(value=end, unit="MiB", peer=f"after {WARM} signatures", ratio=end / warm, goal=GOAL)


def _resident_mebibytes() -> float:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * 4096 / 2**20
