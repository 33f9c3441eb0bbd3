"""A seeded sample of the crash matrix on every back-end, and that its judges find what they look for."""

import json
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from custody.hsm.backends import registry
from custody.hsm.signer.kinds.registry import KINDS
from custody.statements.result import Head, Result
from custody.statements.store_entry import FIRST_PREVIOUS, BitcoinAnchor, SignBody, Slot, StoreEntry
from scripts.embedded.layout import PROJECT
from scripts.embedded.process import clean_environment
from tests.faults.crash.backends import BACKENDS
from tests.faults.crash.evidence import Evidence, Expected, Left
from tests.faults.crash.invariants import INVARIANTS, violations
from tests.faults.crash.signing import TokenCall
from tests.faults.crash.subjects import SUBJECTS
from tests.harness.bitcoin import private_key
from tests.signer.genesis import INSTANCE

AT = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)
KEY = "key_01KAJ8V0000000000000000001"
DIGEST, COIN = "ab" * 32, "cd" * 32 + ":0"
# Making and ending a key has steps of its own, and needs a token that wraps.
ELSEWHERE = dict.fromkeys(("KEY_MAKE", "KEY_DESTROY"), "tests/signer/test_keeping_crash.py")
SLOT = Slot(key=KEY, slot=f"btc:{COIN}", digest=DIGEST)
PROMISE = SignBody(
    request_hash="11" * 32, intent="22" * 32, anchor=BitcoinAnchor(outpoint=COIN), slots=(SLOT,)
)
REFUSAL = {"request_hash": "11" * 32, "rule": "intent_expired", "culprit": "/intent/expires_at"}


@pytest.mark.parametrize("backend", BACKENDS)
def test_a_sample_of_deaths_breaks_nothing(backend: str) -> None:
    command = [sys.executable, "-m", "tests.faults.crash", "--sample", "1", "--backend", backend]
    done = subprocess.run(
        command, cwd=PROJECT, env=clean_environment(), check=False, capture_output=True, text=True
    )
    assert done.stdout, done.stderr
    figures = json.loads(done.stdout)
    assert (figures["violations"], done.returncode) == ([], 0)
    assert figures["cells"] == len(figures["by_subject"]) >= 18


def test_every_kind_of_request_and_every_back_end_is_in_the_matrix() -> None:
    assert set(KINDS) - set(ELSEWHERE) <= {name.split()[0] for name in SUBJECTS}
    assert all((PROJECT / file).is_file() for file in ELSEWHERE.values())
    assert set(BACKENDS) == set(registry.BACKENDS)


# --- the judges -----------------------------------------------------------------------------------


def chain(*bodies: tuple[Any, dict[str, Any]]) -> tuple[StoreEntry, ...]:
    made: list[StoreEntry] = []
    for kind, body in bodies:
        previous = made[-1].hash if made else FIRST_PREVIOUS
        made.append(StoreEntry(seq=len(made), previous=previous, kind=kind, at=AT, body=body))
    return tuple(made)


def left(entries: tuple[StoreEntry, ...]) -> Left:
    return Left(entries, Head(seq=entries[-1].seq, hash=entries[-1].hash))


def honest() -> Evidence:
    """A process died after the promise; the next one signed."""
    signature = private_key("mediator").sign_recoverable(bytes.fromhex(DIGEST), hasher=None)[:64].hex()
    public_key = private_key("mediator").public_key.format().hex()
    made = {"input": 0, "public_key": public_key, "signature": signature}
    entries = chain(
        ("GENESIS", {}),
        ("SEEN", {"request": "r"}),
        ("SIGN", PROMISE.to_json()),
        ("SIGNED", {"request_hash": "11" * 32, "signatures": [made]}),
    )
    result = Result.from_json(
        {
            "format": Result.FORMAT,
            "instance": INSTANCE,
            "request": "req_01KAJ8W0000000000000000009",
            "request_hash": "11" * 32,
            "outcome": "SIGNED",
            "signatures": [made],
            "entries": [entry.to_json() for entry in entries[1:]],
            "head": {"seq": 3, "hash": entries[3].hash},
        }
    )
    slots = frozenset({(SLOT.slot, DIGEST)})
    return Evidence(
        expected=Expected((("SIGNED", None),), slots, slots),
        before=left(entries[:1]),
        deaths=(left(entries[:3]),),
        end=left(entries),
        first=(result,),
        again=(result,),
        calls=(TokenCall(KEY, DIGEST, 2),),
    )


