"""Kinds of inputs: what each says, what its signature covers, and what is refused of it."""

from contextlib import suppress
from dataclasses import replace

import pytest
from embit.hashes import hash160
from hypothesis import given
from hypothesis import strategies as st

from custody.chains.bitcoin.psbt import (
    DecodedSpend,
    Guard,
    InputKind,
    InputSignature,
    SpendInput,
    add_signature,
    decode,
    digests,
    finalize,
    is_complete,
)
from custody.chains.bitcoin.psbt.wire import Map
from custody.chains.bitcoin.script import p2wpkh_script
from custody.chains.bitcoin.transaction import parse_transaction
from custody.common.errors import InvalidInputError
from tests.chains import psbts
from tests.chains.miniscripts import compiled
from tests.chains.test_transaction import BIP143
from tests.harness.bitcoin import REGTEST, escrow_script, is_valid_spend, private_key, public_key, sign

KEY = public_key("house")
KEY_HASH = bytes(hash160(KEY))
P2WPKH = p2wpkh_script(KEY)
P2TR = b"\x51\x20" + KEY[1:]
# The key holder, or after ten blocks whoever has the key behind the hash.
HEIR = bytes(hash160(public_key("heir")))
TEXT = f"or_d(pk({KEY.hex()}),and_v(v:pkh({HEIR.hex()}),older(10)))"
SCRIPT = compiled(TEXT)
PLACE = "/payload/psbt/inputs/0"


def guard_of(psbt: str) -> Guard:
    return decode(psbt, chain=REGTEST).inputs[0].guard


def signature_by(name: str, psbt: str, *, index: int = 0) -> InputSignature:
    digest = digests(decode(psbt, chain=REGTEST))[index]
    made = private_key(name).sign_recoverable(digest, hasher=None)[:64]
    return InputSignature(index, public_key(name), made)


def test_names_a_single_key_by_its_hash() -> None:
    code = b"\x76\xa9\x14" + KEY_HASH + b"\x88\xac"
    guard = guard_of(psbts.spending((P2WPKH, {})))
    assert guard == Guard(InputKind.P2WPKH, (KEY_HASH,), code, required=1)


def test_names_the_escrow_script_and_its_keys() -> None:
    script = escrow_script()
    keys = tuple(sorted(public_key(name) for name in ("buyer", "merchant", "mediator")))
    guard = guard_of(psbts.spending(psbts.of_script(script)))
    assert guard == Guard(InputKind.P2WSH_MULTISIG, keys, script, 2, script)


def test_names_a_miniscript_and_who_may_sign_in_it() -> None:
    guard = guard_of(psbts.spending(psbts.of_script(SCRIPT)))
    assert guard == Guard(InputKind.P2WSH_MINISCRIPT, (KEY, HEIR), SCRIPT, None, SCRIPT, TEXT)


def test_names_a_taproot_output_with_its_amount() -> None:
    item = decode(psbts.spending((P2TR, {})), chain=REGTEST).inputs[0]
    assert item.guard == Guard(InputKind.P2TR, (KEY[1:],), b"")
    assert (item.amount, item.script_pubkey, item.witness_script) == (100_000, P2TR, b"")


@pytest.mark.parametrize(
    ("spent", "name", "may"),
    [
        ((P2WPKH, {}), "house", True),
        ((P2WPKH, {}), "heir", False),
        (psbts.of_script(SCRIPT), "house", True),
        (psbts.of_script(SCRIPT), "heir", True),
        (psbts.of_script(SCRIPT), "stranger", False),
        (psbts.of_script(escrow_script()), "mediator", True),
        (psbts.of_script(escrow_script()), "house", False),
        ((P2TR, {}), "house", False),
    ],
)
def test_says_whose_signature_an_output_may_ask_for(spent: tuple[bytes, Map], name: str, may: bool) -> None:
    item = decode(psbts.spending(spent), chain=REGTEST).inputs[0]
    assert item.may_sign(public_key(name)) is may


def test_leaves_locktime_and_sequence_readable() -> None:
    spend = decode(psbts.spending(psbts.of_script(SCRIPT), sequence=10, locktime=800_000), chain=REGTEST)
    assert (spend.inputs[0].sequence, spend.locktime) == (10, 800_000)


