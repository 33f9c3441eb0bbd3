"""All kinds the signer knows: adding one is a file and a line."""

from typing import Any

from custody.hsm.signer.kinds.address import ADDRESS
from custody.hsm.signer.kinds.block import BLOCK
from custody.hsm.signer.kinds.btc_spend import BTC_SPEND
from custody.hsm.signer.kinds.checkpoint import CHECKPOINT
from custody.hsm.signer.kinds.cms_seal import CMS_SEAL
from custody.hsm.signer.kinds.critical import CRITICAL
from custody.hsm.signer.kinds.csr import CSR
from custody.hsm.signer.kinds.evm_tx import EVM_TX
from custody.hsm.signer.kinds.head import HEAD
from custody.hsm.signer.kinds.key_destroy import KEY_DESTROY
from custody.hsm.signer.kinds.key_make import KEY_MAKE
from custody.hsm.signer.kinds.key_proof import KEY_PROOF
from custody.hsm.signer.kinds.kind import Kind
from custody.hsm.signer.kinds.safe_tx import SAFE_TX
from custody.hsm.signer.kinds.terms import TERMS
from custody.hsm.signer.kinds.trust import TRUST

KINDS: dict[str, Kind[Any]] = {
    kind.name: kind
    for kind in (
        BTC_SPEND,
        EVM_TX,
        SAFE_TX,
        KEY_PROOF,
        TERMS,
        TRUST,
        CMS_SEAL,
        CHECKPOINT,
        ADDRESS,
        BLOCK,
        CSR,
        CRITICAL,
        KEY_MAKE,
        KEY_DESTROY,
        HEAD,
    )  # fmt: skip
}
