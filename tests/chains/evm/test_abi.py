"""Contract calls: published encodings, strict decoding, arguments as JSON, web3's library as judge."""

from typing import Any

import pytest
from eth_abi.abi import encode
from hypothesis import given
from hypothesis import strategies as st

from custody.chains.evm.abi import MAX_CALL_DATA, decode_call, encode_call, read_method, selector_of
from custody.chains.evm.abi_types import to_json
from custody.common.errors import InvalidInputError
from tests.chains.evm.examples import PAYEE
from tests.statements.refusing import refused

TRANSFER = read_method("transfer(address,uint256)", names=["to", "amount"])
TRANSFER_DATA = bytes.fromhex(
    "a9059cbb"
    "0000000000000000000000003535353535353535353535353535353535353535"
    "00000000000000000000000000000000000000000000000000000000000f4240"
)


@pytest.mark.parametrize(
    ("method", "selector"),
    [
        ("transfer(address,uint256)", "a9059cbb"),
        ("transferFrom(address,address,uint256)", "23b872dd"),
        ("balanceOf(address)", "70a08231"),
        ("deposit()", "d0e30db0"),
        ("baz(uint32,bool)", "cdcd77c0"),  # these three: ABI specification of Solidity
        ("bar(bytes3[2])", "fce353f6"),
        ("sam(bytes,bool,uint256[])", "a5643bf2"),
    ],
)
def test_selectors_as_published(method: str, selector: str) -> None:
    assert read_method(method).selector.hex() == selector


def word(value: int) -> str:
    return f"{value:064x}"


# Examples of Solidity's ABI specification and of ethereum/tests, ABITests/basic_abi_tests.json.
PUBLISHED: list[tuple[str, dict[str, Any], str]] = [
    ("baz(uint32,bool)", {"arg0": "69", "arg1": True}, word(69) + word(1)),
    (
        "bar(bytes3[2])",
        {"arg0": ["616263", "646566"]},
        "616263".ljust(64, "0") + "646566".ljust(64, "0"),
    ),
    (
        "sam(bytes,bool,uint256[])",
        {"arg0": "64617665", "arg1": True, "arg2": ["1", "2", "3"]},
        word(0x60) + word(1) + word(0xA0) + word(4) + "64617665".ljust(64, "0")
        + word(3) + word(1) + word(2) + word(3),
    ),
    (
        "f(uint256,uint32[],bytes10,bytes)",
        {
            "arg0": "291",
            "arg1": ["1110", "1929"],
            "arg2": "31323334353637383930",
            "arg3": "48656c6c6f2c20776f726c6421",
        },
        word(0x123) + word(0x80) + "31323334353637383930".ljust(64, "0") + word(0xE0)
        + word(2) + word(0x456) + word(0x789) + word(13) + "48656c6c6f2c20776f726c6421".ljust(64, "0"),
    ),
    (
        "f(uint256,address)",
        {"arg0": "324124", "arg1": "0xcd2a3d9f938e13cd947ec05abc7fe734df8dd826"},
        word(0x4F21C) + "cd2a3d9f938e13cd947ec05abc7fe734df8dd826".rjust(64, "0"),
    ),
    ("deposit()", {}, ""),
]  # fmt: skip


@pytest.mark.parametrize(("text", "args", "data"), PUBLISHED)
def test_encodes_and_decodes_as_published(text: str, args: dict[str, Any], data: str) -> None:
    method = read_method(text)
    whole = method.selector + bytes.fromhex(data)
    assert encode_call(method, args) == whole
    assert decode_call(method, whole) == args


def test_names_the_arguments_as_the_document_does() -> None:
    args = {"to": PAYEE, "amount": "1000000"}
    assert decode_call(TRANSFER, TRANSFER_DATA) == args
    assert encode_call(TRANSFER, args) == TRANSFER_DATA


def test_tuples_are_lists() -> None:
    method = read_method("pay((address,uint256)[],int8)")
    args = {"arg0": [[PAYEE, "5"], [PAYEE, "0"]], "arg1": "-128"}
    assert decode_call(method, encode_call(method, args)) == args


@pytest.mark.parametrize(
    "text",
    [
        "",
        "transfer",
        "transfer(address,uint256",
        "transfer (address,uint256)",
        " transfer(address,uint256)",
        "1transfer(address)",
        "transfer(address)\n",
        "(address)",
        "f(uint256)[]",
    ],
)
def test_refuses_what_is_no_signature_of_a_method(text: str) -> None:
    with refused("/call/method", "abi_method"):
        read_method(text, field="/call/method")