def with_promise(body: SignBody) -> Callable[[Evidence], Evidence]:
    """One more SIGN entry at the end of the chain."""
    return with_entry("SIGN", body.to_json())


def with_entry(kind: str, body: dict[str, Any]) -> Callable[[Evidence], Evidence]:
    def change(evidence: Evidence) -> Evidence:
        bodies = [(entry.kind, entry.body) for entry in evidence.end.entries]
        return replace(evidence, end=left(chain(*bodies, (kind, body))))

    return change


def lapsed(*, asked_at: int) -> Evidence:
    """Nobody has signed; the promise was refused, and another one has the coin."""
    evidence = honest()
    other = replace(
        PROMISE, request_hash="33" * 32, intent="44" * 32, slots=(replace(SLOT, digest="99" * 32),)
    )
    bodies = [(entry.kind, entry.body) for entry in evidence.end.entries[:3]]
    entries = chain(*bodies, ("REFUSED", REFUSAL), ("SIGN", other.to_json()))
    return replace(evidence, end=left(entries), calls=(TokenCall(KEY, DIGEST, asked_at),))


BROKEN: dict[str, Callable[[Evidence], Evidence]] = {
    "processes_did_their_part": lambda it: replace(it, problems=("nobody went on",)),
    "one_anchor_per_intent": with_promise(
        replace(PROMISE, request_hash="33" * 32, anchor=BitcoinAnchor(outpoint="ef" * 32 + ":0"), slots=())
    ),
    "one_digest_per_slot": with_promise(
        replace(PROMISE, intent=None, anchor=None, slots=(replace(SLOT, digest="99" * 32),))
    ),
    "what_lapsed_is_never_signed": with_entry("REFUSED", REFUSAL),
    "nothing_signed_but_what_was_decided": lambda it: replace(
        it, calls=(*it.calls, TokenCall(KEY, "99" * 32, 3))
    ),
    "head_never_behind_what_left": lambda it: replace(it, calls=(TokenCall(KEY, DIGEST, 1),)),
    "head_names_an_entry": lambda it: replace(it, end=Left(it.end.entries, Head(seq=3, hash="00" * 32))),
    "chain_verifies": lambda it: replace(it, end=replace(it.end, entries=it.end.entries[1:])),
    "what_stood_still_stands": lambda it: replace(
        it, deaths=(left(it.end.entries), left(it.end.entries[:2]))
    ),
    "every_request_is_answered": lambda it: replace(it, again=()),
    "signatures_verify": lambda it: replace(
        it, first=(replace(it.first[0], request_hash="44" * 32),), again=()
    ),
    "every_entry_is_told_once": lambda it: replace(it, first=(replace(it.first[0], entries=()),)),
    "a_ceremony_makes_one_key": lambda it: replace(it, expected=replace(it.expected, keys=1)),
    "checkpoints_are_published_once": with_entry("HEAD", {"checkpoint": {"position": 7}}),
}


def test_an_honest_end_breaks_nothing() -> None:
    assert violations(honest()) == []


def test_every_judge_is_tried() -> None:
    assert set(BROKEN) == {check.__name__ for check in INVARIANTS}


@pytest.mark.parametrize("name", BROKEN)
def test_a_judge_finds_what_it_looks_for(name: str) -> None:
    found = violations(BROKEN[name](honest()))
    assert name in {item.partition(":")[0] for item in found}


@pytest.mark.parametrize(("asked_at", "is_wrong"), [(2, False), (3, True)])
def test_a_lapsed_promise_frees_its_slot_and_the_token_is_not_asked_for_it(
    asked_at: int, is_wrong: bool
) -> None:
    """Head 2 names the promise itself, head 3 its refusal."""
    found = {item.partition(":")[0] for item in violations(lapsed(asked_at=asked_at))}
    assert "one_digest_per_slot" not in found
    assert "one_anchor_per_intent" not in found
    assert ("what_lapsed_is_never_signed" in found) is is_wrong
