"""PSBTs (BIP174): decode strictly, compare, sign, combine; build and finalize P2WPKH and 2-of-3 P2WSH.

Relies on embit for writing and for BIP143 digests, on libsecp256k1 for signatures, and on our own
strict reader for everything that comes from outside.
"""

from custody.chains.bitcoin.psbt.build import (
    Payee,
    Spendable,
    build_payout,
    build_spend,
    estimated_vsize,
)
from custody.chains.bitcoin.psbt.compare import AlteredError, check_same_transaction, same_transaction
from custody.chains.bitcoin.psbt.decode import decode
from custody.chains.bitcoin.psbt.guard import Guard, InputKind
from custody.chains.bitcoin.psbt.sign import (
    InputSignature,
    add_signature,
    add_signatures,
    combine,
    finalize,
    is_complete,
    signatures_of,
)
from custody.chains.bitcoin.psbt.spend import (
    DecodedSpend,
    PartialSignature,
    SpendInput,
    SpendOutput,
    digests,
)

__all__ = [
    "AlteredError",
    "DecodedSpend",
    "Guard",
    "InputKind",
    "InputSignature",
    "PartialSignature",
    "Payee",
    "SpendInput",
    "SpendOutput",
    "Spendable",
    "add_signature",
    "add_signatures",
    "build_payout",
    "build_spend",
    "check_same_transaction",
    "combine",
    "decode",
    "digests",
    "estimated_vsize",
    "finalize",
    "is_complete",
    "same_transaction",
    "signatures_of",
]
