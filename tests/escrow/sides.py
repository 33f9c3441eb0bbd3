"""Buyer and merchant of the tests: who acts, for which client, with which key outside our web."""

import hashlib
from dataclasses import dataclass

from coincurve import PrivateKey

from custody.accounts.models import User
from custody.chains.bitcoin.address import address_of
from tests.harness.bitcoin import REGTEST


def key_of(name: str) -> PrivateKey:
    return PrivateKey(hashlib.sha256(f"custody escrow test {name}".encode()).digest())


def address_for(key: PrivateKey) -> str:
    """A regtest address that only this key can spend from (P2WPKH)."""
    public = key.public_key.format()
    digest = hashlib.new("ripemd160", hashlib.sha256(public).digest()).digest()
    return address_of(b"\x00\x14" + digest, REGTEST)


@dataclass
class Side:
    """A party: the person who acts, its client, its key outside our web, where it is paid."""

    user: User
    client: str
    key: PrivateKey

    @property
    def public_key(self) -> str:
        return self.key.public_key.format().hex()

    @property
    def payout(self) -> str:
        return address_for(self.key)
