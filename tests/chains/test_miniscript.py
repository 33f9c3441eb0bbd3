"""Witness scripts read back into miniscript; what is not sane is refused, and says why."""

from contextlib import suppress
from itertools import islice

import pytest
from embit.hashes import hash160
from hypothesis import given
from hypothesis import strategies as st

from custody.chains.bitcoin.miniscript import parse_miniscript
from custody.chains.bitcoin.miniscript.tokens import MULTISIG
from custody.common.errors import InvalidInputError
from tests.chains.miniscripts import HASH, KEYS, SHORT_HASH, compiled
from tests.harness.bitcoin import public_key

A, B, C = KEYS[:3]
HASH_A = bytes(hash160(bytes.fromhex(A))).hex()
PUSH_A, PUSH_B = "21" + A, "21" + B

SANE = [
    f"pk({A})",
    f"pkh({HASH_A})",
    f"multi(1,{A})",
    f"multi(2,{B},{A},{C})",
    f"and_v(v:pk({A}),older(144))",
    f"and_v(v:pk({A}),after(500000000))",
    f"and_v(v:pk({A}),sha256({HASH}))",
    f"and_b(pk({A}),s:pk({B}))",
    f"and_b(hash256({HASH}),a:pkh({HASH_A}))",
    f"or_b(pk({A}),a:multi(1,{B},{C}))",
    f"or_d(multi(2,{A},{B}),and_v(v:pk({C}),older(65535)))",
    f"t:or_c(pk({A}),and_v(v:pk({B}),v:ripemd160({SHORT_HASH})))",
    f"or_i(and_v(v:pk({A}),hash160({SHORT_HASH})),pk({B}))",
    f"andor(pk({A}),older(10),and_v(v:pk({B}),after(100)))",
    f"and_n(pk({A}),or_d(pk({B}),and_v(v:pk({C}),after(7))))",
    f"c:or_i(pk_k({A}),pk_h({HASH_A[::-1]}))",
    f"thresh(1,pk({A}))",
    f"thresh(2,pk({A}),s:pk({B}),s:pk({C}),sln:older(12))",
    f"thresh(3,pk({A}),s:pk({B}),aj:and_v(v:pk({C}),sha256({HASH})))",
    f"and_b(pk({A}),adv:older(17))",
    f"or_d(j:and_v(v:pk({A}),sha256({HASH})),pk({B}))",
    f"or_b(pk({A}),au:and_v(v:pk({B}),n:after(9)))",
]


@pytest.mark.parametrize("text", SANE)
def test_reads_a_script_back_into_its_miniscript(text: str) -> None:
    assert parse_miniscript(compiled(text)).text == text


def test_says_who_may_sign_by_key_or_by_hash() -> None:
    found = parse_miniscript(compiled(f"or_d(multi(2,{A},{B}),and_v(v:pkh({SHORT_HASH}),older(144)))"))
    assert [signer.hex() for signer in found.signers] == [A, B, SHORT_HASH]


