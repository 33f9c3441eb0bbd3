"""A request leaves the database as the very bytes the signer judges."""

from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from custody.hsm.models import SigningRequest
from tests.hsm.desk import request_checkpoint


def test_writes_the_exact_bytes(desk: None, tmp_path: Path) -> None:
    row = request_checkpoint()
    file = tmp_path / "request.json"
    call_command("export_signing_request", row.id, output=file)
    assert file.read_bytes() == bytes(row.body)


def test_prints_the_exact_bytes(desk: None, capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    row = request_checkpoint()
    call_command("export_signing_request", row.id)
    assert capfdbinary.readouterr().out == bytes(row.body)


def test_an_unknown_request_is_one_line_of_error(desk: None) -> None:
    with pytest.raises(CommandError, match="not_found: no such signing request"):
        call_command("export_signing_request", "req_01KAJ8W0000000000000000009")
    assert not SigningRequest.objects.exists()
