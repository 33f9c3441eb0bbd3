"""Signed Ethereum transactions: put together from a signature made elsewhere, and read back.

``decode_signed`` shares nothing with the way the bytes were made but the checks of the fields, and
says who signed: it is the second look at what is about to be sent.
"""

from dataclasses import dataclass
from typing import Any

import rlp
from coincurve import PublicKey
from eth_utils.crypto import keccak

from custody.chains.bitcoin.keys import has_low_s, low_s
from custody.chains.evm.address import address_of_key, write_address
from custody.chains.evm.transaction import FEE_MARKET, LEGACY, UnsignedTransaction, check_type
from custody.common.errors import InvalidInputError

# A list of 56 bytes or fewer starts with 0xc0: below are the types of EIP-2718.
FIRST_LIST_BYTE = 0xC0
# EIP-155: v = 35 + 2 x chain id + parity of the y coordinate.
PROTECTED_V = 35
LEGACY_FIELDS = ("nonce", "gas_price", "gas", "to", "value", "data", "v", "r", "s")
FEE_MARKET_FIELDS = (
    "chain_id", "nonce", "max_priority_fee_per_gas", "max_fee_per_gas", "gas", "to", "value", "data",
    "access_list", "v", "r", "s",
)  # fmt: skip
_NUMBERS = ("nonce", "gas", "value", "gas_price", "max_fee_per_gas", "max_priority_fee_per_gas")


@dataclass(frozen=True, kw_only=True)
class SignedTransaction:
    """A transaction with its signature r || s (low S) and the address whose key made it."""

    transaction: UnsignedTransaction
    signature: bytes
    parity: int
    sender: str

    @property
    def raw(self) -> bytes:
        """Bytes as nodes take them."""
        transaction = self.transaction
        r, s = (int.from_bytes(part, "big") for part in (self.signature[:32], self.signature[32:]))
        if transaction.type == LEGACY:
            v = PROTECTED_V + 2 * transaction.chain_id + self.parity
            return bytes(rlp.encode([*transaction.body, v, r, s]))
        return bytes([transaction.type]) + bytes(rlp.encode([*transaction.body, self.parity, r, s]))

    @property
    def hash(self) -> str:
        """The transaction's id, 64 hex digits."""
        return str(keccak(self.raw).hex())


def finalize(
    transaction: UnsignedTransaction, *, signature: bytes, public_key: bytes, field: str = "/signature"
) -> SignedTransaction:
    """Join a transaction and a signature r || s over its digest by this key of 33 or 65 bytes.

    S is made low (EIP-2). Raises InvalidInputError when the signature is not the key's.
    """
    sender = address_of_key(public_key)
    normal = low_s(signature) if len(signature) == 64 else b""
    parity = parity_of(transaction.digest, signature=normal, signer=sender, field=field)
    return SignedTransaction(transaction=transaction, signature=normal, parity=parity, sender=sender)


def parity_of(digest: bytes, *, signature: bytes, signer: str, field: str = "/signature") -> int:
    """Return the parity with which r || s (low S) over ``digest`` leads to the address ``signer``.

    Raises InvalidInputError when the signature is not that account's.
    """
    for parity in (0, 1):
        if _recover(digest, signature, parity) == signer:
            return parity
    raise InvalidInputError("signature is not the key's", code="evm_signature_invalid", field=field)


def decode_signed(raw: bytes) -> SignedTransaction:
    """Read a raw transaction back into the very fields it was made of, and find its sender.

    Raises InvalidInputError for every type and spelling that is not written here, for a high S and
    for a signature without replay protection.
    """
    kind = LEGACY if raw[:1] >= bytes([FIRST_LIST_BYTE]) else raw[0] if raw else FEE_MARKET
    check_type(kind)
    values = _read_list(raw, kind)
    chain_id, parity = _replay_protection(values, kind)
    transaction = UnsignedTransaction(
        type=kind,
        chain_id=chain_id,
        to=write_address(values["to"]) if values["to"] else None,
        data=values["data"],
        **{name: _number(values[name]) for name in _NUMBERS if name in values},
    )
    signature = values["r"].rjust(32, b"\0") + values["s"].rjust(32, b"\0")
    sender = _recover(transaction.digest, signature, parity)
    if sender is None:
        raise InvalidInputError("signature is not valid", code="evm_signature_invalid", field="")
    signed = SignedTransaction(transaction=transaction, signature=signature, parity=parity, sender=sender)
    if signed.raw != raw:
        raise InvalidInputError("not the one spelling of the transaction", code="evm_not_canonical", field="")
    return signed


def _read_list(raw: bytes, kind: int) -> dict[str, bytes]:
    names = LEGACY_FIELDS if kind == LEGACY else FEE_MARKET_FIELDS
    try:
        items: Any = rlp.decode(raw if kind == LEGACY else raw[1:])
    except (rlp.exceptions.DecodingError, RecursionError):
        raise InvalidInputError("not a list in RLP", code="evm_malformed", field="") from None
    if not isinstance(items, list) or len(items) != len(names):
        raise InvalidInputError("number of fields is wrong", code="evm_malformed", field="")
    values = dict(zip(names, items, strict=True))
    if values.pop("access_list", []) != []:
        raise InvalidInputError("access list is not empty", code="evm_access_list", field="/access_list")
    for name, value in values.items():
        if not isinstance(value, bytes):
            raise InvalidInputError("not a string of bytes", code="evm_malformed", field=f"/{name}")
    return values


def _replay_protection(values: dict[str, bytes], kind: int) -> tuple[int, int]:
    """Chain id and parity of the y coordinate."""
    v = _number(values["v"])
    if kind == FEE_MARKET:
        return _number(values["chain_id"]), v
    if v < PROTECTED_V + 2:
        raise InvalidInputError("valid on every chain", code="evm_no_replay_protection", field="/v")
    return (v - PROTECTED_V) // 2, (v - PROTECTED_V) % 2


def _number(data: bytes) -> int:
    return int.from_bytes(data, "big")


def _recover(digest: bytes, signature: bytes, parity: int) -> str | None:
    """Address whose key made r || s with this parity, or None; a high S is nobody's (EIP-2)."""
    if parity not in {0, 1} or not has_low_s(signature):
        return None
    try:
        key = PublicKey.from_signature_and_message(signature + bytes([parity]), digest, hasher=None)
    except ValueError:
        return None
    return address_of_key(key.format())
