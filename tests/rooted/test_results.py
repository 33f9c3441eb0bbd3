"""Results and requests altered behind the signer's back: its journal remembers what the rows do not."""

from typing import Any

import pytest

from custody.common import clock
from custody.hsm.models import SigningRequest
from custody.hsm.services import collect_result
from custody.wallets import selectors as wallets
from scripts.embedded.world import World
from tests.harness.live_deal import LiveDeal
from tests.harness.signer_store import store_rows
from tests.rooted.attacker import Attacker, Refused, final_result, message
from tests.rooted.forging import intent, key_proof, request, spend, to_thief

pytestmark = pytest.mark.xdist_group("live")


def remove_result(attacker: Attacker, request_id: str) -> None:
    attacker.sql(
        "DELETE FROM hsm_collectedresult WHERE result_id IN "
        f"(SELECT id FROM hsm_signingresult WHERE request_id = '{request_id}');"
        f"DELETE FROM hsm_signingresult WHERE request_id = '{request_id}'"
    )


def journal_of(world: World, request_hash: str) -> list[tuple[Any, ...]]:
    """Entries of a request in the signer's own store."""
    statement = "SELECT seq, hash FROM signer_store_entry WHERE request_hash = ? ORDER BY seq"
    return store_rows(world.layout.signer, statement, request_hash)


@pytest.fixture
def spend_of(signed: LiveDeal) -> str:
    """Id of the request that our key has signed for."""
    attempt = wallets.attempt_of(signed.intent)
    assert attempt is not None
    return attempt.signing_request


def test_a_deleted_answer_comes_again_and_nothing_is_decided_again(attacker: Attacker, spend_of: str) -> None:
    row = final_result(spend_of)
    assert row is not None
    first = bytes(row.body)
    remove_result(attacker, spend_of)
    again = attacker.wake(spend_of)
    assert again.outcome == "SIGNED"
    assert again.to_bytes() == first
    entries = [(entry.seq, entry.hash) for entry in again.entries if "request_hash" in entry.body]
    assert journal_of(attacker.world, again.request_hash) == entries


def test_an_altered_answer_is_not_what_the_signer_says(attacker: Attacker, spend_of: str) -> None:
    """The superuser rewrites the answer; asked again, the signer says what it said before."""
    row = final_result(spend_of)
    assert row is not None
    first = bytes(row.body)
    forged = first.replace(b'"outcome":"SIGNED"', b'"outcome":"REFUSED"')
    attacker.sql(f"UPDATE hsm_signingresult SET body = '\\x{forged.hex()}' WHERE request_id = '{spend_of}'")
    remove_result(attacker, spend_of)
    assert attacker.wake(spend_of).to_bytes() == first


def test_other_bytes_under_the_id_of_a_signed_request(attacker: Attacker, untouched: LiveDeal) -> None:
    """An id that was answered once does not lend its answer, nor its place, to other bytes."""
    honest = request("KEY_PROOF", "mediator", payload=key_proof(untouched, server_nonce="77" * 16))
    assert attacker.ask(honest).outcome == "SIGNED"
    # What is removed below must be mirrored: a hole in the journal would be another attack.
    collect_result(request_id=honest.id, at=clock.now())
    theft = spend(untouched, wanted=intent(untouched, payees=to_thief(untouched)))
    body = theft.to_bytes().replace(theft.id.encode(), honest.id.encode())
    attacker.sql(f"UPDATE hsm_signingrequest SET body = '\\x{body.hex()}' WHERE id = '{honest.id}'")
    assert bytes(SigningRequest.objects.get(pk=honest.id).body) == body
    remove_result(attacker, honest.id)
    assert attacker.examine(attacker.wake(honest.id)) == Refused("request_changed", "/id")


def test_a_request_that_is_gone(attacker: Attacker, untouched: LiveDeal) -> None:
    """A wake-up for a row that does not exist is nothing; the next forged request is refused as ever."""
    gone = spend(untouched, wanted=intent(untouched, payees=to_thief(untouched)))
    attacker.push(message("wake", gone.id))
    other = spend(untouched, wanted=intent(untouched, payees=to_thief(untouched)))
    assert attacker.is_refused(other).rule == "payee_not_in_terms"
    assert final_result(gone.id) is None