@pytest.mark.parametrize(
    "types",
    [
        "(address, uint256)",
        "(uint)",  # alias: its selector is that of uint256
        "(int)",
        "(uint7)",
        "(uint264)",
        "(bytes33)",
        "(bytes0)",
        "(address payable)",
        "(fixed128x18)",
        "(fixed)",
        "(function)",
        "(token)",
        "(Uint256)",
        "(uint256[0])",
        "(uint256[01])",
        "(uint256)()",
        "((uint256)",
        "(())",
        "(,)",
        "(uint256,)",
        "(uint256 amount)",
        "(uint256[][][])",
        "(bytes[][])",
        "((bytes[])[])",
        "(((((uint256)))))",
        f"({'(' * 400}uint256{')' * 400})",
        f"({','.join(['uint256'] * 100)})",
    ],
)
def test_refuses_types_that_are_none_or_not_in_their_one_spelling(types: str) -> None:
    with refused("/method", "abi_type"):
        read_method(f"f{types}")


def test_reads_types_up_to_its_limits() -> None:
    longest = ["bool", *["uint256[]"] * 5, *["uint256"] * 57]
    assert read_method("f((((uint256))))").kinds == ["(((uint256)))"]
    assert read_method("f((bytes,uint8)[],bytes[2])").kinds == ["(bytes,uint8)[]", "bytes[2]"]
    assert read_method(f"f({','.join(longest)})").kinds == longest
    with refused("/method", "abi_type"):
        read_method(f"f({','.join([*longest[:-1], 'uint256[]'])})")


@given(st.text("()[],0123456789uintbytes ", max_size=40))
def test_reads_or_refuses_any_types(types: str) -> None:
    try:
        assert read_method(f"f({types})").kinds or not types
    except InvalidInputError:
        return


@pytest.mark.parametrize(
    "names",
    [["to"], ["to", "amount", "more"], ["to", "to"], ["to", "Amount"], ["to", "_amount"], ["to", ""], []],
)
def test_refuses_names_that_are_no_keys(names: list[str]) -> None:
    with refused("/method", "abi_names"):
        read_method("transfer(address,uint256)", names=names)


def data(*words: str) -> bytes:
    return b"".join(bytes.fromhex(item) for item in words)


ONE_BYTES = "f(bytes)"
REFUSED: dict[str, tuple[str, bytes, str]] = {
    "trailing_byte": ("f(uint256)", data(word(1), "00"), "abi_not_canonical"),
    "trailing_word": ("f(uint256)", data(word(1), word(0)), "abi_not_canonical"),
    "trailing_behind_none": ("f()", data("00"), "abi_not_canonical"),
    "nothing": ("f(uint256)", b"", "abi_malformed"),
    "one_byte_short": ("f(uint256)", data(word(1))[:-1], "abi_malformed"),
    "dirty_address": ("f(address)", data("01" + PAYEE[2:].rjust(62, "0")), "abi_malformed"),
    "dirty_uint8": ("f(uint8)", data(word(256)), "abi_malformed"),
    "dirty_int8": ("f(int8)", data(word(255)), "abi_malformed"),
    "dirty_bool": ("f(bool)", data(word(2)), "abi_malformed"),
    "dirty_bytes4": ("f(bytes4)", data("ff" * 5 + "00" * 27), "abi_malformed"),
    "dirty_padding_of_bytes": (
        ONE_BYTES, data(word(32), word(1), "ff" * 2 + "00" * 30), "abi_malformed",
    ),
    "dirty_padding_of_string": (
        "f(string)", data(word(32), word(1), "6161" + "00" * 30), "abi_malformed",
    ),
    "missing_padding": (ONE_BYTES, data(word(32), word(1), "ff"), "abi_malformed"),
    "length_beyond_the_end": (ONE_BYTES, data(word(32), word(33), "ff" * 32), "abi_malformed"),
    "length_without_end": (ONE_BYTES, data(word(32), word(2**256 - 1), "ff" * 32), "abi_malformed"),
    "offset_beyond_the_end": (ONE_BYTES, data(word(96), word(1), "ff" + "00" * 31), "abi_malformed"),
    "offset_into_the_head": (ONE_BYTES, data(word(0), word(0)), "abi_malformed"),
    "offset_without_end": (ONE_BYTES, data(word(2**256 - 32), word(0)), "abi_malformed"),
    "offset_with_a_gap": (ONE_BYTES, data(word(64), word(0), word(0)), "abi_not_canonical"),
    "offset_not_on_a_word": (ONE_BYTES, data(word(33), "00" + word(0), "00" * 31), "abi_not_canonical"),
    "one_tail_for_two": (
        "f(bytes,bytes)", data(word(64), word(64), word(1), "ff" + "00" * 31), "abi_not_canonical",
    ),
    "tails_exchanged": (
        "f(bytes,bytes)", data(word(96), word(64), word(0), word(0)), "abi_not_canonical",
    ),
    "array_longer_than_its_words": (
        "f(uint256[])", data(word(32), word(2), word(7)), "abi_malformed",
    ),
    "array_shorter_than_its_words": (
        "f(uint256[])", data(word(32), word(1), word(7), word(8)), "abi_not_canonical",
    ),
    "array_without_end": ("f(uint256[])", data(word(32), word(2**255), word(7)), "abi_malformed"),
    "string_not_utf8": ("f(string)", data(word(32), word(1), "ff" + "00" * 31), "abi_malformed"),
    "as_long_as_may_be": ("f(bytes)", bytes(MAX_CALL_DATA - 4), "abi_malformed"),
    "too_long": ("f(bytes)", bytes(MAX_CALL_DATA - 3), "abi_too_long"),
}  # fmt: skip


