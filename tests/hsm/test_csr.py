"""``export_csr``: the request of the seal key as a provider takes it, asked of the signer once."""

import json
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from django.core.management import CommandError, call_command

from custody.hsm.csr import csr_of, request_csr
from custody.hsm.models import SigningRequest
from custody.statements.proof import p256_key
from tests.harness.signer_role import write_answer
from tests.hsm.office import Office


def test_a_provider_can_read_and_verify_the_request(
    office: Office, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    row = request_csr(actor="system:test", at=office.now)
    assert csr_of(row) is None
    office.answer_all()
    call_command("export_csr", "--output", str(tmp_path / "seal.csr"), "--json")
    said = json.loads(capsys.readouterr().out)
    assert said["request"] == row.pk
    request = x509.load_pem_x509_csr((tmp_path / "seal.csr").read_bytes())
    assert request.is_signature_valid
    own = p256_key(office.bench.key("seal").public_key)
    form = (Encoding.X962, PublicFormat.UncompressedPoint)
    assert request.public_key().public_bytes(*form) == own.public_bytes(*form)
    assert request.subject.rfc4514_string() == "CN=Custody DRAFT seal,O=Custody demonstration"


def test_the_signer_is_asked_once_for_the_same_request(office: Office) -> None:
    first = request_csr(actor="system:test", at=office.now)
    office.answer_all()
    assert request_csr(actor="system:test", at=office.now) == first
    assert SigningRequest.objects.filter(kind="CSR").count() == 1


def test_without_an_answer_it_says_so(office: Office, tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="no answer from the signer within 0 s"):
        call_command("export_csr", "--output", str(tmp_path / "seal.csr"), "--timeout", "0")
    assert not (tmp_path / "seal.csr").exists()


def test_a_refusal_names_the_rule(office: Office, tmp_path: Path) -> None:
    row = request_csr(actor="system:test", at=office.now)
    office.bench.handle_bytes(row.pk, bytes(row.body))
    result = office.bench.handle_bytes(row.pk, bytes(row.body))
    refused = type(result).from_json(
        result.to_json() | {"outcome": "REFUSED", "rule": "killed", "culprit": "/key", "signatures": []}
    )
    write_answer(row, outcome="REFUSED", body=refused.to_bytes(), at=office.now)
    with pytest.raises(CommandError, match="killed"):
        call_command("export_csr", "--output", str(tmp_path / "seal.csr"))
