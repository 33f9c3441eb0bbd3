"""HD accounts against the published vectors of BIP32 and BIP84, and against a second derivation."""

import hashlib
import hmac

import pytest
from coincurve import PublicKey
from embit import base58
from hypothesis import given
from hypothesis import strategies as st

from custody.chains.bitcoin import hd
from custody.chains.bitcoin.keys import verify
from custody.common.errors import InvalidInputError
from custody.hsm.signer import derived
from custody.hsm.token.errors import TokenResultError
from custody.statements.key_account import KeyAccount
from tests.harness.bitcoin import REGTEST

MAINNET = "bip122:000000000019d6689c085ae165831e93"
DIGEST = bytes(range(32))
# BIP32, test vector 2: the master's extended public key and that of its child 0.
VECTOR_2 = (
    "xpub661MyMwAqRbcFW31YEwpkMuc5THy2PSt5bDMsktWQcFF8syAmRUapSCGu8ED9W6oDMSgv6Zz8idoc4a6mr8BDzTJY47LJhkJ8UB"
    "7WEGuduB",
    "xpub69H7F5d8KSRgmmdJg2KhpAK8SR3DjMwAdkxj3ZuxV27CprR9LgpeyGmXUbC6wb7ERfvrnKZjXoUmmDznezpbZb7ap6r1D3tgFxH"
    "mwMkQTPH",
)
# BIP84, "abandon … about": PBKDF2 of the mnemonic (BIP39), then the first two addresses of account 0.
MNEMONIC = "abandon " * 11 + "about"
BIP84_SEED = hashlib.pbkdf2_hmac("sha512", MNEMONIC.encode(), b"mnemonic", 2048)
BIP84 = {
    0: (
        "0330d54fd0dd420a6e5f8d3624f5f3482cae350f79d5f0753bf5beef9c2d91af3c",
        "bc1qcr8te4kr609gcawutmrza0j4xv80jy8z306fyu",
    ),
    1: (
        "03e775fd51f0dfb8cd865d9ff1cca2a158cf651fe997fdc9fee9c1d3b5e995ea77",
        "bc1qnjg0jd8228aq7egyzacy8cys3knf9xvrerkf9g",
    ),
}


def account(seed: bytes = BIP84_SEED, chain: str = MAINNET) -> KeyAccount:
    return derived.account_of(bytearray(seed), chain=chain)


def parts(xpub: str) -> tuple[bytes, bytes]:
    """Key and chain code of an extended public key."""
    data = base58.decode_check(xpub)
    return data[45:78], data[13:45]


def ckd_pub(key: bytes, chain_code: bytes, index: int) -> tuple[bytes, bytes]:
    """CKDpub as BIP32 writes it down, by the standard library and libsecp256k1."""
    made = hmac.digest(chain_code, key + index.to_bytes(4, "big"), "sha512")
    return PublicKey(key).add(made[:32]).format(), made[32:]


def test_bip84_addresses() -> None:
    found = account()
    assert (found.fingerprint, found.path) == ("73c5da0a", "84h/0h/0h")
    for index, (public_key, address) in BIP84.items():
        assert hd.child_key(found.xpub, index).hex() == public_key
        assert hd.child_address(found.xpub, index, chain=MAINNET) == address


def test_bip32_public_derivation() -> None:
    """``child_key`` goes down the branch 0 first: the vector's child 0 is that branch."""
    parent, child = VECTOR_2
    key, chain_code = parts(child)
    assert hd.child_key(parent, 7) == ckd_pub(key, chain_code, 7)[0]


def test_bip84_signatures_come_from_the_children() -> None:
    found = account()
    made = derived.sign_children(bytearray(BIP84_SEED), account=found, wanted=[(0, DIGEST), (1, DIGEST)])
    for (public_key, _), signature in zip(BIP84.values(), made, strict=True):
        assert verify(public_key=bytes.fromhex(public_key), digest=DIGEST, signature=signature)


def test_a_signature_is_made_as_rfc_6979_says() -> None:
    found = account()
    wanted = [(3, DIGEST)]
    first, second = (
        derived.sign_children(bytearray(BIP84_SEED), account=found, wanted=wanted) for _ in range(2)
    )
    assert first == second


def test_another_seed_signs_nothing() -> None:
    with pytest.raises(TokenResultError, match="does not lead"):
        derived.sign_children(bytearray(32), account=account(), wanted=[(0, DIGEST)])


@pytest.mark.parametrize("length", [0, 31, 33])
def test_only_digests_of_32_bytes(length: int) -> None:
    wanted = [(0, bytes(length))]
    with pytest.raises(ValueError, match="32-byte"):
        derived.sign_children(bytearray(BIP84_SEED), account=account(), wanted=wanted)


def test_test_networks_have_their_own_coin_type_and_prefix() -> None:
    found = account(chain=REGTEST)
    assert (found.path, found.xpub[:4]) == ("84h/1h/0h", "tpub")
    assert found.xpub != account().xpub


@given(st.binary(min_size=32, max_size=32), st.integers(0, hd.LARGEST_INDEX))
def test_private_and_public_children_meet(seed: bytes, index: int) -> None:
    found = account(seed, REGTEST)
    (made,) = derived.sign_children(bytearray(seed), account=found, wanted=[(index, DIGEST)])
    assert verify(public_key=hd.child_key(found.xpub, index), digest=DIGEST, signature=made)


@given(st.integers(0, hd.LARGEST_INDEX))
def test_a_second_derivation_gives_the_same_key(index: int) -> None:
    found = account()
    branch = ckd_pub(*parts(found.xpub), 0)
    assert ckd_pub(*branch, index)[0] == hd.child_key(found.xpub, index)


@pytest.mark.parametrize("index", [-1, 2**31, 2**32])
def test_no_hardened_children_of_an_xpub(index: int) -> None:
    with pytest.raises(InvalidInputError, match="hardening"):
        hd.child_key(account().xpub, index)


def test_refuses_what_is_no_xpub() -> None:
    good = account().xpub
    private = (
        "xprv9s21ZrQH143K3QTDL4LXw2F7HEK3wJUD2nW2nRk4stbPy6cq3jPPqjiChkVvvNKmPGJxWUtg6LnF5kejMRNNU3TGtRBeJgk33yu"
        "GBxrMPHi"
    )
    for bad in ("", "xpub", good[:-1] + ("1" if good[-1] != "1" else "2"), private):
        with pytest.raises(InvalidInputError) as refused:
            hd.child_key(bad, 0)
        assert refused.value.code == "bad_xpub"


def test_the_descriptor_has_a_checksum() -> None:
    found = account()
    text = hd.descriptor(found.xpub, fingerprint=found.fingerprint, path=found.path)
    assert text == f"wpkh([73c5da0a/84h/0h/0h]{found.xpub}/0/*)#{text[-8:]}"
    assert text[-8:] == "afwvtk2s"
