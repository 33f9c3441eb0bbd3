"""An offline signer that kills itself at a step: ``python -m tests.offline.dying``.

Arguments: directory of the store, token label, step, file of the request, custodian.
"""

import os
import signal
import sys
from datetime import datetime
from pathlib import Path

import django

django.setup()

from custody.hsm.signer.keys import SigningToken  # noqa: E402 - needs Django's settings
from custody.hsm.signer.offline.counter import Counter  # noqa: E402
from custody.hsm.signer.signer import Step  # noqa: E402
from tests.signer.bench import Bench, Hands  # noqa: E402
from tests.signer.tokens import session_on  # noqa: E402


def main(directory: str, label: str, fatal: str, file: str, custodian: str) -> None:
    confirmed = False

    def reached(step: Step) -> None:
        if confirmed and step == fatal:
            os.kill(os.getpid(), signal.SIGKILL)

    hands = Hands(datetime.fromisoformat(os.environ["CUSTODY_TEST_NOW"]))
    bench = Bench(Path(directory), SigningToken(session_on(label)), hands, reached)
    counter = Counter(store=bench.store, signer=bench.signer, clock=bench.clock)
    case = counter.look(Path(file).read_bytes())
    confirmed = True
    counter.answer(case, custodian=custodian, typed=case.word)


if __name__ == "__main__":
    main(*sys.argv[1:])
