"""Calls that hand over rights: each by its published selector."""

import pytest

from custody.chains.evm.abi import selector_of
from custody.chains.evm.denied import METHODS, PERMIT2, denied
from tests.chains.evm.examples import PAYEE, TOKEN

# As published by the 4-byte directories and the contracts' own sources.
SELECTORS = {
    "approve(address,uint256)": "095ea7b3",
    "increaseAllowance(address,uint256)": "39509351",
    "increaseApproval(address,uint256)": "d73dd623",
    "approveAndCall(address,uint256,bytes)": "cae9ca51",
    "setApprovalForAll(address,bool)": "a22cb465",
    "authorizeOperator(address)": "959b8c3f",
    "permit(address,address,uint256,uint256,uint8,bytes32,bytes32)": "d505accf",
    "permit(address,address,uint256,uint256,bool,uint8,bytes32,bytes32)": "8fcbaf0c",
    "approve(address,address,uint160,uint48)": "87517c45",
    "permit(address,((address,uint160,uint48,uint48),address,uint256),bytes)": "2b67b570",
    "permit(address,((address,uint160,uint48,uint48)[],address,uint256),bytes)": "2a2d80d1",
    "permitTransferFrom(((address,uint256),uint256,uint256),(address,uint256),address,bytes)": "30f28b7a",
    "multiSend(bytes)": "8d80ff0a",
    "multicall(bytes[])": "ac9650d8",
    "multicall(uint256,bytes[])": "5ae401dc",
    "execTransactionFromModule(address,uint256,bytes,uint8)": "468721a7",
    "enableModule(address)": "610b5925",
    "setGuard(address)": "e19a9dd9",
    "setFallbackHandler(address)": "f08a0323",
    "simulateAndRevert(address,bytes)": "b4faba09",
    "upgradeTo(address)": "3659cfe6",
    "upgradeToAndCall(address,bytes)": "4f1ef286",
    "upgrade(address,address)": "99a88ec4",
    "upgradeAndCall(address,address,bytes)": "9623609d",
    "changeAdmin(address)": "8f283970",
    "changeMasterCopy(address)": "7de7edef",
    "diamondCut((address,uint8,bytes4[])[],address,bytes)": "1f931c1c",
}


@pytest.mark.parametrize(("method", "selector"), SELECTORS.items())
def test_selectors_as_published(method: str, selector: str) -> None:
    assert denied(to=TOKEN, data=bytes.fromhex(selector)) == METHODS[method]


@pytest.mark.parametrize(("method", "code"), METHODS.items())
def test_denies_whatever_follows_the_selector(method: str, code: str) -> None:
    assert denied(to=TOKEN, data=selector_of(method)) == code
    assert denied(to=TOKEN, data=selector_of(method) + b"\xff" * 64) == code


@pytest.mark.parametrize(
    ("method", "code"),
    [
        ("approve(address,uint256)", "call_allowance"),
        ("setApprovalForAll(address,bool)", "call_allowance"),
        ("permit(address,address,uint256,uint256,uint8,bytes32,bytes32)", "call_permit"),
        ("approve(address,address,uint160,uint48)", "call_permit"),
        ("multiSend(bytes)", "call_delegates"),
        ("upgradeTo(address)", "call_upgrade"),
    ],
)
def test_names_what_is_handed_over(method: str, code: str) -> None:
    assert METHODS[method] == code


def test_denies_every_call_of_permit2() -> None:
    transfer_from = selector_of("transferFrom(address,address,uint160,address)")
    assert denied(to=PERMIT2, data=transfer_from) == "call_permit"
    assert denied(to=PERMIT2, data=b"") == "call_permit"


@pytest.mark.parametrize(
    "data", [b"", b"\x09\x5e\xa7", selector_of("transfer(address,uint256)"), selector_of("deposit()")]
)
def test_leaves_payments_alone(data: bytes) -> None:
    assert denied(to=PAYEE, data=data) is None