@pytest.mark.parametrize(("text", "arguments", "code"), REFUSED.values(), ids=REFUSED)
def test_refuses_to_decode(text: str, arguments: bytes, code: str) -> None:
    method = read_method(text)
    with refused("/payload/data", code):
        decode_call(method, method.selector + arguments, field="/payload/data")


@pytest.mark.parametrize("call", [b"", b"\xa9\x05\x9c", b"\x23\xb8\x72\xdd" + TRANSFER_DATA[4:]])
def test_refuses_the_call_of_another_method(call: bytes) -> None:
    with refused("/data", "abi_selector"):
        decode_call(TRANSFER, call)


@pytest.mark.parametrize("text", ["a\nb", "a\u202eb", "e\u0301"], ids=["line", "bidirectional", "not_nfc"])
def test_refuses_a_text_that_shows_itself_as_another(text: str) -> None:
    method = read_method("f(string)")
    with refused("/arg0", "not_canonical"):
        decode_call(method, encode_call(method, {"arg0": text}))


WRONG_ARGUMENTS: dict[str, tuple[str, object, str]] = {
    "address_mixed_case": ("address", "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed", "bad_address"),
    "address_short": ("address", "0x35", "bad_address"),
    "address_number": ("address", 1, "bad_address"),
    "uint_number": ("uint256", 1, "abi_argument"),
    "uint_true": ("uint256", True, "abi_argument"),
    "uint_negative": ("uint256", "-1", "abi_argument"),
    "uint_leading_zero": ("uint256", "01", "abi_argument"),
    "uint_hex": ("uint256", "0x1", "abi_argument"),
    "uint_blank": ("uint256", "1 ", "abi_argument"),
    "uint_line": ("uint256", "1\n", "abi_argument"),
    "uint_digit_not_ascii": ("uint256", "٣", "abi_argument"),
    "uint_too_large": ("uint256", str(2**256), "abi_argument"),
    "uint8_too_large": ("uint8", "256", "abi_argument"),
    "int8_too_large": ("int8", "128", "abi_argument"),
    "int8_too_small": ("int8", "-129", "abi_argument"),
    "int_minus_zero": ("int8", "-0", "abi_argument"),
    "bool_number": ("bool", 1, "abi_argument"),
    "bool_text": ("bool", "true", "abi_argument"),
    "bytes_prefix": ("bytes", "0xff", "abi_argument"),
    "bytes_capitals": ("bytes", "FF", "abi_argument"),
    "bytes_odd": ("bytes", "f", "abi_argument"),
    "bytes_number": ("bytes", 255, "abi_argument"),
    "bytes4_short": ("bytes4", "ffffff", "abi_argument"),
    "bytes4_long": ("bytes4", "ffffffffff", "abi_argument"),
    "string_number": ("string", 5, "abi_argument"),
    "array_text": ("uint8[]", "1", "abi_argument"),
    "array_short": ("uint8[2]", ["1"], "abi_argument"),
    "array_long": ("uint8[2]", ["1", "2", "3"], "abi_argument"),
    "tuple_short": ("(uint8,bool)", ["1"], "abi_argument"),
    "tuple_object": ("(uint8)", {"arg0": "1"}, "abi_argument"),
    "null": ("string", None, "abi_argument"),
}


