"""A request of every kind, each well-formed and none of them meant to be granted."""

from typing import Any

from custody.statements.address import AddressPayload
from custody.statements.block import BlockPayload
from custody.statements.certificate_request import CsrPayload
from custody.statements.checkpoint import SignedCheckpoint
from custody.statements.evm import EvmTxPayload, SafeTxPayload
from custody.statements.one_time import DestroyKeyPayload, MakeKeyPayload
from custody.statements.request import Request
from custody.statements.trust import ApprovedTrustDocument
from tests.statements import examples

WALLET = "wal_01KAJ8S0000000000000000001"
NOBODY = "0x" + "11" * 20
MANDATE: Any = examples.DOCUMENTS["trust mandate"]


def _keyed(kind: Any, payload: Any, **parts: Any) -> Request:
    return Request(
        id=examples.REQUEST, instance=examples.INSTANCE, kind=kind, key=examples.KEY, payload=payload, **parts
    )


def _keyless(kind: Any, **parts: Any) -> Request:
    return Request(id=examples.REQUEST, instance=examples.INSTANCE, kind=kind, **parts)


HEAD = SignedCheckpoint(
    checkpoint=examples.CHECKPOINT, public_key=examples.TERMS.keys.mediator, signature="ab" * 64
)
REQUESTS: dict[str, Request] = {
    item.kind: item
    for item in (
        examples.SPEND_REQUEST,
        examples.TERMS_REQUEST,
        examples.KEY_PROOF_REQUEST,
        examples.SEAL_REQUEST,
        examples.CHECKPOINT_REQUEST,
        _keyed(
            "EVM_TX",
            EvmTxPayload(type=2, chain_id=1, nonce=0, to=NOBODY, value=1, gas=21_000, max_fee_per_gas=9),
            intent=examples.INTENT,
        ),
        _keyed("SAFE_TX", SafeTxPayload(typed_data="e30="), intent=examples.INTENT),
        _keyless(
            "TRUST",
            documents=(ApprovedTrustDocument(document=MANDATE, approvals=(examples.APPROVAL,)),),
        ),
        _keyed("ADDRESS", AddressPayload(wallet=WALLET, index=3)),
        _keyed("BLOCK", BlockPayload(header="00" * 80, transactions=("00",), previous=(), height=7, round=2)),
        _keyed("CSR", CsrPayload(certification_request_info="MTIz")),
        _keyed("CRITICAL", examples.CRITICAL),
        _keyless("KEY_MAKE", payload=MakeKeyPayload(wallet=WALLET, index=4, ref=examples.DEAL)),
        _keyed("KEY_DESTROY", DestroyKeyPayload(ref=examples.DEAL)),
        _keyless("HEAD", payload=HEAD),
    )
}
