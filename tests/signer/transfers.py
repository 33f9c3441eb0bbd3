"""Many transfers of the house, for measurements: each spends a coin of its own."""

from collections.abc import Iterator

from custody.chains.bitcoin.address import script_of
from custody.chains.bitcoin.transaction import Transaction, TxInput, TxOutput
from tests.harness.bitcoin import REGTEST
from tests.signer.bench import Bench
from tests.signer.genesis import APPROVER, OTHER_APPROVER, PASSKEYS, TREASURER
from tests.signer.house import House


def many_transfers(bench: Bench, count: int, *, by_passkey: bool = False) -> Iterator[tuple[str, bytes]]:
    """Id and bytes of ``count`` requests, each approved by two, with console keys or with passkeys."""
    house = House(bench)
    script = script_of(house.address(), REGTEST)
    for number in range(count):
        spent = TxInput(f"{number:064x}", 0, b"", 0xFFFFFFFF)
        coins = Transaction(2, (spent,), (TxOutput(1_000_000, script),), 0)
        intent = house.intent()
        maker = house.officers.approval(intent, TREASURER)
        if by_passkey:
            others = tuple(house.officers.passkey_approval(intent, who) for who in PASSKEYS)
        else:
            others = house.officers.approvals(intent, (APPROVER, OTHER_APPROVER))
        psbt = house.psbt(intent.payees, coins=coins)
        request = house.transfer(intent, approvals=(maker, *others), psbt=psbt)
        yield request.id, request.to_bytes()
