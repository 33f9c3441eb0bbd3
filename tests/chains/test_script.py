"""The 2-of-3 escrow script: documented vector, BIP67, refusals."""

import itertools

import pytest
from embit import base58
from embit.hashes import hash160

from custody.chains.bitcoin.address import p2wsh_address
from custody.chains.bitcoin.script import descriptor, multisig_script, parse_multisig
from custody.common.errors import InvalidInputError
from tests.harness.bitcoin import REGTEST, escrow_script, private_key, public_key

SCRIPT = (
    "5221020d8262855868c9fa8da4df974c52cbdc813b70c22c9485488f6aebe946b3191e"
    "2102797ebf21f0722a95f18601b8629eac4a1e5b9ab3becfb4eeb85cc59a3d3d59f7"
    "21038c4c2e9f5fca63e3c2fa98d79a3ba16028b0d863e1cf3595b5fc1847b865995653ae"
)


def test_makes_the_script_and_address_of_the_documented_terms() -> None:
    script = escrow_script("buyer", "mediator", "merchant")
    assert script.hex() == SCRIPT
    assert (
        p2wsh_address(script, REGTEST) == "bcrt1qnwe48kzqwxxfppkpj5dkgvmhe66y6y2hqyazx5xq3w8uaycwalaqy6essh"
    )


def test_sorts_keys_as_the_vector_of_bip67_does() -> None:
    script = multisig_script(
        [
            "02e2cc6bd5f45edd43bebe7cb9b675f0ce9ed3efe613b177588290ad188d11b404",
            "02632b12f4ac5b1d1b72b2a3b508c19172de44f6f46bcee50ba33f3f9291e47ed0",
            "027735a29bae7780a9755fae7a1c4374c656ac6a69ea9f3697fda61bb99a4f3e77",
        ]
    )
    assert base58.encode_check(b"\x05" + hash160(script)) == "3CKHTjBKxCARLzwABMu9yD85kvtm7WnMfH"


def test_gives_one_script_for_every_order_of_the_keys() -> None:
    names = ("buyer", "merchant", "mediator")
    assert {escrow_script(*order).hex() for order in itertools.permutations(names)} == {SCRIPT}


def test_reads_back_what_it_writes() -> None:
    parsed = parse_multisig(escrow_script())
    assert parsed.required == 2
    assert parsed.keys == tuple(sorted(public_key(name) for name in ("buyer", "merchant", "mediator")))


def test_refuses_a_key_that_occurs_twice() -> None:
    with pytest.raises(InvalidInputError) as refusal:
        multisig_script([public_key("buyer"), public_key("merchant"), public_key("buyer")])
    assert refusal.value.code == "duplicate_key"


@pytest.mark.parametrize("count", [0, 1, 2, 4])
def test_refuses_any_number_of_keys_but_three(count: int) -> None:
    with pytest.raises(InvalidInputError) as refusal:
        multisig_script([public_key(f"party {index}") for index in range(count)])
    assert refusal.value.code == "key_count"


@pytest.mark.parametrize(
    "key",
    [
        "",
        "zz",
        "04" + "11" * 64,
        "05" + "11" * 32,
        "02" + "ff" * 32,  # no point has this x
        "020d8262855868c9fa8da4df974c52cbdc813b70c22c9485488f6aebe946b319",
    ],
)
def test_refuses_what_is_no_compressed_key(key: str) -> None:
    with pytest.raises(InvalidInputError) as refusal:
        multisig_script([public_key("buyer"), key, public_key("merchant")])
    assert (refusal.value.code, refusal.value.field) == ("bad_public_key", "keys/1")


def test_refuses_an_uncompressed_key() -> None:
    key = private_key("merchant").public_key.format(compressed=False)
    with pytest.raises(InvalidInputError) as refusal:
        multisig_script([public_key("buyer"), public_key("mediator"), key])
    assert refusal.value.code == "bad_public_key"


def test_says_that_a_key_is_not_hexadecimal() -> None:
    with pytest.raises(InvalidInputError, match="not hexadecimal"):
        multisig_script([public_key("buyer"), "02" + "zz" * 32, public_key("merchant")])


@pytest.mark.parametrize(
    "altered",
    [
        SCRIPT.replace("52", "51", 1),  # 1-of-3
        SCRIPT.replace("53ae", "52ae"),
        SCRIPT + "00",
        SCRIPT[:-2] + "af",  # CHECKMULTISIGVERIFY
        SCRIPT[:-2],
        "",
        "52" + SCRIPT[70:138] + SCRIPT[2:70] + SCRIPT[138:],  # keys out of order
        "52" + SCRIPT[2:70] + SCRIPT[2:70] + SCRIPT[138:],  # one key twice
    ],
)
def test_refuses_every_other_script(altered: str) -> None:
    with pytest.raises(InvalidInputError):
        parse_multisig(bytes.fromhex(altered))


def test_writes_the_descriptor_with_its_checksum() -> None:
    keys = ",".join(key.hex() for key in parse_multisig(escrow_script()).keys)
    assert descriptor(escrow_script()) == f"wsh(sortedmulti(2,{keys}))#stwenzc2"
