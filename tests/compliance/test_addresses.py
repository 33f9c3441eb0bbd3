"""One key per address, whatever spelling the chain allows."""

import pytest

from custody.common.errors import InvalidInputError
from custody.compliance.addresses import address_key, listed_key

LEGACY = "1MJLFX3pn4PrQUsUGZ8DGY2aps2AdBi7aw"
BECH32 = "bc1qng77pcpyvecqvndezu8cen0wee576tehwnemuh"
EVM = "0x9da3b4904D8b62a52c8aeDff1fd6b669c9f026e5"
TRON = "TCkDcJ76gH6vJaq11Rnrse9dzp3a1hbYJ4"
CASH = "qpm2qsznhks23z7629mms6s5cwef74vcwvy22gdx6a"
REGTEST = "bip122:0f9188f13cb7b2c71f2a335e3a4fc328"


@pytest.mark.parametrize(
    ("chain", "address", "key"),
    [
        (REGTEST, BECH32.upper(), BECH32),
        ("XBT", f" {LEGACY} ", LEGACY),
        ("btc", LEGACY, LEGACY),
        ("BCH", f"bitcoincash:{CASH}", CASH),
        ("eip155:1", EVM, EVM.lower()),
        ("ETH", EVM.upper().replace("0X", "0x"), EVM.lower()),
        ("USDT", TRON, TRON),
        ("USDT", EVM, EVM.lower()),
        ("tron:0x2b6653dc", TRON, TRON),
    ],
)
def test_an_address_has_this_key(chain: str, address: str, key: str) -> None:
    assert address_key(chain=chain, address=address) == key
    assert listed_key(address) == key


def test_base58_keeps_its_case() -> None:
    assert listed_key(LEGACY.lower()) != listed_key(LEGACY)


@pytest.mark.parametrize("address", ["", "two words", "ä" * 30, "1" * 129])
def test_what_cannot_be_an_address_is_refused(address: str) -> None:
    with pytest.raises(InvalidInputError) as error:
        address_key(chain="XBT", address=address)
    assert (error.value.code, error.value.field) == ("bad_address", "address")


def test_bech32_in_mixed_case_is_refused() -> None:
    with pytest.raises(InvalidInputError, match="mixed upper and lower case"):
        address_key(chain="XBT", address=BECH32[:-1] + "H")


def test_an_unknown_chain_is_refused() -> None:
    with pytest.raises(InvalidInputError) as error:
        address_key(chain="dogma:1", address=LEGACY)
    assert (error.value.code, error.value.field) == ("unknown_chain", "chain")
