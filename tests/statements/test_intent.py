"""Rules between the fields of an intent."""

from typing import Any

import pytest

from custody.common.errors import InvalidInputError
from custody.statements.intent import Intent
from tests.statements.examples import DEAL, INTENT
from tests.statements.refusing import refused

MAINNET = "bip122:000000000019d6689c085ae165831e93/slip44:0"
MAINNET_ADDRESS = "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4"


def intent(**changes: Any) -> Any:
    return INTENT.to_json() | changes


def test_knows_its_chain_and_total() -> None:
    assert INTENT.chain == "bip122:0f9188f13cb7b2c71f2a335e3a4fc328"
    assert INTENT.total == 990_000
    assert INTENT.fee.max == 10_000


def test_terms_belong_to_escrow_alone() -> None:
    source = INTENT.source.to_json()
    with refused("/source/terms"):
        Intent.from_json(intent(source=source | {"owner": "HOUSE"}))
    with refused("/source/terms"):
        Intent.from_json(intent(source={key: source[key] for key in ("owner", "wallet")}))


def test_a_client_belongs_to_client_money_alone() -> None:
    source = INTENT.source.to_json()
    with refused("/source/client"):
        Intent.from_json(intent(source=source | {"client": DEAL}))
    with refused("/source/client"):
        Intent.from_json(intent(source={"owner": "CLIENT", "wallet": source["wallet"]}))


def test_a_call_belongs_to_contract_calls_alone() -> None:
    call = {"contract": MAINNET_ADDRESS, "method": "pay(uint256)", "args": {}}
    payee = INTENT.payees[0].to_json()
    with refused("/payees/0/call"):
        Intent.from_json(intent(payees=[payee | {"call": call}]))
    with refused("/payees/0/call"):
        Intent.from_json(intent(kind="CONTRACT_CALL"))
    Intent.from_json(intent(kind="CONTRACT_CALL", payees=[payee | {"call": call}]))


def test_needs_a_payee() -> None:
    with refused("/payees"):
        Intent.from_json(intent(payees=[]))


def test_keeps_the_order_of_payees() -> None:
    payee = INTENT.payees[0].to_json()
    payees = [payee | {"amount": "2"}, payee | {"amount": "1"}, payee | {"amount": "2"}]
    assert [item.amount for item in Intent.from_json(intent(payees=payees)).payees] == [2, 1, 2]


@pytest.mark.parametrize(
    ("address", "code"),
    [
        (INTENT.payees[0].to.upper(), "bad_field"),
        (INTENT.payees[0].to[:-1] + "7", "bad_address"),
        (MAINNET_ADDRESS, "wrong_network"),
    ],
)
def test_refuses_an_address_in_another_spelling_or_of_another_network(address: str, code: str) -> None:
    payee = INTENT.payees[0].to_json() | {"to": address}
    with refused("/payees/0/to", code):
        Intent.from_json(intent(payees=[payee]))


def test_refuses_an_unknown_chain() -> None:
    with refused("/payees/0/to", "unknown_chain"):
        Intent.from_json(intent(asset="solana:5eykt4usfv8p8njdtrepy1vzqkqzkvdp/slip44:501"))


def test_accepts_addresses_of_the_main_network_with_its_asset() -> None:
    payee = INTENT.payees[0].to_json() | {"to": MAINNET_ADDRESS}
    assert Intent.from_json(intent(asset=MAINNET, payees=[payee])).payees[0].to == MAINNET_ADDRESS


@pytest.mark.parametrize("amount", ["01", "-1", "1.0", "1e3", "", " 1", "1" * 79, 1])
def test_refuses_every_other_spelling_of_an_amount(amount: object) -> None:
    with refused("/fee/max", "bad_amount"):
        Intent.from_json(intent(fee={"max": amount}))


@pytest.mark.parametrize(
    "at", ["2026-11-24T09:00:00+00:00", "2026-11-24T09:00:00.0Z", "2026-02-30T09:00:00Z", "2026-11-24", 1]
)
def test_refuses_every_other_spelling_of_a_time(at: object) -> None:
    with refused("/expires_at"):
        Intent.from_json(intent(expires_at=at))


def test_refuses_a_reason_outside_the_list() -> None:
    with refused("/reason/code"):
        Intent.from_json(intent(reason={"code": "BECAUSE", "ref": DEAL}))


@pytest.mark.parametrize("maker", ["xyz_01KAJ8Q0000000000000000001", "per_01KAJ8Q000000000000000000", "per_"])
def test_refuses_an_id_of_no_kind(maker: str) -> None:
    with pytest.raises(InvalidInputError, match="not an id"):
        Intent.from_json(intent(maker=maker))
