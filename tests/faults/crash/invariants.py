"""What must hold after every death, exactly; each function names what it found broken.

They judge what lies on disk: the chain itself, the log beside the token, the answers. The unique
constraints of the store are not asked.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator

from custody.common import canonical
from custody.common.errors import InvalidInputError
from custody.statements.proof import verify_p256, verify_secp256k1
from custody.statements.store_entry import FIRST_PREVIOUS, EvmAnchor, StoreEntry
from tests.faults.crash.evidence import Evidence, Left

Found = Iterator[str]


def processes_did_their_part(evidence: Evidence) -> Found:
    """Whoever should have died has, and a new process came to an end."""
    yield from evidence.problems


def one_anchor_per_intent(evidence: Evidence) -> Found:
    """And one promise that stands; that of an account is replaced on its own nonce."""
    promises = [body for body in evidence.end.standing if body.intent is not None]
    lasting = (body.intent for body in promises if not isinstance(body.anchor, EvmAnchor))
    for intent, times in Counter(lasting).items():
        if times > 1:
            yield f"intent {intent} was promised {times} times"
    anchors = defaultdict(set)
    for body in promises:
        anchors[body.intent].add(body.anchor)
    yield from (
        f"intent {intent} has {len(found)} anchors" for intent, found in anchors.items() if len(found) > 1
    )


def one_digest_per_slot(evidence: Evidence) -> Found:
    """On the nonce of an account several, when they are of one intent."""
    digests, intents = defaultdict(set), defaultdict(set)
    for body in evidence.end.standing:
        for slot in body.slots:
            digests[slot.key, slot.slot].add(slot.digest)
            intents[slot.key, slot.slot].add(body.intent)
    for (key, name), found in digests.items():
        is_replaced = name.startswith("evm:") and len(intents[key, name]) == 1
        if len(found) > 1 and not is_replaced:
            yield f"slot {name} of {key} has {len(found)} digests"


def what_lapsed_is_never_signed(evidence: Evidence) -> Found:
    """Behind its refusal a promise has no signature, and the token is not asked for what it alone wanted."""
    end, lapses = evidence.end, evidence.end.lapses
    signed = {entry.body["request_hash"] for entry in end.entries if entry.kind == "SIGNED"}
    yield from (f"request {name} was signed, and its promise lapsed" for name in signed & lapses.keys())
    standing = {(slot.key, slot.digest) for body in end.standing for slot in body.slots}
    ended = {
        (slot.key, slot.digest): lapses[body.request_hash]
        for _, body in end.promises if body.request_hash in lapses
        for slot in body.slots
    }  # fmt: skip
    for call in evidence.calls:
        asked = (call.key, call.digest)
        if asked not in standing and call.head >= ended.get(asked, call.head + 1):
            yield f"key {call.key} was asked for {call.digest}, whose promise had lapsed"


def nothing_signed_but_what_was_decided(evidence: Evidence) -> Found:
    """The token is asked for digests that stand in the journal, all of which an honest run signs."""
    known = len(evidence.before.slots)
    made = evidence.end.slots[known:]
    expected = evidence.expected
    wanted = expected.slots if evidence.decided_at_once else expected.later
    if frozenset((slot.slot, slot.digest) for slot in made) != wanted:
        yield "the journal promises something else than an undisturbed run"
    promised = {(slot.key, slot.digest) for slot in made}
    for call in evidence.calls:
        if (call.key, call.digest) not in promised:
            yield f"key {call.key} was asked for {call.digest}, which no entry promises"


def head_never_behind_what_left(evidence: Evidence) -> Found:
    """At the moment a digest went to the token, the head file on disk named its promise or a later entry."""
    places = {(slot.key, slot.digest): seq for seq, body in evidence.end.promises for slot in body.slots}
    for call in evidence.calls:
        if call.head < places.get((call.key, call.digest), 0):
            yield f"head {call.head} when key {call.key} was asked for entry {places[call.key, call.digest]}"
    head = evidence.end.head
    if head is None or head.seq < max(places.values(), default=0):
        yield "the head file ends behind the last promise"


def head_names_an_entry(evidence: Evidence) -> Found:
    for left in (*evidence.deaths, evidence.end):
        if left.head is None or (left.head.seq, left.head.hash) not in _hashes(left):
            yield "the head file names an entry that is not in the chain"


def chain_verifies(evidence: Evidence) -> Found:
    for left in (*evidence.deaths, evidence.end):
        previous = FIRST_PREVIOUS
        for place, entry in enumerate(left.entries):
            if (entry.seq, entry.previous) != (place, previous):
                yield f"entry {place} does not continue the chain"
            previous = canonical.tagged_hash(StoreEntry.FORMAT, entry.to_bytes()).hex()


def what_stood_still_stands(evidence: Evidence) -> Found:
    """No process changes or loses an entry of those before it."""
    stages = (evidence.before, *evidence.deaths, evidence.end)
    for earlier, later in zip(stages, stages[1:], strict=False):
        if later.entries[: len(earlier.entries)] != earlier.entries:
            yield "entries that stood in the journal are gone or different"


def every_request_is_answered(evidence: Evidence) -> Found:
    """Each with the outcome of an undisturbed run, and the same bytes get the same answer again."""
    outcomes = tuple((result.outcome, result.rule) for result in evidence.first)
    if outcomes != evidence.expected.outcomes:
        yield f"the answers are {outcomes}, expected {evidence.expected.outcomes}"
    if evidence.again != evidence.first:
        yield "the same bytes got another answer"


def signatures_verify(evidence: Evidence) -> Found:
    digests: dict[str, set[str]] = defaultdict(set)
    for _, body in evidence.end.promises:
        digests[body.request_hash] |= {slot.digest for slot in body.slots}
    for result in evidence.first:
        signed = sum(
            _verifies(item.public_key, item.signature, digests[result.request_hash])
            for item in result.signatures
        )
        if signed != len(result.signatures) or (result.outcome == "SIGNED") != bool(signed):
            yield f"a signature of {result.request} does not verify for what was promised"


def every_entry_is_told_once(evidence: Evidence) -> Found:
    """The journal travels in the answers: all new entries up to the last of a request, none twice."""
    told = Counter(entry.seq for result in evidence.first for entry in result.entries)
    if any(times > 1 for times in told.values()):
        yield "an entry travels in two answers"
    new = evidence.end.entries[len(evidence.before.entries) :]
    last = max((entry.seq for entry in new if entry.kind == "SEEN"), default=-1)
    if missing := {entry.seq for entry in new if entry.seq <= last} - set(told):
        yield f"entries {sorted(missing)} travel in no answer"


def a_ceremony_makes_one_key(evidence: Evidence) -> Found:
    """A key that its token made just before a death is in no catalogue; the ceremony makes another."""
    made = evidence.end.keys - evidence.before.keys
    if made != evidence.expected.keys:
        yield f"ceremonies made {made} keys instead of {evidence.expected.keys}"


def checkpoints_are_published_once(evidence: Evidence) -> Found:
    signed = {
        entry.body["checkpoint"]["position"] for entry in evidence.end.entries if "checkpoint" in entry.body
    }
    if sorted(evidence.published) != sorted(signed):
        yield f"published {evidence.published}, signed {sorted(signed)}"


def _hashes(left: Left) -> set[tuple[int, str]]:
    return {(entry.seq, entry.hash) for entry in left.entries}


def _verifies(public_key: str, signature: str, digests: set[str]) -> bool:
    return any(
        _proves(verify, public_key, digest, signature)
        for digest in digests
        for verify in (verify_secp256k1, verify_p256)
    )


def _proves(verify: Callable[..., None], public_key: str, digest: str, signature: str) -> bool:
    try:
        verify(public_key=public_key, digest=digest, signature=signature)
    except InvalidInputError:
        return False
    return True


INVARIANTS: tuple[Callable[[Evidence], Found], ...] = (
    processes_did_their_part,
    one_anchor_per_intent,
    one_digest_per_slot,
    what_lapsed_is_never_signed,
    nothing_signed_but_what_was_decided,
    head_never_behind_what_left,
    head_names_an_entry,
    chain_verifies,
    what_stood_still_stands,
    every_request_is_answered,
    signatures_verify,
    every_entry_is_told_once,
    a_ceremony_makes_one_key,
    checkpoints_are_published_once,
)


def violations(evidence: Evidence) -> list[str]:
    """``invariant: what was found``, nothing when all hold."""
    return [f"{check.__name__}: {found}" for check in INVARIANTS for found in check(evidence)]
