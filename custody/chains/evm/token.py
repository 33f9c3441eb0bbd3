"""Payments in tokens: the one call by which an ERC-20 contract moves the caller's own balance."""

from custody.chains.evm.abi import SELECTOR_SIZE, decode_call, encode_call, read_method, selector_of

TRANSFER = read_method("transfer(address,uint256)", names=("to", "amount"))
# Whoever calls one of these moves tokens, under whatever name the contract stands in a registry.
_MOVES = frozenset({TRANSFER.selector, selector_of("transferFrom(address,address,uint256)")})


def decode_transfer(data: bytes, *, field: str = "/data") -> tuple[str, int]:
    """Return payee and amount (base units of the token); raises InvalidInputError like ``decode_call``."""
    args = decode_call(TRANSFER, data, field=field)
    return args["to"], int(args["amount"])


def encode_transfer(*, to: str, amount: int) -> bytes:
    """Call data that pays ``amount`` base units of the token."""
    return encode_call(TRANSFER, {"to": to, "amount": str(amount)})


def moves_tokens(data: bytes) -> bool:
    """True for the call data of a payment in tokens."""
    return data[:SELECTOR_SIZE] in _MOVES
