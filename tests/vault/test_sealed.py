"""The bytes of an encrypted field open in their own place, under their own key, unaltered."""

import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from custody.vault.errors import VaultIntegrityError
from custody.vault.sealed import Sealed, seal

KEY = bytes(range(32))
PLACE = "accounts.user|usr_1|name"


@given(st.text(), st.integers(min_value=1, max_value=2**63))
def test_opens_what_it_sealed(text: str, number: int) -> None:
    sealed = seal(text, key=KEY, key_number=number, place=PLACE)
    assert sealed.key_number == number
    assert sealed.open(key=KEY, place=PLACE) == text


def test_hides_text_and_length_in_its_representation() -> None:
    assert repr(seal("Erika Mustermann", key=KEY, key_number=1, place=PLACE)) == "Sealed()"


def test_never_writes_the_same_bytes_twice() -> None:
    assert seal("a", key=KEY, key_number=1, place=PLACE) != seal("a", key=KEY, key_number=1, place=PLACE)


@pytest.mark.parametrize("place", ["accounts.user|usr_2|name", "accounts.user|usr_1|email", "x|usr_1|name"])
def test_does_not_open_in_another_place(place: str) -> None:
    sealed = seal("Erika", key=KEY, key_number=1, place=PLACE)
    with pytest.raises(VaultIntegrityError):
        sealed.open(key=KEY, place=place)


def test_does_not_open_under_another_key() -> None:
    sealed = seal("Erika", key=KEY, key_number=1, place=PLACE)
    with pytest.raises(VaultIntegrityError):
        sealed.open(key=os.urandom(32), place=PLACE)


def test_does_not_open_with_any_byte_changed() -> None:
    data = seal("Erika", key=KEY, key_number=1, place=PLACE).data
    for index in range(len(data)):
        changed = bytearray(data)
        changed[index] ^= 1
        with pytest.raises(VaultIntegrityError):
            Sealed(bytes(changed)).open(key=KEY, place=PLACE)


@pytest.mark.parametrize("data", [b"", b"\x01" * 20])
def test_refuses_what_is_too_short(data: bytes) -> None:
    with pytest.raises(VaultIntegrityError):
        _ = Sealed(data).key_number


def test_refuses_an_unknown_version() -> None:
    data = seal("Erika", key=KEY, key_number=1, place=PLACE).data
    with pytest.raises(VaultIntegrityError):
        _ = Sealed(b"\x02" + data[1:]).key_number
