"""Books, assets, contracts, keys and addresses of the attacker's own: the signer knows its own alone."""

import base64
import json
from datetime import timedelta
from typing import Any

import pytest

from custody.chains.evm.safe import SafeTx
from custody.common import clock
from custody.common.ids import new_id
from custody.hsm import selectors
from custody.statements.address import AddressPayload
from custody.statements.evm import SafeTxPayload
from custody.statements.form import Form
from custody.statements.intent import Source
from custody.statements.trust import FIRST_PREVIOUS, TrustType
from custody.statements.trust.assets import Abi, AssetEntry
from custody.statements.trust.book import BookAdd, BookEntry
from custody.statements.trust.keys import KeyActivate, WalletBinding
from tests.chains.evm.examples import CHAIN, PAYEE, SAFE, TOKEN
from tests.harness.bitcoin import REGTEST
from tests.harness.live_deal import LiveDeal
from tests.rooted.attacker import Attacker, Refused
from tests.rooted.forging import THIEFS_ADDRESS, intent, request, spend, terms_of, to_thief
from tests.rooted.officers import Officers, carried

pytestmark = pytest.mark.xdist_group("live")

CLIENT = "cli_01KAJ8Q0000000000000000001"
BODY = "/documents/0/document/body"


def by_thief(officers: Officers, kind: TrustType, body: Form, **changes: Any) -> Any:
    """A document that only misses true signatures: the thief signs for three officers."""
    document = officers.document(kind, body, maker="security", **changes)
    names = ("security", "compliance", "deputy")
    return carried(document, *(officers.says(name, document, by_thief=True) for name in names))


# --- rule 6: the client's word ----------------------------------------------------------------


def test_an_address_in_the_book_of_a_client(attacker: Attacker, officers: Officers) -> None:
    """So that the client's money could go there without the client."""
    entry = BookEntry(chain=REGTEST, address=THIEFS_ADDRESS, label="Savings", proof="signed message")
    stream = {"stream": f"book/{CLIENT}", "epoch": 1, "previous": FIRST_PREVIOUS}
    refused = attacker.is_refused(by_thief(officers, "ADDRESS", BookAdd(entries=(entry,)), **stream))
    assert (refused.rule, (refused.culprit or "")[-17:]) == ("bad_proof", "/proof/credential")


def test_the_money_of_a_client_without_the_clients_word(attacker: Attacker, untouched: LiveDeal) -> None:
    source = Source(wallet=untouched.wallet.pk, owner="CLIENT", client=CLIENT)
    wanted = intent(untouched, kind="TRANSFER", source=source, payees=to_thief(untouched))
    assert attacker.is_refused(spend(untouched, wanted=wanted)) == Refused(
        "intent_owner", "/intent/source/owner"
    )


# --- rules 7 and 15: whose key, and of which class --------------------------------------------


def activation(officers: Officers, **changes: Any) -> KeyActivate:
    """The thief's key as a wallet of the house: where sweeps go to, and what is ours."""
    now = clock.now().replace(microsecond=0)
    values: dict[str, Any] = {
        "key": new_id("key", at=now),
        "public_key": officers.thief.public_key().public_bytes_raw().hex().rjust(66, "0"),
        "curve": "secp256k1",
        "class_": "NEVER_LEAVES",
        "purpose": "spend",
        "wallet": WalletBinding(
            wallet=new_id("wal", at=now), owner="HOUSE", chain=REGTEST, tier="COLD", limits=None
        ),
        "valid_from": now,
        "valid_until": now + timedelta(days=90),
    }
    return KeyActivate(**values | changes)


def test_a_key_of_its_own_as_a_wallet_of_the_house(attacker: Attacker, officers: Officers) -> None:
    """Even with a true quorum behind it: the catalogue knows no such key, whatever class it claims."""
    body = activation(officers, public_key="02" + "11" * 32)
    document = officers.document("KEY_ACTIVATE", body, maker="treasury")
    words = [officers.says(name, document) for name in ("treasury", "compliance", "deputy")]
    assert attacker.is_refused(carried(document, *words)) == Refused("unknown_key", f"{BODY}/key")


def test_another_public_key_under_the_id_of_ours(attacker: Attacker, officers: Officers) -> None:
    body = activation(officers, key=selectors.active_key("mediator").pk, public_key="02" + "11" * 32)
    refused = attacker.is_refused(by_thief(officers, "KEY_ACTIVATE", body))
    assert refused == Refused("not_the_key_of_the_catalogue", f"{BODY}/public_key")


# --- rule 9: assets and contracts -------------------------------------------------------------


@pytest.mark.parametrize("kind", ["ASSET", "ABI"])
def test_a_token_and_a_method_of_its_own(attacker: Attacker, officers: Officers, kind: TrustType) -> None:
    bodies: dict[str, Form] = {
        "ASSET": AssetEntry(asset=f"{CHAIN}/erc20:{TOKEN}", symbol="USD", decimals=0, contract=TOKEN),
        "ABI": Abi(chain=CHAIN, contract=TOKEN, methods=("approve(address,uint256)",)),
    }
    refused = attacker.is_refused(by_thief(officers, kind, bodies[kind]))
    assert (refused.rule, (refused.culprit or "")[-17:]) == ("bad_proof", "/proof/credential")


def test_a_delegatecall_out_of_a_safe(attacker: Attacker, untouched: LiveDeal) -> None:
    """Code of the attacker's would run as the Safe itself. The keys here are of deals; what the owner of
    a Safe refuses of it is in tests/signer/attacks.
    """
    data = json.loads(SafeTx(chain_id=31337, safe=SAFE, to=PAYEE, value=1, nonce=0).to_text())
    data["message"]["operation"] = 1
    payload = SafeTxPayload(typed_data=base64.b64encode(json.dumps(data).encode()).decode())
    wanted = intent(untouched, kind="SAFE", payees=to_thief(untouched))
    refused = attacker.is_refused(request("SAFE_TX", "mediator", intent=wanted, payload=payload))
    assert refused == Refused("wrong_key_purpose", "/key")


# --- rule 17: addresses -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "rule", "field"),
    [
        ({"address": THIEFS_ADDRESS}, "bad_field", "address"),
        ({"wallet": "wal_01KAJ8S0000000000000000009", "terms": None}, "unknown_wallet", "wallet"),
        ({"terms": "ab" * 32}, "terms_unknown", "terms"),
        ({"index": 1}, "address_index", "index"),
    ],
    ids=["a string", "a wallet nobody has", "terms nobody signed", "another index"],
)
def test_an_attestation_for_an_address_of_its_own(
    attacker: Attacker, untouched: LiveDeal, changes: dict[str, Any], rule: str, field: str
) -> None:
    """There is no place for an address: the signer derives it from what it knows, or attests none."""
    honest = request(
        "ADDRESS", "attest", payload=AddressPayload(terms=terms_of(untouched).hash, index=0)
    ).to_json()
    payload = {name: value for name, value in (honest["payload"] | changes).items() if value is not None}
    refused = attacker.is_refused_with_bytes(honest["id"], honest | {"payload": payload})
    assert refused == Refused(rule, f"/payload/{field}")