def vector(raw: str, *, index: int, amount: int, guard: Guard) -> bytes:
    """Digest of one input of a published transaction; its other inputs do not enter but as outpoints."""
    signed = parse_transaction(bytes.fromhex(raw))
    unsigned = replace(signed, inputs=tuple(replace(item, witness=()) for item in signed.inputs))
    inputs = tuple(
        SpendInput(item.txid, item.vout, amount, b"", guard, item.sequence, 1, ()) for item in unsigned.inputs
    )
    spend = DecodedSpend(REGTEST, "", unsigned.version, unsigned.locktime, inputs, (), unsigned)
    return digests(spend)[index]


def test_hashes_a_single_key_input_as_bip143_documents() -> None:
    key = bytes.fromhex("025476c2e83188368da1ff3e292e7acafcdb3566bb0ad253f62fc70f07aeee6357")
    guard = guard_of(psbts.spending((p2wpkh_script(key), {})))
    assert guard.signers[0].hex() == "1d0f172a0ecb48aee1be1f2687d2963ae33f71a1"
    digest = vector(BIP143.hex(), index=1, amount=600_000_000, guard=guard)
    assert digest.hex() == "c37af31116d1b27caf68aae9e3ac82f1477929014d5b917657d0eb49478cb670"


def test_hashes_a_script_input_as_bip143_documents() -> None:
    keys = [
        "0307b8ae49ac90a048e9b53357a2354b3334e9c8bee813ecb98e99a7e07e8c3ba3",
        "03b28f0c28bfab54554ae8c658ac5c3e0ce6e79ad336331f78c428dd43eea8449b",
        "034b8113d703413d57761b8b9781957b8c0ac1dfe69f492580ca4195f50376ba4a",
        "033400f6afecb833092a9a21cfdf1ed1376e58c5d1f47de74683123987e967a8f4",
        "03a6d48b1131e94ba04d9737d61acdaa1322008af9602b3b14862c07a1789aac16",
        "02d8b661b0b3302ee2f162b09e07a55ad5dfbe673a9f01d9f0c19617681024306b",
    ]
    raw = (
        "010000000136641869ca081e70f394c6948e8af409e18b619df2ed74aa106c1ca29787b96e0100000000ffffffff0200e9a435"
        "000000001976a914389ffce9cd9ae88dcc0631e88a821ffdbe9bfe2688acc0832f05000000001976a9147480a33f950689af51"
        "1e6e84c138dbbd3c3ee41588ac00000000"
    )
    guard = guard_of(psbts.spending(psbts.of_script(compiled(f"multi(6,{','.join(keys)})"))))
    digest = vector(raw, index=0, amount=987_654_321, guard=guard)
    assert digest.hex() == "185c0be5263dce5b4bb50a047973c1b6272bfbd0103a89444597dc40b248ee7c"