@pytest.mark.parametrize(("kind", "value", "code"), WRONG_ARGUMENTS.values(), ids=WRONG_ARGUMENTS)
def test_refuses_to_encode(kind: str, value: object, code: str) -> None:
    with refused("/args/arg0", code):
        encode_call(read_method(f"f({kind})"), {"arg0": value})


def test_points_at_the_place_inside_an_argument() -> None:
    method = read_method("f((address,uint8[])[])")
    with refused("/args/arg0/1/1/0", "abi_argument"):
        encode_call(method, {"arg0": [[PAYEE, []], [PAYEE, ["256"]]]})


@pytest.mark.parametrize(
    ("args", "field"),
    [({"to": PAYEE}, "/args/amount"), ({"to": PAYEE, "amount": "1", "fee": "1"}, "/args/fee")],
)
def test_refuses_missing_and_unknown_arguments(args: dict[str, object], field: str) -> None:
    with refused(field, "abi_argument"):
        encode_call(TRANSFER, args)


BASIC: dict[str, st.SearchStrategy[Any]] = {
    "address": st.binary(min_size=20, max_size=20).map(lambda value: f"0x{value.hex()}"),
    "bool": st.booleans(),
    "bytes": st.binary(max_size=70),
    "bytes1": st.binary(min_size=1, max_size=1),
    "bytes32": st.binary(min_size=32, max_size=32),
    "int8": st.integers(-128, 127),
    "int256": st.integers(-(2**255), 2**255 - 1),
    "string": st.text(st.characters(codec="ascii", min_codepoint=32, max_codepoint=126), max_size=70),
    "uint8": st.integers(0, 255),
    "uint256": st.integers(0, 2**256 - 1),
}
basics = st.sampled_from(sorted(BASIC)).map(lambda name: (name, BASIC[name]))


def _array(kind: tuple[str, st.SearchStrategy[Any]]) -> st.SearchStrategy[tuple[str, Any]]:
    name, values = kind
    free = st.just((f"{name}[]", st.lists(values, max_size=4)))
    return free | st.integers(1, 4).map(lambda n: (f"{name}[{n}]", st.lists(values, min_size=n, max_size=n)))


def _tuple(kinds: list[tuple[str, st.SearchStrategy[Any]]]) -> tuple[str, Any]:
    return f"({','.join(name for name, _ in kinds)})", st.tuples(*(values for _, values in kinds))


kinds = basics | basics.flatmap(_array) | st.lists(basics, min_size=1, max_size=3).map(_tuple)


@st.composite
def calls(draw: st.DrawFn) -> tuple[str, list[Any]]:
    """A method and values for its parameters, as eth-abi takes them."""
    chosen = draw(st.lists(kinds, max_size=5))
    return f"f({','.join(name for name, _ in chosen)})", [draw(values) for _, values in chosen]


@given(calls())
def test_reads_back_what_it_wrote(call: tuple[str, list[Any]]) -> None:
    text, values = call
    method = read_method(text)
    whole = selector_of(text) + encode(method.kinds, values)
    args = decode_call(method, whole)
    assert encode_call(method, args) == whole
    assert list(args.values()) == [
        to_json(kind, value) for kind, value in zip(method.types, values, strict=True)
    ]


@given(calls(), st.data())
def test_no_other_bytes_mean_the_same(call: tuple[str, list[Any]], choice: st.DataObject) -> None:
    text, values = call
    method = read_method(text)
    whole = bytearray(method.selector + encode(method.kinds, values))
    args = decode_call(method, bytes(whole))
    position = choice.draw(st.integers(0, len(whole) - 1))
    whole[position] ^= choice.draw(st.integers(1, 255))
    try:
        assert decode_call(method, bytes(whole)) != args
    except InvalidInputError:
        return


@given(calls(), st.binary(max_size=300))
def test_decodes_or_refuses_any_bytes(call: tuple[str, list[Any]], arguments: bytes) -> None:
    method = read_method(call[0])
    try:
        args = decode_call(method, method.selector + arguments)
    except InvalidInputError:
        return
    assert encode_call(method, args) == method.selector + arguments
