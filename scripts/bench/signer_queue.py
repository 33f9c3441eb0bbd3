"""``signer.queue`` and ``signer.queue_raw``: a wake that finds a queue of waiting requests.

Transfers of the house whose approvals were verified before, drained through one commit and one
sync of the head. The value is the time per request, against the naive token call, and against the
token alone: 32 bytes signed with a cached key handle and nothing around it.
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from scripts.bench import Measurement
from scripts.bench.world import LABEL, Timed, signer_bench, take_turns, timed

if TYPE_CHECKING:
    from tests.signer.bench import Bench

QUEUE = 50
ROUNDS = 12
# A quarter of the token's own rate.
RAW_GOAL = 4.0
NAIVE_GOAL = 1.0


def measure() -> Measurement:
    """Milliseconds per request, and the ratio to the naive call."""
    with signer_bench() as bench:
        from scripts.bench.naive import NaivePeer

        drain = _drain(bench)
        with NaivePeer(LABEL) as naive:
            peer, own = take_turns(naive.call, drain, times=ROUNDS)
    return Measurement(
        value=own * 1000, unit="ms", peer="open-login-sign-close", ratio=own / peer, goal=NAIVE_GOAL
    )


def measure_raw() -> Measurement:
    """Milliseconds per request, and the ratio to the bare token signature."""
    with signer_bench() as bench:
        raw, own = take_turns(raw_signature(bench), _drain(bench), times=ROUNDS)
    return Measurement(
        value=own * 1000, unit="ms", peer="token signature alone", ratio=own / raw, goal=RAW_GOAL
    )


def raw_signature(bench: "Bench") -> Timed:
    """Seconds of one signature by the token alone."""
    from custody.hsm.token import ec

    identifier = bytes.fromhex(bench.key("mediator").token_id)

    def sign_many() -> None:
        for _ in range(QUEUE):
            ec.sign(bench.token.session, identifier=identifier, digest=bytes(32))

    return lambda: timed(sign_many, parts=QUEUE)


def _drain(bench: "Bench") -> Timed:
    """Seconds per request of the next queue, whose intents the signer has looked at before."""
    from custody.hsm.signer.preview import preview
    from tests.signer.transfers import many_transfers

    queues = _in_queues(list(many_transfers(bench, QUEUE * ROUNDS)))
    signer = bench.signer

    def drain() -> float:
        queue = next(queues)
        for _, data in queue:
            # The approvals of an intent are verified once, when it is first looked at.
            preview(data, at=bench.hands.now)
        return timed(lambda: signer.handle_all(queue), parts=QUEUE)

    return drain


def _in_queues(requests: list[tuple[str, bytes]]) -> Iterator[list[tuple[str, bytes]]]:
    for start in range(0, len(requests), QUEUE):
        yield requests[start : start + QUEUE]
