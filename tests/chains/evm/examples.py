"""A transfer of each kind, a Safe payment and a test account, to alter one thing at a time."""

from typing import Any

from coincurve import PrivateKey

from custody.chains.evm.safe import SafeTx
from custody.chains.evm.signed import SignedTransaction, finalize
from custody.chains.evm.transaction import UnsignedTransaction

CHAIN = "eip155:31337"
PAYEE = "0x3535353535353535353535353535353535353535"
TOKEN = "0x095e7baea6a6c7c4c2dfeb977efac326af552d87"
SAFE = "0x111ceeee040739fd91d29c34c33e6b3e112f2177"

# The key and account of the example in EIP-155.
KEY = PrivateKey(b"\x46" * 32)
PUBLIC_KEY = KEY.public_key.format()
ACCOUNT = "0x9d8a62f656a8d1615c1294fd71e9cfb3e4855a4f"

LEGACY: dict[str, Any] = {
    "type": 0,
    "chain_id": 1,
    "nonce": 9,
    "to": PAYEE,
    "value": 10**18,
    "gas": 21_000,
    "gas_price": 20 * 10**9,
}
FEE_MARKET: dict[str, Any] = {
    "type": 2,
    "chain_id": 31337,
    "nonce": 7,
    "to": PAYEE,
    "value": 10**17,
    "gas": 60_000,
    "max_fee_per_gas": 5 * 10**9,
    "max_priority_fee_per_gas": 10**9,
    "data": bytes.fromhex("deadbeef"),
}
SAFE_TX = SafeTx(chain_id=31337, safe=SAFE, to=PAYEE, value=10**17, nonce=3, data=b"\xde\xad")


def legacy(**changes: Any) -> UnsignedTransaction:
    """The example of EIP-155 with other fields."""
    return UnsignedTransaction(**LEGACY | changes)


def fee_market(**changes: Any) -> UnsignedTransaction:
    """A payment under EIP-1559 with other fields."""
    return UnsignedTransaction(**FEE_MARKET | changes)


def sign(transaction: UnsignedTransaction, key: PrivateKey = KEY) -> SignedTransaction:
    """Sign deterministically (RFC 6979), as the published vectors are."""
    return finalize(transaction, signature=signature(transaction, key), public_key=key.public_key.format())


def signature(transaction: UnsignedTransaction, key: PrivateKey = KEY) -> bytes:
    """r || s over the transaction's digest."""
    return key.sign_recoverable(transaction.digest, hasher=None)[:64]
