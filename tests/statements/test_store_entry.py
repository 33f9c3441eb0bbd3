"""Entries of the signer's store: closed kinds, slots in their one spelling."""

import pytest

from custody.common.errors import InvalidInputError
from custody.statements.store_entry import FIRST_PREVIOUS, SignBody, Slot, StoreEntry
from tests.statements.examples import KEY, STORE_ENTRY
from tests.statements.refusing import refused

TXID = "22" * 32
ACCOUNT = "0x" + "ab" * 20


@pytest.mark.parametrize(
    "slot",
    [
        f"btc:{TXID}:0",
        f"evm:eip155:1:{ACCOUNT}:17",
        f"safe:eip155:1:{ACCOUNT}:0",
        f"msg:custody/key-proof/v1:{TXID}",
    ],
)
def test_reads_every_slot_form(slot: str) -> None:
    assert Slot.read({"key": KEY, "slot": slot, "digest": "00" * 32}).slot == slot


@pytest.mark.parametrize(
    "slot",
    [f"btc:{TXID}:00", f"btc:{TXID.upper()}x:0", f"btc:{TXID}", f"evm:eip155:1:{ACCOUNT}:-1", "msg:x:y", ""],
)
def test_refuses_another_spelling_of_a_slot(slot: str) -> None:
    with refused("/slot"):
        Slot.read({"key": KEY, "slot": slot, "digest": "00" * 32})


@pytest.mark.parametrize(
    "anchor",
    [
        {"kind": "btc", "outpoint": f"{TXID}:1"},
        {"kind": "evm", "chain": "eip155:1", "account": ACCOUNT, "nonce": 3},
        {"kind": "safe", "chain": "eip155:1", "safe": ACCOUNT, "nonce": 3},
    ],
)
def test_reads_every_anchor_form(anchor: dict[str, object]) -> None:
    body = {"request_hash": "00" * 32, "anchor": anchor, "slots": []}
    assert SignBody.read(body).to_json() == body


def test_refuses_an_anchor_of_no_kind() -> None:
    with refused("/anchor/kind"):
        SignBody.read({"request_hash": "00" * 32, "anchor": {"kind": "doge"}, "slots": []})


def test_the_first_entry_follows_32_zero_bytes() -> None:
    assert bytes.fromhex(FIRST_PREVIOUS) == bytes(32)


def test_refuses_an_unknown_kind_and_a_body_that_is_no_object() -> None:
    with refused("/kind"):
        StoreEntry.from_json(STORE_ENTRY.to_json() | {"kind": "FORGET"})
    with refused("/body"):
        StoreEntry.from_json(STORE_ENTRY.to_json() | {"body": []})


def test_refuses_a_body_that_has_no_canonical_bytes() -> None:
    with pytest.raises(InvalidInputError) as caught:
        StoreEntry.from_json(STORE_ENTRY.to_json() | {"body": {"amount": 1.5}})
    assert caught.value.field == "/body/amount"
