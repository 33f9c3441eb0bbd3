"""What is carried as bytes of another form, opened: the plain values that stand in them.

Every value comes from the very bytes that are judged and signed, by the readers that the rules use;
raises InvalidInputError or Refusal for what they cannot read.
"""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from custody.chains.bitcoin.block.proposal import from_hex
from custody.chains.bitcoin.transaction import parse_transaction
from custody.chains.evm.token import decode_transfer
from custody.common import clock
from custody.common.errors import InvalidInputError
from custody.hsm.signer.kinds.block import BlockCase
from custody.hsm.signer.kinds.cms_seal import SealCase
from custody.hsm.signer.kinds.csr import CsrCase
from custody.hsm.signer.kinds.evm_case import EvmCase
from custody.hsm.signer.kinds.safe_case import SafeCase
from custody.statements.request import Request


def _transaction(request: Request, at: datetime) -> dict[str, Any]:
    """A call of an account, with the payment in tokens that it may be."""
    transaction = EvmCase(request, at).transaction
    return _plain_payload(request) | _token(transaction.data)


def _safe(request: Request, at: datetime) -> dict[str, Any]:
    """A plain call out of a Safe: all that its typed data may say besides zeros."""
    safe_tx = SafeCase(request, at).safe_tx
    return {
        "chain": safe_tx.chain,
        "safe": safe_tx.safe,
        "nonce": safe_tx.nonce,
        "to": safe_tx.to,
        "value": str(safe_tx.value),
        **({"data": safe_tx.data.hex()} if safe_tx.data else {}),
        **_token(safe_tx.data),
    }


def _token(data: bytes) -> dict[str, Any]:
    """Whom a call of this data pays in tokens, by whatever contract; nothing for other calls."""
    try:
        to, amount = decode_transfer(data)
    except InvalidInputError:
        return {}
    return {"token": {"to": to, "amount": str(amount)}}


def _seal(request: Request, at: datetime) -> dict[str, Any]:
    """Every signed attribute: what is sealed is the message digest among them."""
    case = SealCase(request, at)
    attributes = {name: plain(value.native) for name, value in case.attributes.items()}
    return {"certificate": case.payload.certificate, "signed_attributes": attributes}


def _certificate_request(request: Request, at: datetime) -> dict[str, Any]:
    return {"certification_request_info": plain(CsrCase(request, at).info.native)}


def _block(request: Request, at: datetime) -> dict[str, Any]:
    """The header, whom its coinbase pays, and every transaction by its id, which its root proves."""
    case = BlockCase(request, at)
    header = case.block.header
    return _plain_payload(request) | {
        "header": {
            "hash": header.hash,
            "parent": header.parent,
            "merkle_root": header.merkle_root,
            "version": header.version,
            "time": clock.write_time(datetime.fromtimestamp(header.time, tz=UTC)),
            "bits": header.bits,
            "nonce": header.nonce,
        },
        "payees": [{"to": item.address, "amount": str(item.amount)} for item in case.block.payees],
        "transactions": [item.txid for item in case.block.transactions],
        "previous": [_txid(raw, number) for number, raw in enumerate(case.payload.previous)],
    }


def _txid(raw: str, number: int) -> str:
    field = f"/payload/previous/{number}"
    return parse_transaction(from_hex(raw, field=field), field=field).txid


def _plain_payload(request: Request) -> dict[str, Any]:
    return request.payload.to_json() if request.payload else {}


Opener = Callable[[Request, datetime], dict[str, Any]]
OPENERS: Mapping[str, Opener] = {
    "EVM_TX": _transaction,
    "SAFE_TX": _safe,
    "CMS_SEAL": _seal,
    "CSR": _certificate_request,
    "BLOCK": _block,
}


def opened(request: Request, *, at: datetime) -> dict[str, Any]:
    """The payload field by field, its bytes opened."""
    opener = OPENERS.get(request.kind)
    return opener(request, at) if opener else _plain_payload(request)


def plain(value: Any) -> Any:  # noqa: ANN401 - whatever a DER reader gives
    """As JSON would say it: bytes in hex, times and other things as text; what is absent is left out."""
    match value:
        case dict():
            return {str(name): plain(item) for name, item in value.items() if item is not None}
        case list() | tuple():
            return [plain(item) for item in value]
        case set() | frozenset():
            return sorted(map(str, value))
        case bytes():
            return value.hex()
        case bool() | int() | str():
            return value
        case _:
            return str(value)
