"""What the signer's benchmarks share: a token, a store after genesis, a signer, and turns with a peer."""

import os
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.signer.bench import Bench

LABEL = "bench"
Timed = Callable[[], float]


@contextmanager
def signer_bench() -> Iterator["Bench"]:
    """A signer right after genesis, in a process that is set up as one."""
    with tempfile.TemporaryDirectory(prefix="custody-bench-") as folder:
        directory = Path(folder)
        _prepare_django(directory)
        from django.core.management import call_command

        from custody.hsm.signer.keys import SigningToken
        from tests.signer.bench import Bench
        from tests.signer.tokens import make_token, session_on

        make_token(directory, LABEL)
        call_command("migrate", "signer_store", database="signer_store", verbosity=0, skip_checks=True)
        bench = Bench(directory, SigningToken(session_on(LABEL)))
        bench.run_genesis()
        yield bench
        bench.close()


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


def take_turns(first: Timed, second: Timed, *, times: int) -> tuple[float, float]:
    """Medians in seconds of two sides that take turns, so that both meet the same machine."""
    turns = [(first(), second()) for _ in range(times)]
    one, other = (statistics.median(side) for side in zip(*turns, strict=True))
    return one, other


def timed(call: Callable[[], object], *, parts: int = 1) -> float:
    """Seconds of a call, divided by the number of parts it did."""
    began = time.perf_counter()
    call()
    return (time.perf_counter() - began) / parts
