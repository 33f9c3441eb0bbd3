"""A payout from intent to mempool that can be repeated at any point, and a process that dies in it.

Run as ``python -m tests.wallets.crashing POINT COUNT DOCUMENT [COIN APPROVAL…]`` (document and approvals
in hex, or ``scan`` for the monitor; with a coin it is a payment out of a wallet of the house):
the process kills itself (SIGKILL) before or after its COUNT-th commit, or around sending. Exit 0
means that it never came to that point.
"""

import os
import signal
import sys
from collections.abc import Callable, Sequence
from typing import Any

from custody.chains.bitcoin.client import BitcoinClient
from custody.common import queue
from custody.statements.intent import Intent

SCAN = "scan"


class NoBroker:
    """Nobody else works on these rows: messages go nowhere."""

    def apply_async(self, **_: Any) -> None:
        return None


def pay(document: Intent) -> None:
    """Everything from T1 to T6; safe to start again wherever it stopped."""
    from custody.wallets import services
    from custody.wallets.states import State
    from tests.wallets.deals import ACTOR, AT, drive, fresh, give

    intent = services.create_intent(actor=ACTOR, document=document, needs_our_key=False, at=AT)
    drive(intent)
    for name in ("buyer", "merchant"):
        if fresh(intent).state == State.SIGNING:
            give(intent, name)
    drive(intent)


def pay_from_house(document: Intent, coin: str, approvals: Sequence[bytes]) -> None:
    """From T1 until the signer is asked, approvals handed in on the way; safe to start again anywhere."""
    from custody.accounts.models import User
    from custody.wallets import services
    from tests.wallets.deals import ACTOR, AT, drive

    intent = services.create_intent(actor=ACTOR, document=document, needs_our_key=True, coins=[coin], at=AT)
    drive(intent)
    treasurer = User.objects.get(person=document.maker)
    for data in approvals:
        services.hand_in_approval(actor=treasurer, intent_id=intent.pk, data=data, at=AT)
    drive(intent)


def scan() -> None:
    """One run of the monitor."""
    from custody.wallets.services.chain import scan_chain
    from tests.wallets.deals import AT

    scan_chain(at=AT)


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def _around(function: Callable[..., Any], point: str, count: int) -> Callable[..., Any]:
    calls = 0

    def wrapper(*args: Any, **kwargs: Any) -> Any:
        nonlocal calls
        calls += 1
        if calls == count and point.startswith("before"):
            die()
        result = function(*args, **kwargs)
        if calls == count and point.startswith("after"):
            die()
        return result

    return wrapper


def main(point: str, count: int, document: str, *house: str) -> None:
    import django

    django.setup()
    from django.db.backends.base.base import BaseDatabaseWrapper

    queue._task = lambda name: NoBroker()  # type: ignore[assignment,return-value]
    if point.endswith("commit"):
        BaseDatabaseWrapper.commit = _around(BaseDatabaseWrapper.commit, point, count)  # type: ignore[method-assign]
    else:
        BitcoinClient.send = _around(BitcoinClient.send, point, count)  # type: ignore[method-assign]
    if document == SCAN:
        scan()
    elif house:
        coin, *approvals = house
        wanted = Intent.from_bytes(bytes.fromhex(document))
        pay_from_house(wanted, coin, [bytes.fromhex(item) for item in approvals])
    else:
        pay(Intent.from_bytes(bytes.fromhex(document)))


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), *sys.argv[3:])
