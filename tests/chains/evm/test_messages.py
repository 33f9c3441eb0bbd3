"""Texts signed by accounts (EIP-191): a published digest, and eth-account as judge."""

from coincurve import PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from custody.chains.evm.messages import personal_digest
from tests.chains.evm.examples import KEY
from tests.chains.evm.judge import Account, encode_defunct


def test_digest_as_published() -> None:
    """The example of web3.js for hashMessage."""
    assert personal_digest(b"Hello World").hex() == (
        "a1de988600a42c4b4ab089b619297c17d53cffae5d5120d82d8a92d0bb3b78f2"
    )


@given(st.binary(max_size=300))
def test_eth_account_hashes_and_recovers_the_same(message: bytes) -> None:
    digest = personal_digest(message)
    theirs = Account.sign_message(encode_defunct(message), KEY.secret)
    assert bytes(theirs.message_hash) == digest
    assert PrivateKey(KEY.secret).sign_recoverable(digest, hasher=None)[:64] == bytes(theirs.signature)[:64]
