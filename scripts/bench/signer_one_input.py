"""``signer.one_input``: the whole signer on a spend of one input, against the naive token call.

The value is the median time from request bytes to result bytes: strict decoding, all rules, two
committed journal transactions, the synced head file, the token, verification. Each request is the
first spend of a deal of its own, on the token that the peer uses in the same run.
"""

import os
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from scripts.bench import Measurement

DEALS = 200
GOAL = 2.0
LABEL = "bench"


def measure() -> Measurement:
    """Median milliseconds of the signer, and its ratio to the naive call; they take turns."""
    with tempfile.TemporaryDirectory(prefix="custody-bench-") as folder:
        directory = Path(folder)
        _prepare_django(directory)
        from scripts.bench.naive import NaivePeer
        from tests.signer.tokens import make_token

        make_token(directory, LABEL)
        with NaivePeer(LABEL) as naive:
            sign = _signer(directory)
            turns = [(naive.call(), _seconds(sign)) for _ in range(DEALS)]
    peer, signer = (statistics.median(side) for side in zip(*turns, strict=True))
    return Measurement(
        value=signer * 1000, unit="ms", peer="open-login-sign-close", ratio=signer / peer, goal=GOAL
    )


def _prepare_django(directory: Path) -> None:
    (directory / "public").mkdir()
    os.environ.update(
        {
            "DJANGO_SETTINGS_MODULE": "custody.settings",
            "CUSTODY_PROCESS": "signer",
            "CUSTODY_PROFILE": "test",
            "CUSTODY_STATE_DIR": str(directory),
            "CUSTODY_SIGNER_DIR": str(directory),
        }
    )
    import django

    django.setup()


def _signer(directory: Path) -> Callable[[], None]:
    """Signs the next spend."""
    from django.core.management import call_command

    from custody.hsm.signer.keys import SigningToken
    from tests.signer.bench import Bench
    from tests.signer.deals import many_spends
    from tests.signer.tokens import session_on

    call_command("migrate", "signer_store", database="signer_store", verbosity=0, skip_checks=True)
    bench = Bench(directory, SigningToken(session_on(LABEL)))
    bench.run_genesis()
    requests = iter([(request.id, request.to_bytes()) for request in many_spends(bench, DEALS)])
    signer = bench.signer

    def sign() -> None:
        signer.handle(*next(requests))

    return sign


def _seconds(call: Callable[[], None]) -> float:
    began = time.perf_counter()
    call()
    return time.perf_counter() - began
