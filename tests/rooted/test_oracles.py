"""No oracle: every key signs one kind of thing, and nothing that a request could make into another."""

import base64
import hashlib
from datetime import timedelta
from typing import Any

import pytest
from asn1crypto import cms

from custody.chains.bitcoin.psbt import decode, digests
from custody.common import clock
from custody.common.errors import InvalidInputError
from custody.hsm import selectors as desk
from custody.hsm.models import SigningKey
from custody.statements.proof import verify_secp256k1
from custody.statements.release import ApprovedRelease, Release
from custody.statements.request import CheckpointPayload, Request, SealPayload
from tests.harness.bitcoin import REGTEST
from tests.harness.live_deal import LiveDeal
from tests.rooted.attacker import Attacker, Refused
from tests.rooted.forging import THIEF, key_proof, payout, request, spend, to_thief
from tests.rooted.officers import Officers
from tests.signer.releases import certificate_reference

pytestmark = pytest.mark.xdist_group("live")

NOT_FOR_THIS = Refused("wrong_key_purpose", "/key")


@pytest.fixture
def theft(untouched: LiveDeal) -> bytes:
    """The digest whose signature would give the coins to the thief."""
    (digest,) = digests(decode(payout(untouched, to_thief(untouched)), chain=REGTEST))
    return digest


def seal(der: bytes, *, purpose: str = "seal") -> Request:
    payload = SealPayload(signed_attributes=base64.b64encode(der).decode(), certificate="DRAFT")
    return request("CMS_SEAL", purpose, payload=payload)


@pytest.mark.parametrize("purpose", ["seal", "checkpoint", "demo_ca"])
def test_another_key_asked_to_spend(attacker: Attacker, untouched: LiveDeal, purpose: str) -> None:
    assert attacker.is_refused(spend(untouched, purpose=purpose)) == NOT_FOR_THIS


def test_a_transaction_digest_as_attributes_of_a_seal(attacker: Attacker, theft: bytes) -> None:
    refused = attacker.is_refused(seal(theft))
    assert refused == Refused("not_cms_attributes", "/payload/signed_attributes")


def test_the_spending_key_asked_to_seal(attacker: Attacker, theft: bytes) -> None:
    assert attacker.is_refused(seal(theft, purpose="mediator")) == NOT_FOR_THIS


def test_the_spending_key_asked_for_a_checkpoint(attacker: Attacker, theft: bytes) -> None:
    payload = CheckpointPayload(stream="main", from_=1, to=1, entries=(theft.hex(),))
    assert attacker.is_refused(request("CHECKPOINT", "mediator", payload=payload)) == NOT_FOR_THIS


def test_the_demo_ca_asked_to_seal(attacker: Attacker) -> None:
    """It certified our keys at genesis and does nothing since."""
    assert attacker.is_refused(seal(b"0\x00", purpose="demo_ca")) == NOT_FOR_THIS


def test_a_seal_under_the_released_certificate(attacker: Attacker) -> None:
    payload = SealPayload(signed_attributes=base64.b64encode(b"1\x00").decode(), certificate="RELEASED")
    refused = attacker.is_refused(request("CMS_SEAL", "seal", payload=payload))
    assert refused == Refused("release_needs_approvals", "/payload/certificate")


def test_a_release_that_the_attacker_approves(attacker: Attacker, officers: Officers) -> None:
    """In the names of two officers, by the attacker's own key."""
    digest = hashlib.sha256(b"report of the attacker").digest()
    certificate, _ = desk.seal_certificates("RELEASED")[0]
    values = {
        "content_type": ["data"],
        "message_digest": [digest],
        "signing_certificate_v2": [certificate_reference(certificate)],
    }
    attributes = cms.CMSAttributes([{"type": name, "values": value} for name, value in values.items()])
    document = Release(
        instance=desk.identity().instance, id="run_01KAJ8W0000000000000000001", report="R3",
        period="2026-10", digest=digest.hex(), twin="11" * 32,
        expires_at=clock.now().replace(microsecond=0) + timedelta(hours=1),
    )  # fmt: skip
    forged = tuple(officers.says(name, document, by_thief=True) for name in ("compliance", "security"))
    payload = SealPayload(
        signed_attributes=base64.b64encode(attributes.dump()).decode(), certificate="RELEASED"
    )
    carried = ApprovedRelease(document=document, approvals=forged)
    refused = attacker.is_refused(request("CMS_SEAL", "seal", payload=payload, documents=(carried,)))
    assert refused == Refused("bad_proof", "/documents/0/approvals/0/proof/credential")


@pytest.mark.parametrize(
    ("field", "culprit"),
    [("digest", "/payload/digest"), ("server_nonce", "/payload/server_nonce")],
)
def test_a_digest_inside_a_key_proof(
    attacker: Attacker, untouched: LiveDeal, theft: bytes, field: str, culprit: str
) -> None:
    """The template has no place for 32 bytes of somebody else's choice."""
    honest = request("KEY_PROOF", "mediator", payload=key_proof(untouched))
    document = honest.to_json()
    document["payload"][field] = theft.hex()
    assert attacker.is_refused_with_bytes(honest.id, document) == Refused("bad_field", culprit)


def test_a_key_proof_is_no_signature_of_anything_else(
    attacker: Attacker, untouched: LiveDeal, theft: bytes
) -> None:
    """A true challenge gets its answer, which signs a tagged hash of the template and nothing else."""
    challenge = key_proof(untouched, server_nonce=theft.hex()[:32])
    result = attacker.ask(request("KEY_PROOF", "mediator", payload=challenge))
    (made,) = result.signatures
    verify_secp256k1(public_key=made.public_key, digest=challenge.hash, signature=made.signature)
    for digest in (theft.hex(), hashlib.sha256(challenge.to_bytes()).hexdigest()):
        with pytest.raises(InvalidInputError):
            verify_secp256k1(public_key=made.public_key, digest=digest, signature=made.signature)


@pytest.mark.parametrize(
    ("changes", "refused"),
    [
        ({"role": "buyer"}, Refused("foreign_role", "/payload/role")),
        ({"public_key": THIEF.public_key.format().hex()}, Refused("key_not_proven", "/payload/public_key")),
        ({"terms": "ab" * 32}, Refused("terms_unknown", "/payload/terms")),
        ({"deal": "deal_01KAJ8P0000000000000000009"}, Refused("deal_not_of_terms", "/payload/deal")),
    ],
)
def test_a_key_proof_that_is_not_of_the_deal(
    attacker: Attacker, untouched: LiveDeal, changes: dict[str, Any], refused: Refused
) -> None:
    forged = request("KEY_PROOF", "mediator", payload=key_proof(untouched, **changes))
    assert attacker.is_refused(forged) == refused


def test_a_key_of_the_thiefs_own_making(attacker: Attacker, untouched: LiveDeal) -> None:
    """A row in the web's table of keys makes no key of the signer's."""
    key, public = "key_01KAJ8V0000000000000000009", THIEF.public_key.format().hex()
    attacker.sql(
        "INSERT INTO hsm_signingkey "
        "(id, purpose, curve, public_key, key_class, state, state_seq, certificates, backend) VALUES "
        f"('{key}', 'thief', 'secp256k1', '{public}', 'NEVER_LEAVES', 'ACTIVE', 0, '[]', 'pkcs11')"
    )
    try:
        assert desk.active_key("thief").pk == key
        assert attacker.is_refused(spend(untouched, purpose="thief")) == Refused("unknown_key", "/key")
    finally:
        SigningKey.objects.filter(pk=key).delete()