INSANE: dict[str, tuple[str, str]] = {
    # embit's own verify() lets this pass: the constant 1 throws the result of the signature away.
    "a check whose result is dropped": (f"t:pk({A})", "not a miniscript"),
    "and_b over a V": (f"and_b(v:pk({A}),s:pk({B}))", "not a miniscript"),
    "or_b over a K": (f"or_b(pk_k({A}),s:pk({B}))", "not a miniscript"),
    "or_c over a K": (f"t:or_c(pk_k({A}),v:pk({B}))", "not a miniscript"),
    "or_i of two types": (f"or_i(pk({A}),pk_k({B}))", "not a miniscript"),
    "a threshold that begins with a K": (f"thresh(2,pk_k({A}),s:pk({B}))", "not a miniscript"),
    "a: over a K": (f"and_b(pk({A}),a:pk_k({B}))", "not a miniscript"),
    "c: over a B": (f"c:pk({A})", "not a miniscript"),
    "d: over what takes an element": (f"dv:pk({A})", "not a miniscript"),
    "v: over a K": (f"and_v(v:pk_k({A}),pk({B}))", "not a miniscript"),
    "j: over what may take a zero": (f"j:or_i(pk({A}),pk({B}))", "not a miniscript"),
    "n: over a K": (f"n:pk_k({A})", "not a miniscript"),
    "type V at the top": (f"v:pk({A})", "not a miniscript"),
    "type K at the top": (f"pk_k({A})", "not a miniscript"),
    "or_d over what cannot be dissatisfied": (f"or_d(older(10),pk({A}))", "not a miniscript"),
    "andor over what does not leave 1": (
        f"andor(dv:older(10),pk({A}),pk({B}))",
        "not a miniscript",
    ),
    "swap over two elements": (f"and_b(pk({A}),s:pkh({HASH_A}))", "not a miniscript"),
    "threshold above its parts": (f"thresh(3,pk({A}),s:pk({B}))", "not a miniscript"),
    "threshold of none": (f"thresh(0,pk({A}),s:pk({B}))", "not a miniscript"),
    "multi above its keys": (f"multi(3,{A},{B})", "not a miniscript"),
    "multi of none": (f"multi(0,{A},{B})", "not a miniscript"),
    "lock of zero": (f"and_v(v:pk({A}),older(0))", "not a miniscript"),
    "absolute lock of zero": (f"and_v(v:pk({A}),after(0))", "not a miniscript"),
    "lock of 2^31": (f"and_v(v:pk({A}),after(2147483648))", "not a compressed public key"),
    "nobody signs": ("older(144)", "no signature guards"),
    "nobody signs in one path": (f"or_d(pk({A}),older(144))", "no signature guards"),
    "a hash is enough": (f"or_i(pk({A}),sha256({HASH}))", "no signature guards"),
    "two ways to be dissatisfied": (
        f"or_b(pk({A}),a:or_i(and_v(v:pk({B}),hash160({SHORT_HASH})),and_n(hash160({SHORT_HASH}),pk({C}))))",
        "malleated",
    ),
    "a choice that anybody can make": (
        f"and_v(v:pk({A}),or_d(sha256({HASH}),older(10)))",
        "malleated",
    ),
    "height and time, relative": (
        f"and_v(and_v(v:pk({A}),v:older(144)),older(4194305))",
        "mixes time locks",
    ),
    "height and time, absolute": (
        f"and_v(v:after(100),and_v(v:pk({A}),after(500000000)))",
        "mixes time locks",
    ),
    "height and time in a threshold": (
        f"thresh(3,pk({A}),s:pk({B}),sln:after(100),sln:after(500000000))",
        "mixes time locks",
    ),
    "one key twice": (f"or_d(pk({A}),and_v(v:pk({A}),older(10)))", "key occurs twice"),
    "one key twice, once by its hash": (
        f"or_d(pk({A}),and_v(v:pkh({HASH_A}),older(10)))",
        "key occurs twice",
    ),
}


@pytest.mark.parametrize("name", INSANE)
def test_refuses_what_is_not_sane(name: str) -> None:
    text, reason = INSANE[name]
    with pytest.raises(InvalidInputError, match=reason) as refusal:
        parse_miniscript(compiled(text), field="inputs/0/witness_script")
    assert (refusal.value.code, refusal.value.field) == ("unknown_script", "inputs/0/witness_script")


NO_MINISCRIPT = {
    "nothing": "",
    "the constant 0, which nobody can satisfy": "00",
    "an opcode of no fragment": PUSH_A + "ac75",
    "a reserved opcode": "50",
    "code separator": f"{PUSH_A}ab{PUSH_B}ac",
    "VERIFY beside the opcode it belongs to": f"{PUSH_A}ac69{PUSH_B}ac",
    "EQUAL and VERIFY apart": f"76a914{HASH_A}8769ac",
    "a number in more bytes than needed": f"{PUSH_A}ad020500b2",
    "a small number as a push": f"{PUSH_A}ad0105b2",
    "a negative number": f"{PUSH_A}ad0190b2",
    "PUSHDATA": f"4c21{A}ac",
    "an uncompressed key": "41" + "04" + "11" * 64 + "ac",
    "a key that is no point": "2102" + "ff" * 32 + "ac",
    "a key cut short": PUSH_A[:-2],
    "IF without ENDIF": f"63{PUSH_A}ac67{PUSH_B}ac",
    "IF without ELSE": f"63{PUSH_A}ac68",
    "an empty branch": f"63{PUSH_A}ac6768",
    "ENDIF alone": f"{PUSH_A}ac68",
    "a swap first": f"7c{PUSH_A}ac",
    "a swap that joins nothing": f"{PUSH_A}ac7c{PUSH_B}ac",
    "a swap joined by nothing known": f"{PUSH_A}ac7c{PUSH_B}ac87",
    "the alternative stack left alone": f"{PUSH_A}ac6b{PUSH_B}ac9a",
    "a sum without threshold": f"{PUSH_A}ac7c{PUSH_B}ac93",
    "a multisig that counts its keys wrong": f"51{PUSH_A}52ae",
    "a multisig of 21 keys": "51" + PUSH_A * 21 + "0115ae",
    "a multisig without number": f"51{PUSH_A}ae",
    "the constant 2": f"{PUSH_A}ad52",
    "a hash of the wrong length": f"{PUSH_A}ad82012088a8 14{SHORT_HASH}87",
    "a hash of another size": f"{PUSH_A}ad82011f88a820{HASH}87",
    "a hash by no hash function": f"{PUSH_A}ad8201208893 20{HASH}87",
    "a key hash of 32 bytes": f"76a920{HASH}88ac",
    "two checks in a row": f"{PUSH_A}ac{PUSH_B}ac",
    "IFDUP without NOTIF": f"{PUSH_A}ac7363{PUSH_B}ac68",
}


