"""ADDRESS: the signer attests what it has derived itself, for wallets and terms it knows, and no string."""

from dataclasses import replace
from typing import Any

import pytest

from custody.chains.bitcoin.address import p2wpkh_address
from custody.common import canonical
from custody.hsm.signer.keys import SigningToken
from custody.hsm.signer.store import selectors
from custody.statements.attestation import Attestation, IssuedAddress, SignedAttestation
from custody.statements.request import Request
from custody.statements.result import Result
from custody.statements.trust.holds import Hold, HoldScope, Kill
from custody.statements.trust.keys import KeyStateChange, WalletBinding
from tests.harness.bitcoin import REGTEST
from tests.harness.signer_bench import LABEL
from tests.signer.bench import Bench
from tests.signer.genesis import FIRST
from tests.signer.house import House, wallet_id
from tests.signer.tokens import session_on

CLIENT = "cli_01KAJ8Q0000000000000000001"


@pytest.fixture
def house(bench: Bench) -> House:
    """A wallet of the house, activated this very second."""
    return House(bench)


def request(bench: Bench, purpose: str = "attest", **payload: Any) -> Request:
    return Request.from_json(
        bench.request("CHECKPOINT", purpose, payload=bench.checkpoint(["00" * 32]).payload).to_json()
        | {"kind": "ADDRESS", "payload": {"index": 0} | payload}
    )


def attested(result: Result) -> SignedAttestation:
    """The SEEN entry and the signature of the result, put together."""
    (seen,) = (entry.body for entry in result.entries if entry.kind == "SEEN")
    (made,) = result.signatures
    return SignedAttestation(
        attestation=Attestation.from_json(seen["attestation"]),
        public_key=made.public_key,
        signature=made.signature,
    )


def refused(result: Result) -> tuple[str | None, str | None]:
    assert result.outcome == "REFUSED"
    return result.rule, result.culprit


def ask(house: House, **payload: Any) -> Result:
    return house.bench.handle(request(house.bench, **payload or {"wallet": wallet_id(1)}))


def test_attests_the_address_of_a_wallet(house: House) -> None:
    found = attested(ask(house))
    found.verify(house.bench.key("attest").public_key)
    assert found.attestation.kind == "ADDRESS"
    assert found.attestation.at == house.bench.hands.now
    assert IssuedAddress.read(found.attestation.body) == IssuedAddress(
        wallet=wallet_id(1), chain=REGTEST, address=house.address(), index=0
    )


def test_the_signature_stands_in_the_slot_of_the_attestation(house: House) -> None:
    result = ask(house)
    digest = attested(result).attestation.hash
    slot = f"msg:custody/attestation/v1:{digest}"
    assert selectors.digest_in(house.bench.key("attest").id, slot) == digest


def test_a_wallet_of_a_client_is_attested_for_the_client(house: House) -> None:
    key = house.make_key(2)
    binding = WalletBinding(wallet=wallet_id(2), owner="CLIENT", client=CLIENT, chain=REGTEST, tier="HOT")
    house.officers.accept("KEY_ACTIVATE", replace(house.activation(key, wallet=2), wallet=binding))
    body = attested(ask(house, wallet=wallet_id(2))).attestation.body
    assert body == {"client": CLIENT, "chain": REGTEST, "address": house.address(key), "index": 0}


def test_attests_the_address_of_registered_terms(bench: Bench) -> None:
    terms = bench.register()
    body = attested(bench.handle(request(bench, terms=terms.hash))).attestation.body
    assert body == {"deal": terms.id, "chain": REGTEST, "address": terms.address, "index": 0}


def test_after_a_rotation_the_new_key_makes_the_address(house: House) -> None:
    """From the very second of its activation."""
    successor = house.make_key(2)
    house.activate(successor, wallet=1)
    assert attested(ask(house)).attestation.body["address"] == house.address(successor)


def test_finishes_with_the_same_address_although_a_key_was_activated_meanwhile(house: House) -> None:
    """Decided, then the token is away; in the same second the wallet gets another key."""
    successor = house.make_key(2)
    asked, token = request(house.bench, wallet=wallet_id(1)), house.bench.token
    house.bench.token = SigningToken(session_on(LABEL, pin="999999"))
    assert house.bench.handle(asked).outcome == "FAILED"
    house.bench.token = token
    house.activate(successor, wallet=1)
    assert attested(house.bench.handle(asked)).attestation.body["address"] == house.address()


@pytest.mark.parametrize(
    "extra", [{"address": "bcrt1qwyxsqzgk4y770fven3ur0ysj3gld8rxv6evpy6"}, {"chain": REGTEST}]
)
def test_no_string_can_be_given(house: House, extra: dict[str, str]) -> None:
    data = request(house.bench, wallet=wallet_id(1)).to_json()
    data["payload"] |= extra
    result = house.bench.handle_bytes(data["id"], canonical.encode(data))
    assert refused(result) == ("bad_field", f"/payload/{next(iter(extra))}")


@pytest.mark.parametrize("owners", [{}, {"wallet": wallet_id(1), "terms": "00" * 32}])
def test_refuses_neither_and_both_owners(house: House, owners: dict[str, str]) -> None:
    data = request(house.bench, wallet=wallet_id(1)).to_json() | {"payload": {"index": 0} | owners}
    assert refused(house.bench.handle_bytes(data["id"], canonical.encode(data))) == ("bad_field", "/payload")


