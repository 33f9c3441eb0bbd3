"""A signer process that kills itself at a step of the signing order: ``python -m tests.signer.dying``.

Arguments: directory of the store, token label, step, request id, file with the request's bytes, and
perhaps the time on its clock.
Runs with CUSTODY_PROCESS=signer like the real one.
"""

import os
import signal
import sys
from pathlib import Path

import django

django.setup()

from custody.common import clock  # noqa: E402 - needs Django's settings
from custody.hsm.signer.keys import SigningToken  # noqa: E402
from custody.hsm.signer.signer import Step  # noqa: E402
from tests.signer.bench import Bench, Hands  # noqa: E402
from tests.signer.tokens import session_on  # noqa: E402


def main(directory: str, label: str, fatal: str, request_id: str, file: str, at: str = "") -> None:
    def reached(step: Step) -> None:
        if step == fatal:
            os.kill(os.getpid(), signal.SIGKILL)

    hands = Hands(now=clock.read_time(at)) if at else Hands()
    bench = Bench(Path(directory), SigningToken(session_on(label)), hands, reached)
    bench.signer.handle(request_id, Path(file).read_bytes())


if __name__ == "__main__":
    main(*sys.argv[1:])