@pytest.mark.parametrize("name", NO_MINISCRIPT)
def test_refuses_what_is_no_miniscript(name: str) -> None:
    with pytest.raises(InvalidInputError) as refusal:
        parse_miniscript(bytes.fromhex(NO_MINISCRIPT[name]))
    assert refusal.value.code == "unknown_script"


def operations(count: int) -> bytes:
    """A sane script of so many operations: a signature, and 0NOTEQUAL without end."""
    return bytes.fromhex(PUSH_A + "ac") + b"\x92" * (count - 1)


def test_counts_operations_as_consensus_does() -> None:
    assert parse_miniscript(operations(201)).text == "n" * 200 + f":pk({A})"
    with pytest.raises(InvalidInputError, match="too large"):
        parse_miniscript(operations(202))


@pytest.mark.parametrize("opcode", MULTISIG)
def test_counts_each_key_of_a_multisig_as_an_operation(opcode: int) -> None:
    """Two keys and the opcode are three operations; the last script byte holds the rest."""
    multi = bytes.fromhex(f"51{PUSH_A}{PUSH_B}52") + bytes([opcode])
    after = b"" if opcode == MULTISIG[0] else b"\x51"
    assert parse_miniscript(multi + after + b"\x92" * 198).signers
    with pytest.raises(InvalidInputError, match="too large"):
        parse_miniscript(multi + after + b"\x92" * 199)


def test_refuses_what_is_nested_beyond_reason() -> None:
    deepest = "l" * 63 + f":pk({A})"
    assert parse_miniscript(compiled(deepest)).text == deepest
    with pytest.raises(InvalidInputError, match="not a miniscript"):
        parse_miniscript(compiled("l" + deepest))


def multisigs(*sizes: int, required: int) -> bytes:
    """Multisigs that must all sign; no key occurs twice."""
    keys = iter([public_key(f"signer {index}").hex() for index in range(sum(sizes))])
    parts = [",".join([str(required), *islice(keys, size)]) for size in sizes]
    first = "".join(f"and_v(v:multi({part})," for part in parts[:-1])
    return compiled(f"{first}multi({parts[-1]})" + ")" * (len(parts) - 1))


def test_refuses_more_than_3600_bytes() -> None:
    largest, larger = (multisigs(20, 20, 20, 20, 20, size, required=1) for size in (5, 6))
    assert (len(largest), len(larger)) == (3_593, 3_627)
    assert parse_miniscript(largest).signers
    with pytest.raises(InvalidInputError, match="too large"):
        parse_miniscript(larger)


def test_refuses_more_than_a_hundred_witness_elements() -> None:
    """Nineteen signatures and the empty element of each of five multisigs are one hundred."""
    assert len(parse_miniscript(multisigs(20, 20, 20, 20, 20, required=19)).signers) == 100
    with pytest.raises(InvalidInputError, match="too large"):
        parse_miniscript(multisigs(20, 20, 20, 20, 20, required=20))


@given(st.sampled_from(SANE), st.integers(min_value=0), st.integers(0, 255))
def test_what_is_read_compiles_to_the_very_script(text: str, position: int, value: int) -> None:
    script = bytearray(compiled(text))
    script[position % len(script)] = value
    with suppress(InvalidInputError):
        assert compiled(parse_miniscript(bytes(script)).text) == script


@given(st.binary(max_size=120))
def test_noise_is_refused(noise: bytes) -> None:
    with pytest.raises(InvalidInputError):
        parse_miniscript(noise)