def test_refuses_a_wallet_it_does_not_know(house: House) -> None:
    assert refused(ask(house, wallet=wallet_id(9))) == ("unknown_wallet", "/payload/wallet")


def test_refuses_terms_it_does_not_know(house: House) -> None:
    assert refused(ask(house, terms="00" * 32)) == ("terms_unknown", "/payload/terms")


def test_refuses_a_second_address_of_a_single_key(house: House) -> None:
    assert refused(ask(house, wallet=wallet_id(1), index=1)) == ("address_index", "/payload/index")


def test_refuses_a_wallet_of_another_kind_of_chain(house: House) -> None:
    key = house.make_key(2)
    binding = WalletBinding(wallet=wallet_id(2), owner="HOUSE", chain="eip155:1", tier="HOT")
    house.officers.accept("KEY_ACTIVATE", replace(house.activation(key, wallet=2), wallet=binding))
    assert refused(ask(house, wallet=wallet_id(2))) == ("chain_without_addresses", "/payload/wallet")


@pytest.mark.parametrize("state", ["SUSPENDED", "DEACTIVATED", "COMPROMISED"])
def test_refuses_a_wallet_whose_key_is_not_active(house: House, state: Any) -> None:
    house.officers.accept("KEY_STATE", KeyStateChange(key=house.key, state=state))
    assert refused(ask(house)) == ("key_not_active", "/payload/wallet")


def test_refuses_terms_whose_key_is_not_active(house: House) -> None:
    terms = house.bench.register()
    change = KeyStateChange(key=house.bench.key("mediator").id, state="SUSPENDED")
    house.officers.accept("KEY_STATE", change)
    assert refused(ask(house, terms=terms.hash)) == ("key_not_active", "/payload/terms")


def test_refuses_a_wallet_whose_key_is_out_of_its_time(house: House) -> None:
    house.bench.hands.pass_by(days=180)
    assert refused(ask(house)) == ("cryptoperiod_over", "/payload/wallet")


@pytest.mark.parametrize("purpose", ["checkpoint", "mediator", "seal", "spend"])
def test_no_other_key_attests(house: House, purpose: str) -> None:
    result = house.bench.handle(request(house.bench, purpose, wallet=wallet_id(1)))
    assert refused(result) == ("wrong_key_purpose", "/key")


def test_the_attest_key_signs_nothing_else(house: House) -> None:
    payload = house.bench.checkpoint(["00" * 32]).payload
    result = house.bench.handle(house.bench.request("CHECKPOINT", "attest", payload=payload))
    assert refused(result) == ("wrong_key_purpose", "/key")


@pytest.mark.parametrize("purpose", ["attest", "spend", None])
def test_a_kill_stops_attestations(house: House, purpose: str | None) -> None:
    kill = Kill(key=house.bench.key(purpose).id if purpose else None)
    house.officers.accept("KILL", kill, FIRST, maker=FIRST)
    assert refused(ask(house)) == ("killed", "/payload/wallet" if purpose == "spend" else "/key")


@pytest.mark.parametrize(
    ("scope", "culprit"), [("KEY", "/key"), ("WALLET", "/payload/wallet"), ("ADDRESS", "/payload/wallet")]
)
def test_a_hold_stops_attestations(house: House, scope: HoldScope, culprit: str) -> None:
    refs = {"KEY": house.bench.key("attest").id, "WALLET": wallet_id(1), "ADDRESS": house.address()}
    house.officers.accept("HOLD", Hold(scope=scope, ref=refs[scope]), FIRST, maker=FIRST)
    assert refused(ask(house)) == ("held", culprit)


def test_a_hold_of_the_spending_key_stops_attestations(house: House) -> None:
    house.officers.accept("HOLD", Hold(scope="KEY", ref=house.key), FIRST, maker=FIRST)
    assert refused(ask(house)) == ("held", "/payload/wallet")


def test_a_hold_of_the_deal_stops_attestations(house: House) -> None:
    terms = house.bench.register()
    house.officers.accept("HOLD", Hold(scope="DEAL", ref=terms.id), FIRST, maker=FIRST)
    assert refused(ask(house, terms=terms.hash)) == ("held", "/payload/terms")


def test_a_hold_of_the_client_stops_attestations(house: House) -> None:
    key = house.make_key(2)
    binding = WalletBinding(wallet=wallet_id(2), owner="CLIENT", client=CLIENT, chain=REGTEST, tier="HOT")
    house.officers.accept("KEY_ACTIVATE", replace(house.activation(key, wallet=2), wallet=binding))
    house.officers.accept("HOLD", Hold(scope="CLIENT", ref=CLIENT), FIRST, maker=FIRST)
    assert refused(ask(house, wallet=wallet_id(2))) == ("held", "/payload/wallet")


def test_attests_again_a_second_later(house: House) -> None:
    first = attested(ask(house))
    assert refused(ask(house)) == ("slot_already_signed", "/payload")
    house.bench.hands.pass_by(seconds=1)
    second = attested(ask(house))
    assert second.attestation.body == first.attestation.body
    assert second.attestation.hash != first.attestation.hash


def test_the_address_is_that_of_the_key(house: House) -> None:
    key = selectors.key(house.key)
    assert key is not None
    address = p2wpkh_address(bytes.fromhex(key.public_key), REGTEST)
    assert attested(ask(house)).attestation.body["address"] == address
