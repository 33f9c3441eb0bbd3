"""Names come from attestations of the pinned key, for this installation, and from nowhere else."""

from datetime import timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed, decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from custody.common import canonical
from custody.common.errors import InvalidInputError
from custody.statements.attestation import Attestation, SignedAttestation
from custody.statements.display import Attested
from tests.approve import golden
from tests.approve.world import ATTEST_KEY, attest
from tests.statements.examples import AT, INSTANCE, OFFICERS, SECOND_OFFICER, TERMS
from tests.statements.refusing import refused
from tests.statements.vectors import secret

PERSON = OFFICERS[0].to_json()
BOOK = golden.load("intent-transfer-attested")["attestations"][2]["attestation"]["body"]
PLACE = (BOOK["entry"]["chain"], BOOK["entry"]["address"])


def read(*items: SignedAttestation, key: str = ATTEST_KEY, instance: str = INSTANCE) -> Attested:
    data = canonical.encode([item.to_json() for item in items])
    return Attested.read(data, attest_key=key, instance=instance)


def test_the_later_name_counts_whatever_the_order() -> None:
    old = attest("PERSON", PERSON | {"name": "Before"}, at=AT - timedelta(days=1))
    new = attest("PERSON", PERSON | {"name": "After"})
    for items in ((old, new), (new, old)):
        named = read(*items).names[SECOND_OFFICER]
        assert (named.name, named.at) == ("After", AT)


def test_each_book_has_its_own_label() -> None:
    house = BOOK | {"book": "book/house", "entry": BOOK["entry"] | {"label": "other"}}
    labels = read(attest("BOOK", BOOK), attest("BOOK", house)).labels[PLACE]
    assert {book: label.name for book, label in labels.items()} == {
        BOOK["book"]: "Börse",
        "book/house": "other",
    }


def test_an_asset_taken_out_has_no_decimals_any_more() -> None:
    asset = "eip155:1/erc20:0xab"
    body = {"asset": asset, "symbol": "ABC", "decimals": 2}
    assert read(attest("ASSET", body)).units[asset].decimals == 2
    later = attest("ASSET", body | {"removed": True}, at=AT + timedelta(days=1))
    assert read(attest("ASSET", body), later).units == {}


def test_an_attest_key_on_a_token_is_one_of_p256() -> None:
    key = ec.derive_private_key(int.from_bytes(secret("custody test attest p256"), "big"), ec.SECP256R1())
    public = key.public_key().public_bytes(Encoding.X962, PublicFormat.CompressedPoint).hex()
    document = Attestation(instance=INSTANCE, kind="PERSON", body=PERSON, at=AT)
    r, s = decode_dss_signature(key.sign(bytes.fromhex(document.hash), ec.ECDSA(Prehashed(SHA256()))))
    signature = r.to_bytes(32, "big") + s.to_bytes(32, "big")
    item = SignedAttestation(attestation=document, public_key=public, signature=signature.hex())
    assert SECOND_OFFICER in read(item, key=public).names
    with refused("/0/signature", "bad_proof"):
        read(SignedAttestation.read(item.to_json() | {"signature": "11" * 64}), key=public)


def test_refuses_the_signature_of_another_key() -> None:
    with refused("/0/public_key", "bad_proof"):
        read(attest("PERSON", PERSON), key="ab" * 32)


def test_refuses_a_changed_attestation_and_takes_nothing_from_its_list() -> None:
    good, other = attest("PERSON", PERSON), attest("PERSON", PERSON | {"name": "Mallory"})
    forged = SignedAttestation.read(other.to_json() | {"signature": good.signature})
    with refused("/1/signature", "bad_proof"):
        read(good, forged)


def test_refuses_another_installation() -> None:
    with refused("/0/attestation/instance"):
        read(attest("PERSON", PERSON), instance="ins_01KAJ8M3V6Q2W9X4Y7Z0A1B2C4")


@pytest.mark.parametrize(
    ("kind", "body", "field"),
    [
        ("PERSON", PERSON | {"name": ""}, "/body/name"),
        ("BOOK", BOOK | {"book": "people"}, "/body/book"),
        ("BOOK", BOOK | {"entry": BOOK["entry"] | {"address": "bcrt1qqqqqqqq"}}, "/body/entry/address"),
        ("ADDRESS", {"chain": TERMS.chain, "address": TERMS.address, "index": 0}, "/body"),
        ("ASSET", {"asset": "eip155:1/erc20:0xab", "symbol": "A", "decimals": 79}, "/body/decimals"),
    ],
    ids=["person", "book", "address of no network", "issued for nobody", "decimals"],
)
def test_refuses_a_body_that_is_not_of_its_kind(kind: Any, body: dict[str, Any], field: str) -> None:
    with pytest.raises(InvalidInputError) as caught:
        read(attest(kind, body))
    assert caught.value.field == field


@pytest.mark.parametrize(
    "data", [b"{}", b"[{}]", b"[ ]", b""], ids=["object", "empty item", "spelling", "nothing"]
)
def test_refuses_what_is_no_list_of_attestations(data: bytes) -> None:
    with pytest.raises(InvalidInputError):
        Attested.read(data, attest_key=ATTEST_KEY, instance=INSTANCE)
