"""Each check of a WebAuthn assertion, with a valid signature around the one wrong thing."""

from dataclasses import replace
from typing import Any

import pytest

from custody.statements.credential import WebAuthnCredential
from custody.statements.proof import ProofError, WebAuthnProof
from custody.statements.webauthn import verify_assertion
from tests.statements.passkeys import ORIGIN, Passkey
from tests.statements.refusing import refused
from tests.statements.vectors import load

DIGEST = "ab" * 32
PASSKEY = Passkey()
CLIENT_TEXT = f'{{"type":"webauthn.get","challenge":"{"q6ur" * 10}q6s","origin":"{ORIGIN}"}}'
VECTOR = load("statement_webauthn")


def verify(proof: WebAuthnProof, **changes: Any) -> int:
    credential = replace(PASSKEY.credential(), **changes)
    return verify_assertion(proof, digest=DIGEST, credential=credential)


def test_accepts_the_published_assertion_and_returns_its_counter() -> None:
    proof = WebAuthnProof.read(VECTOR["proof"])
    credential = WebAuthnCredential.read(VECTOR["credential"])
    assert verify_assertion(proof, digest=VECTOR["hash"], credential=credential) == 7


def test_accepts_an_assertion_without_cross_origin() -> None:
    assert verify(PASSKEY.answer(DIGEST, client_text=CLIENT_TEXT, counter=8)) == 8


WRONG_CLIENT_DATA: dict[str, dict[str, Any]] = {
    "a registration": {"type": "webauthn.create"},
    "another challenge": {"challenge": "AAAA"},
    "a padded challenge": {"challenge": "q6ur" * 10 + "q6s="},
    "another origin": {"origin": "http://approve.localhost:8002"},
    "an origin in capitals": {"origin": "http://Approve.localhost:8001"},
    "another page around it": {"crossOrigin": True},
    "cross origin that is no boolean": {"crossOrigin": 0},
    "an origin on top": {"topOrigin": "http://approve.localhost:8001"},
    "no JSON": {"client_text": "{"},
    "no object": {"client_text": "[]"},
    "a repeated key": {"client_text": f'{{"origin":"http://evil.example",{CLIENT_TEXT[1:]}'},
}


@pytest.mark.parametrize("wrong", WRONG_CLIENT_DATA.values(), ids=WRONG_CLIENT_DATA.keys())
def test_refuses_client_data_with(wrong: dict[str, Any]) -> None:
    with refused("/client_data", "bad_proof"):
        verify(PASSKEY.answer(DIGEST, **wrong))


WRONG_AUTHENTICATOR_DATA: dict[str, dict[str, Any]] = {
    "another relying party": {"rp_id": "localhost"},
    "no user present": {"flags": 0x04},
    "no user verified": {"flags": 0x01},
    "a key that may be backed up": {"flags": 0x0D},
    "a key that is backed up": {"flags": 0x15},
    "bytes behind": {"behind": b"\x00"},
}


@pytest.mark.parametrize("wrong", WRONG_AUTHENTICATOR_DATA.values(), ids=WRONG_AUTHENTICATOR_DATA.keys())
def test_refuses_authenticator_data_with(wrong: dict[str, Any]) -> None:
    with refused("/authenticator_data", "bad_proof"):
        verify(PASSKEY.answer(DIGEST, **wrong))


def test_refuses_another_credential() -> None:
    with refused("/credential", "bad_proof"):
        verify(PASSKEY.answer(DIGEST), id="AAAA")


def test_refuses_a_key_that_is_no_point() -> None:
    with refused("/credential", "bad_proof"):
        verify(PASSKEY.answer(DIGEST), public_key="02" + "ff" * 32)


def test_refuses_the_signature_of_another_assertion() -> None:
    proof = replace(PASSKEY.answer(DIGEST), signature=PASSKEY.answer(DIGEST, counter=8).signature)
    with refused("/signature", "bad_proof"):
        verify(proof)


@pytest.mark.parametrize("part", ["authenticator_data", "client_data", "signature"])
def test_refuses_every_changed_character_of_the_published_assertion(part: str) -> None:
    credential = WebAuthnCredential.read(VECTOR["credential"])
    text = VECTOR["proof"][part]
    # The last character may carry unused bits, which the reader of the field refuses.
    for position in range(len(text) - 1):
        other = "A" if text[position] != "A" else "B"
        changed = VECTOR["proof"] | {part: text[:position] + other + text[position + 1 :]}
        with pytest.raises(ProofError):
            verify_assertion(WebAuthnProof.read(changed), digest=VECTOR["hash"], credential=credential)
