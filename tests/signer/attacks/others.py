"""Requests that pay nobody: names, heads, proofs, addresses and one-time keys for an attacker."""

from asn1crypto import x509

from custody.common.ids import new_id
from custody.statements.address import AddressPayload
from custody.statements.checkpoint import Checkpoint, SignedCheckpoint
from custody.statements.one_time import DestroyKeyPayload, MakeKeyPayload
from custody.statements.request import Request
from tests.harness.bitcoin import public_key
from tests.signer import test_csr as csr
from tests.signer.attacks import Attack, Ground
from tests.signer.genesis import INSTANCE
from tests.signer.house import wallet_id

DEAL = "deal_01KAJ8P0000000000000000007"
UNKNOWN_WALLET = wallet_id(98)


def _foreign_name(ground: Ground) -> Request:
    """A certificate that would let the seal key speak for a bank."""
    bench = ground.house.bench
    name = x509.Name.build({"common_name": "Bank"})
    return csr.request(bench, csr.info(bench, subject=name))


def _foreign_head(ground: Ground) -> Request:
    """A head of the future, signed by nobody we know: it would stop the signer."""
    at = ground.house.bench.hands.now
    head = Checkpoint(instance=INSTANCE, stream="signer", position=9_999, link="99" * 32, at=at)
    payload = SignedCheckpoint(checkpoint=head, public_key=public_key("thief").hex(), signature="01" * 64)
    return Request(id=new_id("req", at=at), instance=INSTANCE, kind="HEAD", payload=payload)


def _foreign_key(ground: Ground) -> Request:
    """The key of the attacker, proved by ours."""
    bench = ground.house.bench
    challenge = bench.key_proof(ground.terms, public_key=public_key("thief").hex())
    return bench.request("KEY_PROOF", "mediator", payload=challenge)


def _unknown_wallet(ground: Ground) -> Request:
    payload = AddressPayload(wallet=UNKNOWN_WALLET, index=0)
    return ground.house.bench.request("ADDRESS", "attest", payload=payload)


def _key_for_nobody(ground: Ground) -> Request:
    at = ground.house.bench.hands.now
    payload = MakeKeyPayload(wallet=UNKNOWN_WALLET, index=0, ref=DEAL)
    return Request(id=new_id("req", at=at), instance=INSTANCE, kind="KEY_MAKE", payload=payload)


def _end_of_the_mediator(ground: Ground) -> Request:
    return ground.house.bench.request("KEY_DESTROY", "mediator", payload=DestroyKeyPayload(ref=DEAL))


ATTACKS: tuple[Attack[Ground], ...] = (
    Attack("name: of somebody else", "foreign_subject", csr.POINTER, _foreign_name),
    Attack("head: of another key", "head_of_another_key", "/payload/public_key", _foreign_head),
    Attack("proof: of another key", "key_not_proven", "/payload/public_key", _foreign_key),
    Attack("address: of a wallet nobody has", "unknown_wallet", "/payload/wallet", _unknown_wallet),
    Attack("key: that nobody allowed", "no_key_template", "/payload/wallet", _key_for_nobody),
    Attack("key: the end of one that is needed", "not_a_one_time_key", "/key", _end_of_the_mediator),
)
