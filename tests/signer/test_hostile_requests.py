"""Whatever a request says, the signer answers with a result: nothing in a row makes it stumble."""

import copy
import itertools
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import pytest

from custody.common import canonical
from custody.common.errors import InvalidInputError
from custody.common.ids import new_id
from custody.hsm.signer.store import journal
from custody.statements.request import Request, SealPayload
from tests.signer.bench import Bench

# Values that a field may have to bear; strings of the other fields come on top.
VALUES: tuple[Any, ...] = (
    "", "0", "-1", "9" * 78, "1" + "0" * 78, "00" * 32, "0" * 66, "cHNidP8=", "AAAA", "2026-11-21T09:00:00Z",
    "9999-12-31T23:59:59Z", 0, 1, -1, 2**53 - 1, True, [], {}, [{}], ["11" * 32],
)  # fmt: skip
Place = tuple[str | int, ...]


def places(value: Any, place: Place = ()) -> Iterator[Place]:
    """Every place inside a document, the whole of it left out."""
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in items:
        yield (*place, key)
        yield from places(item, (*place, key))


def changed(document: Any, place: Place, value: Any) -> Any:
    """The document with another value at ``place``; without it for None."""
    result = copy.deepcopy(document)
    holder = result
    for key in place[:-1]:
        holder = holder[key]
    if value is not None:
        holder[place[-1]] = value
    elif isinstance(holder, dict):
        del holder[place[-1]]
    else:
        holder.pop(place[-1])
    return result


def honest(bench: Bench) -> dict[str, Request]:
    """One request of each kind that would be granted."""
    terms = bench.register()
    other = bench.terms(id="deal_01KAJ8P0000000000000000002", text="00" * 32)
    return {
        "spend": bench.spend(terms),
        "terms": bench.terms_request(other),
        "proof": bench.request("KEY_PROOF", "mediator", payload=bench.key_proof(terms)),
        "seal": bench.request(
            "CMS_SEAL", "seal", payload=SealPayload(signed_attributes="MQA=", certificate="DRAFT")
        ),
        "checkpoint": bench.checkpoint(["11" * 32, "22" * 32]),
        "own checkpoint": bench.checkpoint(["11" * 32], stream="signer"),
    }


@pytest.mark.parametrize("kind", ["spend", "terms", "proof", "seal", "checkpoint", "own checkpoint"])
def test_every_changed_field_is_answered(bench: Bench, kind: str) -> None:
    document = honest(bench)[kind].to_json()
    answered = 0
    for place, value in itertools.product(list(places(document)), (None, *VALUES)):
        request_id = new_id("req", at=bench.hands.now)
        forged = changed(document, place, value)
        if place != ("id",):
            forged["id"] = request_id
        with suppress(InvalidInputError):
            data = canonical.encode(forged, limit=canonical.MAX_REQUEST)
            result = bench.handle_bytes(request_id, data)
            assert result.outcome in {"SIGNED", "RECORDED", "REFUSED"}, (place, value)
            answered += 1
    assert answered > 100
    journal.verify()