LIES: dict[str, tuple[tuple[bytes, Map], str, str]] = {
    "P2PKH": ((b"\x76\xa9\x14" + KEY_HASH + b"\x88\xac", {}), "unknown_script", "previous_output"),
    "P2SH": ((b"\xa9\x14" + KEY_HASH + b"\x87", {}), "unknown_script", "previous_output"),
    "P2PK": ((b"\x21" + KEY + b"\xac", {}), "unknown_script", "previous_output"),
    "bare multisig": ((escrow_script(), {}), "unknown_script", "previous_output"),
    "anybody's output": ((b"\x51", {}), "unknown_script", "previous_output"),
    "pay to anchor": ((bytes.fromhex("51024e73"), {}), "unknown_script", "previous_output"),
    "future witness version": ((b"\x52\x20" + KEY[1:], {}), "unknown_script", "previous_output"),
    "witness program of 21 bytes": ((b"\x00\x15" + bytes(21), {}), "unknown_script", "previous_output"),
    "witness script of a single key": ((P2WPKH, {b"\x05": SCRIPT}), "psbt_unknown_field", "05"),
    "redeem script of a single key": ((P2WPKH, {b"\x04": P2WPKH}), "psbt_unknown_field", "04"),
    "single key, final": ((P2WPKH, {b"\x08": b"\x01\x00"}), "psbt_final", ""),
    "taproot, final": ((P2TR, {b"\x08": b"\x01\x00"}), "psbt_final", ""),
    "taproot signature": ((P2TR, {b"\x13": bytes(64)}), "psbt_unknown_field", "13"),
    "taproot script path": ((P2TR, {b"\x15" + bytes(33): b"\x51\xc0"}), "psbt_unknown_field", "15"),
    "ECDSA signature of a taproot output": (
        (P2TR, {b"\x02" + KEY: bytes(71)}),
        "psbt_unknown_field",
        "02",
    ),
    "sighash NONE of a single key": ((P2WPKH, {b"\x03": b"\x02\0\0\0"}), "psbt_sighash", "sighash"),
    "sighash SINGLE of a miniscript": (
        (psbts.of_script(SCRIPT)[0], {b"\x05": SCRIPT, b"\x03": b"\x03\0\0\0"}),
        "psbt_sighash",
        "sighash",
    ),
    "sighash ANYONECANPAY of taproot": ((P2TR, {b"\x03": b"\x81\0\0\0"}), "psbt_sighash", "sighash"),
    "no witness script": ((psbts.of_script(SCRIPT)[0], {}), "psbt_missing_field", "witness_script"),
    "witness script of another output": (
        (psbts.of_script(SCRIPT)[0], {b"\x05": escrow_script()}),
        "psbt_script",
        "witness_script",
    ),
    "a script that anybody can spend": (
        psbts.of_script(compiled(f"t:pk({KEY.hex()})")),
        "unknown_script",
        "witness_script",
    ),
    "the escrow script with one key twice": (
        psbts.of_script(
            b"\x52" + (b"\x21" + KEY) * 2 + b"\x21" + public_key("heir") + b"\x53\xae",
        ),
        "unknown_script",
        "witness_script",
    ),
}


@pytest.mark.parametrize("name", LIES)
def test_refuses(name: str) -> None:
    spent, code, place = LIES[name]
    with pytest.raises(InvalidInputError) as refusal:
        decode(psbts.spending(spent), chain=REGTEST)
    assert (refusal.value.code, refusal.value.field) == (code, f"{PLACE}/{place}".rstrip("/"))


def test_ignores_hints_of_wallets_of_each_kind() -> None:
    plain = psbts.spending((P2WPKH, {}), (P2TR, {}))
    hinted = psbts.with_field(plain, b"\x06" + KEY, bytes(8))
    hinted = psbts.with_field(hinted, b"\x16" + KEY[1:], bytes(9), index=1)
    hinted = psbts.with_field(hinted, b"\x17", KEY[1:], index=1)
    assert decode(hinted, chain=REGTEST) == decode(plain, chain=REGTEST)


def test_refuses_the_signature_of_another_key_for_a_single_key() -> None:
    psbt = psbts.spending((P2WPKH, {}))
    with pytest.raises(InvalidInputError) as refusal:
        add_signature(psbt, chain=REGTEST, signature=signature_by("heir", psbt))
    assert refusal.value.code == "psbt_foreign_key"


def test_refuses_a_signature_over_another_amount() -> None:
    """The digest covers the amount: a lie about it makes a signature that no node takes."""
    psbt = psbts.spending((P2WPKH, {}))
    entry = signature_by("house", psbt)
    broken = replace(entry, signature=entry.signature[:-1] + bytes([entry.signature[-1] ^ 1]))
    with pytest.raises(InvalidInputError) as refusal:
        add_signature(psbt, chain=REGTEST, signature=broken)
    assert refusal.value.code == "psbt_signature_invalid"


