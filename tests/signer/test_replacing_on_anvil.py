"""A stuck account before a real node: a replacement, or a cancellation, is mined and what follows goes on."""

from collections.abc import Iterator
from typing import Any

import pytest

from custody.chains.evm.signed import finalize
from custody.statements.intent import Fee
from custody.statements.request import Request
from tests.chains.evm import anvil
from tests.chains.evm.anvil import Anvil
from tests.chains.evm.examples import PAYEE
from tests.harness.live import CACHE
from tests.signer.accounts import CANCELLING, ETHER, FEE, PRICE, Accounts
from tests.signer.house import HOUSE_QUORUM
from tests.signer.test_evm import signed

GWEI = 10**9
DEARER: dict[str, Any] = {"max_fee_per_gas": 4 * PRICE, "max_priority_fee_per_gas": 4 * GWEI}


@pytest.fixture
def node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Anvil]:
    """It mines when it is told to."""
    with anvil.running(tmp_path_factory.mktemp("anvil"), cache=CACHE) as running:
        running.call("evm_setAutomine", False)
        yield running


@pytest.fixture
def accounts(accounts: Accounts, node: Anvil) -> Accounts:
    accounts.enact_policy(HOUSE_QUORUM, CANCELLING)
    node.call("anvil_setBalance", accounts.evm_address(), hex(10 * ETHER))
    node.call("anvil_setNonce", accounts.evm_address(), hex(7))
    return accounts


def send(node: Anvil, accounts: Accounts, request: Request, **fields: Any) -> str:
    """Have it signed and sent; its hash."""
    (made,) = signed(accounts, request).signatures
    sent = finalize(
        accounts.transaction(**fields),
        signature=bytes.fromhex(made.signature),
        public_key=accounts.public_key(),
    )
    assert node.call("eth_sendRawTransaction", f"0x{sent.raw.hex()}") == f"0x{sent.hash}"
    return f"0x{sent.hash}"


def mined(node: Anvil, *hashes: str, base_fee: int) -> list[bool]:
    """Which of them a next block at this base fee has taken."""
    node.call("anvil_setNextBlockBaseFeePerGas", hex(base_fee))
    node.call("anvil_mine", "0x1")
    return [node.call("eth_getTransactionReceipt", hash_) is not None for hash_ in hashes]


def balance(node: Anvil) -> int:
    return int(node.call("eth_getBalance", PAYEE, "latest"), 16)


def go_on(node: Anvil, accounts: Accounts) -> None:
    """The next payment of the account, an ether too, is mined."""
    intent = accounts.wanted(fee=Fee(max=4 * FEE))
    following = send(node, accounts, accounts.pay(intent, nonce=8, **DEARER), nonce=8, **DEARER)
    assert mined(node, following, base_fee=2 * PRICE) == [True]


def test_a_replacement_is_mined_instead(node: Anvil, accounts: Accounts) -> None:
    before = balance(node)
    intent = accounts.wanted(fee=Fee(max=4 * FEE))
    first = send(node, accounts, accounts.pay(intent))
    assert mined(node, first, base_fee=2 * PRICE) == [False]
    second = send(node, accounts, accounts.pay(intent, **DEARER), **DEARER)
    assert mined(node, first, second, base_fee=2 * PRICE) == [False, True]
    assert balance(node) - before == ETHER
    go_on(node, accounts)
    assert balance(node) - before == 2 * ETHER


def test_a_cancellation_is_mined_instead(node: Anvil, accounts: Accounts) -> None:
    before = balance(node)
    intent = accounts.wanted(fee=Fee(max=FEE))
    first = send(node, accounts, accounts.pay(intent))
    assert mined(node, first, base_fee=2 * PRICE) == [False]
    nothing = {"to": accounts.evm_address(), "value": 0, **DEARER}
    stop = send(node, accounts, accounts.pay(accounts.cancelling(intent), **nothing), **nothing)
    assert mined(node, first, stop, base_fee=2 * PRICE) == [False, True]
    assert balance(node) == before
    go_on(node, accounts)
    assert balance(node) - before == ETHER
