"""Requests and results: which parts belong to which kind and outcome."""

from typing import Any

import pytest

from custody.common.canonical import MAX_DOCUMENT
from custody.statements.form import Document
from custody.statements.request import Request
from custody.statements.result import Result
from tests.statements.examples import (
    CHECKPOINT_REQUEST,
    KEY_PROOF_REQUEST,
    REFUSED_RESULT,
    SEAL_REQUEST,
    SIGNED_RESULT,
    SPEND_REQUEST,
    TERMS_REQUEST,
)
from tests.statements.refusing import refused


def changed(document: Document, **changes: Any) -> Any:
    """The document's JSON with other fields; None takes a field out."""
    return {key: value for key, value in (document.to_json() | changes).items() if value is not None}


def test_a_spend_needs_its_intent() -> None:
    with refused("/intent"):
        Request.from_json(changed(SPEND_REQUEST, intent=None))


@pytest.mark.parametrize("request_", [TERMS_REQUEST, SEAL_REQUEST, CHECKPOINT_REQUEST, KEY_PROOF_REQUEST])
def test_nothing_else_has_an_intent(request_: Request) -> None:
    with refused("/intent"):
        Request.from_json(changed(request_, intent=SPEND_REQUEST.to_json()["intent"]))


@pytest.mark.parametrize("request_", [SPEND_REQUEST, SEAL_REQUEST, CHECKPOINT_REQUEST, KEY_PROOF_REQUEST])
def test_every_kind_but_terms_needs_a_payload(request_: Request) -> None:
    with refused("/payload"):
        Request.from_json(changed(request_, payload=None))


def test_terms_have_no_payload_and_exactly_one_document() -> None:
    document = TERMS_REQUEST.to_json()["documents"][0]
    with refused("/payload"):
        Request.from_json(changed(TERMS_REQUEST, payload=SPEND_REQUEST.to_json()["payload"]))
    with refused("/documents"):
        Request.from_json(changed(TERMS_REQUEST, documents=[]))
    with refused("/documents"):
        Request.from_json(changed(TERMS_REQUEST, documents=[document, document]))


def test_refuses_a_kind_without_a_reader() -> None:
    with refused("/kind"):
        Request.from_json(changed(SEAL_REQUEST, kind="ORACLE"))


def test_refuses_the_payload_of_another_kind() -> None:
    with refused("/payload/psbt"):
        Request.from_json(changed(SEAL_REQUEST, payload=SPEND_REQUEST.to_json()["payload"]))


def test_refuses_two_equal_approvals() -> None:
    approval = SPEND_REQUEST.to_json()["approvals"][0]
    with refused("/approvals"):
        Request.from_json(changed(SPEND_REQUEST, approvals=[approval, approval]))


def test_refuses_a_bad_intent_inside_at_its_place() -> None:
    intent = SPEND_REQUEST.to_json()["intent"] | {"kind": "GIFT"}
    with refused("/intent/kind"):
        Request.from_json(changed(SPEND_REQUEST, intent=intent))


def test_reads_what_is_stated_about_screening() -> None:
    screening = {"result": "CLEAR", "lists": {"ofac": "2025-11-19"}, "at": "2026-11-21T09:00:00Z"}
    stated = Request.from_json(changed(SPEND_REQUEST, stated={"screening": screening})).stated
    assert stated is not None
    assert stated.screening is not None
    assert (stated.screening.result, stated.screening.lists) == ("CLEAR", {"ofac": "2025-11-19"})
    with refused("/stated/screening/lists/ofac"):
        Request.from_json(changed(SPEND_REQUEST, stated={"screening": screening | {"lists": {"ofac": 1}}}))


def test_a_checkpoint_lists_one_hash_for_each_position() -> None:
    payload = CHECKPOINT_REQUEST.to_json()["payload"]
    with refused("/payload/entries"):
        Request.from_json(changed(CHECKPOINT_REQUEST, payload=payload | {"to": 8}))
    with refused("/payload/entries"):
        Request.from_json(changed(CHECKPOINT_REQUEST, payload=payload | {"to": 0}))
    nothing_new = Request.from_json(changed(CHECKPOINT_REQUEST, payload=payload | {"to": 5, "entries": []}))
    assert nothing_new.payload is not None


def test_a_checkpoint_lists_at_most_4096_hashes() -> None:
    hashes = [f"{number:064x}" for number in range(4097)]
    payload = CHECKPOINT_REQUEST.to_json()["payload"] | {"from": 1, "to": 4096, "entries": hashes[:4096]}
    largest = Request.from_json(changed(CHECKPOINT_REQUEST, payload=payload))
    assert len(largest.to_bytes()) > MAX_DOCUMENT
    with refused("/payload/entries"):
        more = payload | {"to": 4097, "entries": hashes}
        Request.from_json(changed(CHECKPOINT_REQUEST, payload=more))


def test_rule_and_culprit_belong_to_refusals() -> None:
    with refused("/rule"):
        Result.from_json(changed(REFUSED_RESULT, rule=None))
    with refused("/culprit"):
        Result.from_json(changed(REFUSED_RESULT, culprit=None))
    with refused("/rule"):
        Result.from_json(changed(SIGNED_RESULT, rule="fee_above_max"))
    with refused("/culprit"):
        Result.from_json(changed(SIGNED_RESULT, culprit="/intent"))


def test_a_failure_names_its_rule_but_no_culprit() -> None:
    failed = changed(REFUSED_RESULT, outcome="FAILED", rule="token_unavailable", culprit=None)
    assert Result.from_json(failed).rule == "token_unavailable"
    with refused("/culprit"):
        Result.from_json(failed | {"culprit": "/key"})


def test_signatures_belong_to_signed_results() -> None:
    with refused("/signatures"):
        Result.from_json(changed(SIGNED_RESULT, signatures=[]))
    with refused("/signatures"):
        Result.from_json(changed(REFUSED_RESULT, signatures=SIGNED_RESULT.to_json()["signatures"]))