@pytest.mark.parametrize("beside", [(), ((P2WPKH, {}),)])
def test_makes_no_digest_and_takes_no_signature_with_taproot(beside: tuple[tuple[bytes, Map], ...]) -> None:
    psbt = psbts.spending(*beside, (P2TR, {}))
    spend = decode(psbt, chain=REGTEST)
    with pytest.raises(InvalidInputError) as refusal:
        digests(spend)
    place = f"/payload/psbt/inputs/{len(beside)}"
    assert (refusal.value.code, refusal.value.field) == ("no_schnorr_backend", place)
    with pytest.raises(InvalidInputError) as refusal:
        add_signature(psbt, chain=REGTEST, signature=InputSignature(0, KEY, bytes(64)))
    assert refusal.value.code == "no_schnorr_backend"
    assert not is_complete(spend)
    with pytest.raises(InvalidInputError) as refusal:
        finalize(psbt, chain=REGTEST)
    assert refusal.value.code == "no_schnorr_backend"


def test_a_miniscript_is_signed_but_not_finalized() -> None:
    psbt = psbts.spending(psbts.of_script(SCRIPT))
    signed = sign(psbt, "house")
    spend = decode(signed, chain=REGTEST)
    assert [entry.public_key for entry in spend.inputs[0].partial_signatures] == [KEY]
    assert not is_complete(spend)
    with pytest.raises(InvalidInputError) as refusal:
        finalize(signed, chain=REGTEST)
    assert (refusal.value.code, refusal.value.field) == ("psbt_no_finalizer", PLACE)


def spent_with(psbt: str, *elements: bytes) -> bool:
    """Verdict of the consensus code over the transaction with these witness elements."""
    unsigned = decode(psbt, chain=REGTEST).unsigned
    inputs = (replace(unsigned.inputs[0], witness=(*elements, SCRIPT)),)
    previous = parse_transaction(psbts.maps_of(psbt).inputs[0][b"\x00"])
    return is_valid_spend(replace(unsigned, inputs=inputs), [previous.outputs[0]])


def script_form(psbt: str, name: str) -> bytes:
    return psbts.maps_of(sign(psbt, name)).inputs[0][b"\x02" + public_key(name)]


def test_the_consensus_code_takes_a_miniscript_signature_by_key() -> None:
    psbt = psbts.spending(psbts.of_script(SCRIPT))
    assert spent_with(psbt, script_form(psbt, "house"))
    assert not spent_with(psbt, b"")


def test_the_consensus_code_takes_a_miniscript_signature_by_key_hash_when_it_is_time() -> None:
    early, late = (psbts.spending(psbts.of_script(SCRIPT), sequence=blocks) for blocks in (9, 10))
    assert spent_with(late, script_form(late, "heir"), public_key("heir"), b"")
    assert not spent_with(early, script_form(early, "heir"), public_key("heir"), b"")


def test_signs_and_finalizes_inputs_of_several_kinds() -> None:
    """The house alone for its own coin, two of three for the escrow's."""
    psbt = psbts.spending((P2WPKH, {}), psbts.of_script(escrow_script()))
    for index, name in ((0, "house"), (1, "merchant"), (1, "buyer")):
        assert not is_complete(decode(psbt, chain=REGTEST))
        psbt = add_signature(psbt, chain=REGTEST, signature=signature_by(name, psbt, index=index))
    transaction = finalize(psbt, chain=REGTEST)
    assert [len(item.witness) for item in transaction.inputs] == [2, 4]
    previous = parse_transaction(psbts.maps_of(psbt).inputs[0][b"\x00"])
    assert is_valid_spend(transaction, list(previous.outputs))


PLAIN = psbts.spending((P2WPKH, {}), psbts.of_script(SCRIPT))
SIGNED = {
    "single key and miniscript": sign(PLAIN, "house"),
    "taproot": psbts.spending((P2TR, {}), (P2WPKH, {})),
}


@given(st.sampled_from(sorted(SIGNED)), st.integers(min_value=0), st.integers(1, 255))
def test_any_changed_byte_is_refused_or_changes_nothing_that_is_signed(
    name: str, position: int, change: int
) -> None:
    """Of the transaction with taproot nothing is signed: there the change must show in what is read."""
    good = decode(SIGNED[name], chain=REGTEST)
    data = bytearray(psbts.raw(SIGNED[name]))
    data[position % len(data)] ^= change
    with suppress(InvalidInputError):
        spend = decode(psbts.text(bytes(data)), chain=REGTEST)
        assert (spend == good) is (name != "taproot" or spend.unsigned == good.unsigned)
