"""``signer.one_input``: the whole signer on a spend of one input, against the naive token call.

The value is the median time from request bytes to result bytes: strict decoding, all rules, two
committed journal transactions, the synced head file, the token, verification. The peer opens a
session, logs in, finds the key, signs 32 bytes and closes, on the same token in the same run.
"""

import os
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from scripts.bench import Measurement
from scripts.embedded.softhsm import MODULE

DEALS = 150
GOAL = 2.0


def measure() -> Measurement:
    """Median milliseconds of the signer, and its ratio to the naive call."""
    with tempfile.TemporaryDirectory(prefix="custody-bench-") as folder:
        directory = Path(folder)
        _prepare_django(directory)
        naive = _naive(directory)
        signer = _signer(directory)
    return Measurement(
        value=signer * 1000, unit="ms", peer="open-login-sign-close", ratio=signer / naive, goal=GOAL
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


def _naive(directory: Path) -> float:
    import pkcs11

    from custody.hsm.token import ec
    from tests.signer.tokens import PIN, make_token, session_on

    make_token(directory, "bench")
    identifier = b"\x01"
    holder = session_on("bench")
    ec.generate(holder, identifier=identifier, label="naive", curve="secp256k1")
    holder.close()

    def sign() -> None:
        token = pkcs11.lib(MODULE).get_token(token_label="bench")  # noqa: S106 - a name
        with token.open(user_pin=PIN) as session:
            key: Any = session.get_key(object_class=pkcs11.ObjectClass.PRIVATE_KEY, id=identifier)
            key.sign(bytes(32), mechanism=pkcs11.Mechanism.ECDSA)

    return _median(sign, DEALS)


def _signer(directory: Path) -> float:
    from django.core.management import call_command

    from custody.hsm.signer.keys import SigningToken
    from tests.signer.bench import Bench
    from tests.signer.deals import many_spends
    from tests.signer.tokens import session_on

    call_command("migrate", "signer_store", database="signer_store", verbosity=0, skip_checks=True)
    bench = Bench(directory, SigningToken(session_on("bench")))
    bench.run_genesis()
    requests = iter([(request.id, request.to_bytes()) for request in many_spends(bench, DEALS)])
    signer = bench.signer
    median = _median(lambda: signer.handle(*next(requests)), DEALS)
    bench.close()
    return median


def _median(call: Callable[[], object], times: int) -> float:
    """Median seconds of one call."""
    seconds = []
    for _ in range(times):
        began = time.perf_counter()
        call()
        seconds.append(time.perf_counter() - began)
    return statistics.median(seconds)
