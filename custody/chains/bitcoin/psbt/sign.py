"""Adding signatures made elsewhere, joining PSBTs of one transaction, and making the final bytes.

Signing itself never happens here: signatures come from the token, from parties or from tests.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from custody.chains.bitcoin.keys import low_s, to_script_form, verify
from custody.chains.bitcoin.psbt.compare import check_same_transaction
from custody.chains.bitcoin.psbt.decode import decode
from custody.chains.bitcoin.psbt.fields import PARTIAL_SIGNATURE
from custody.chains.bitcoin.psbt.guard import InputKind
from custody.chains.bitcoin.psbt.spend import POINTER, DecodedSpend, SpendInput, check_signable, digests
from custody.chains.bitcoin.psbt.wire import from_base64, read_maps, to_base64
from custody.chains.bitcoin.transaction import Transaction, TxInput
from custody.common.errors import InvalidInputError


@dataclass(frozen=True)
class InputSignature:
    """A signature r || s for one input by one key of its script."""

    input: int
    public_key: bytes
    signature: bytes


def signatures_of(spend: DecodedSpend) -> tuple[InputSignature, ...]:
    """All signatures a decoded PSBT carries, in the order of inputs and script keys."""
    return tuple(
        InputSignature(index, entry.public_key, entry.signature)
        for index, item in enumerate(spend.inputs)
        for entry in item.partial_signatures
    )


def add_signature(psbt: str, *, chain: str, signature: InputSignature, field: str = POINTER) -> str:
    """Return the PSBT with one more signature, S made low; it must verify for its key and input."""
    return add_signatures(psbt, chain=chain, signatures=(signature,), field=field)


def add_signatures(
    psbt: str, *, chain: str, signatures: Sequence[InputSignature], field: str = POINTER
) -> str:
    """Return the PSBT with more signatures; raises InvalidInputError naming the first that is bad.

    A key that has signed already keeps its first signature: both are equally valid.
    """
    spend = decode(psbt, chain=chain, field=field)
    hashes = digests(spend, field=field)
    maps = read_maps(from_base64(psbt, field=field), field=field)
    for entry in signatures:
        place = f"{field}/inputs/{entry.input}/signatures/{entry.public_key.hex()}"
        if not 0 <= entry.input < len(spend.inputs):
            raise InvalidInputError("no such input", code="psbt_signature_invalid", field=place)
        normal = _checked(entry, spend.inputs[entry.input], hashes[entry.input], field=place)
        key = bytes([PARTIAL_SIGNATURE]) + entry.public_key
        maps.inputs[entry.input].setdefault(key, to_script_form(normal))
    return to_base64(maps)


def _checked(entry: InputSignature, item: SpendInput, digest: bytes, *, field: str) -> bytes:
    if not item.may_sign(entry.public_key):
        raise InvalidInputError("key is not in the script", code="psbt_foreign_key", field=field)
    signature = low_s(entry.signature)
    if not verify(public_key=entry.public_key, digest=digest, signature=signature):
        raise InvalidInputError("does not verify", code="psbt_signature_invalid", field=field)
    return signature


def combine(psbt: str, others: Sequence[str], *, chain: str) -> str:
    """Join the signatures of PSBTs of the very same transaction (BIP174 combiner)."""
    expected = decode(psbt, chain=chain)
    for index, other in enumerate(others):
        given = decode(other, chain=chain, field=f"others/{index}")
        check_same_transaction(expected, given, field=f"others/{index}")
        psbt = add_signatures(psbt, chain=chain, signatures=signatures_of(given))
    return psbt


def is_complete(spend: DecodedSpend) -> bool:
    """True when each input has as many signatures as it asks for; never with a miniscript among them."""
    return all(
        item.guard.required is not None and len(item.partial_signatures) >= item.guard.required
        for item in spend.inputs
    )


def finalize(psbt: str, *, chain: str) -> Transaction:
    """Return the transaction with complete witnesses.

    Raises InvalidInputError ``psbt_incomplete`` while a signature is missing, ``no_schnorr_backend``
    for P2TR, and ``psbt_no_finalizer`` for a miniscript: which path is taken, with what preimages, is
    known to its application alone.
    """
    spend = decode(psbt, chain=chain)
    check_signable(spend, field=POINTER)
    for index, item in enumerate(spend.inputs):
        if item.kind is InputKind.P2WSH_MINISCRIPT:
            place = f"{POINTER}/inputs/{index}"
            raise InvalidInputError("its witness is not made here", code="psbt_no_finalizer", field=place)
    if not is_complete(spend):
        raise InvalidInputError("signatures are missing", code="psbt_incomplete", field=POINTER)
    unsigned = spend.unsigned
    inputs = tuple(TxInput(item.txid, item.vout, b"", item.sequence, _witness(item)) for item in spend.inputs)
    return Transaction(unsigned.version, inputs, unsigned.outputs, unsigned.locktime)


def _witness(item: SpendInput) -> tuple[bytes, ...]:
    """P2WPKH: signature and key. Multisig: CHECKMULTISIG takes signatures in the order of the keys,
    behind the empty element of its off-by-one (BIP147)."""
    chosen = item.partial_signatures[: item.guard.required]
    signatures = [to_script_form(entry.signature) for entry in chosen]
    if item.kind is InputKind.P2WPKH:
        return (*signatures, chosen[0].public_key)
    return (b"", *signatures, item.witness_script)
