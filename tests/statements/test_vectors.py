"""The examples of the formats document, byte for byte."""

import pytest
from coincurve import PrivateKey
from coincurve.ecdsa import der_to_cdata, serialize_compact
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from custody.statements.approval import Statement
from custody.statements.form import Document
from custody.statements.holdings import Holdings
from custody.statements.intent import Intent
from custody.statements.policy import EscrowTermsRule, Policy
from custody.statements.terms import Terms
from custody.statements.trust import TrustDocument
from tests.statements.vectors import VECTORS, load, secret

FORMS: dict[str, type[Document]] = {
    "intent": Intent,
    "policy": Policy,
    "terms": Terms,
    "statement_ed25519": Statement,
    "statement_webauthn": Statement,
    "trust_person_credential": TrustDocument,
    "trust_mandate": TrustDocument,
    "fact_holdings": Holdings,
}


def test_every_vector_is_read() -> None:
    assert {path.stem for path in VECTORS.glob("*.json")} == set(FORMS)


@pytest.mark.parametrize(("name", "form"), FORMS.items())
def test_reads_and_writes_the_same_bytes(name: str, form: type[Document]) -> None:
    data = load(name)["bytes"].encode()
    assert form.from_bytes(data).to_bytes() == data


@pytest.mark.parametrize(("name", "form"), FORMS.items())
def test_hashes_as_published(name: str, form: type[Document]) -> None:
    vector = load(name)
    assert form.from_bytes(vector["bytes"].encode()).hash == vector["hash"]


def test_genesis_policy_is_the_published_one() -> None:
    assert Policy(rules=(EscrowTermsRule(),)).hash == load("policy")["hash"]


def test_signs_the_terms_as_published_under_rfc6979() -> None:
    vector = load("terms")
    key = PrivateKey(secret(vector["signer"]))
    signature = serialize_compact(der_to_cdata(key.sign(bytes.fromhex(vector["hash"]), hasher=None)))
    assert signature.hex() == vector["signature"]


@pytest.mark.parametrize("name", ["statement_ed25519", "fact_holdings"])
def test_signs_as_published_under_ed25519(name: str) -> None:
    vector = load(name)
    key = Ed25519PrivateKey.from_private_bytes(secret(vector["signer"]))
    assert key.public_key().public_bytes_raw().hex() == vector["proof"]["credential"]
    assert key.sign(bytes.fromhex(vector["hash"])).hex() == vector["proof"]["signature"]
