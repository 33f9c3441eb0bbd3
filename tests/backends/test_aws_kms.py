"""AWS KMS: errors in our words, credentials from files only, key ids only."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from custody.common.errors import CustodyError
from custody.hsm.backends import registry
from custody.hsm.backends.interface import KeyBackend, KeyClass, Scheme
from custody.hsm.token.errors import (
    AccessDeniedError,
    CapabilityMissingError,
    KeyDisabledError,
    KeyUnknownError,
    TokenPinError,
    TokenResultError,
    TokenUnavailableError,
)

DIGEST = bytes(range(32))
K1 = Scheme.ECDSA_SECP256K1
SOME_KEY = "6c5d8a38-9f0c-4c45-8636-d4ec94f1512b"


def opened(settings: dict[str, Any], **changes: Any) -> KeyBackend:
    return registry.open_backend("cloud", kind="aws_kms", settings=settings | changes)


@contextmanager
def canned(status: int, body: dict[str, Any]) -> Iterator[tuple[str, list[str]]]:
    """A service that answers everything alike; yields its address and the operations it was asked for."""
    asked: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            asked.append(self.headers["X-Amz-Target"])
            data = json.dumps(body).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/x-amz-json-1.1")
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, format: str, *args: object) -> None:
            """Nothing."""

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}", asked
        finally:
            server.shutdown()
            thread.join()


ANSWERS: list[tuple[int, str, type[CustodyError], str]] = [
    (400, "NotFoundException", KeyUnknownError, "key_unknown"),
    (400, "InvalidKeyUsageException", KeyUnknownError, "key_unknown"),
    (400, "DisabledException", KeyDisabledError, "key_disabled"),
    (400, "KMSInvalidStateException", KeyDisabledError, "key_disabled"),
    (400, "AccessDeniedException", AccessDeniedError, "access_denied"),
    (400, "UnrecognizedClientException", AccessDeniedError, "credentials_refused"),
    (400, "ExpiredTokenException", AccessDeniedError, "credentials_refused"),
    (400, "InvalidSignatureException", AccessDeniedError, "credentials_refused"),
    (400, "ThrottlingException", TokenUnavailableError, "token_unavailable"),
    (400, "KeyUnavailableException", TokenUnavailableError, "token_unavailable"),
    (500, "KMSInternalException", TokenUnavailableError, "token_unavailable"),
    (500, "DependencyTimeoutException", TokenUnavailableError, "token_unavailable"),
]


@pytest.mark.parametrize(("status", "theirs", "ours", "code"), ANSWERS, ids=[row[1] for row in ANSWERS])
def test_errors_in_our_words(
    kms_settings: dict[str, Any], status: int, theirs: str, ours: type[CustodyError], code: str
) -> None:
    with canned(status, {"__type": theirs, "message": "no"}) as (address, asked):
        backend = opened(kms_settings, endpoint=address)
        with pytest.raises(ours) as raised:
            backend.sign(handle=SOME_KEY, scheme=K1, digest32=DIGEST)
    assert raised.value.code == code
    # Asking again is for what passes by itself, never for a refusal.
    assert len(asked) == (3 if code == "token_unavailable" and theirs != "KeyUnavailableException" else 1)
    assert set(asked) == {"TrentService.Sign"}


def test_an_answer_that_is_no_signature(kms_settings: dict[str, Any]) -> None:
    with canned(200, {"KeyId": SOME_KEY, "Signature": "AAAA"}) as (address, _):
        backend = opened(kms_settings, endpoint=address)
        with pytest.raises(TokenResultError):
            backend.sign(handle=SOME_KEY, scheme=K1, digest32=DIGEST)


def test_nobody_there(kms_settings: dict[str, Any]) -> None:
    with canned(200, {}) as (address, _):
        pass
    backend = opened(kms_settings, endpoint=address)
    with pytest.raises(TokenUnavailableError):
        backend.sign(handle=SOME_KEY, scheme=K1, digest32=DIGEST)
    assert (backend.health().ok, backend.health().detail) == (False, "token_unavailable")


def test_health_needs_no_right_on_any_key(kms_settings: dict[str, Any]) -> None:
    with canned(400, {"__type": "AccessDeniedException"}) as (address, _):
        assert opened(kms_settings, endpoint=address).health().ok
    with canned(400, {"__type": "UnrecognizedClientException"}) as (address, _):
        assert opened(kms_settings, endpoint=address).health().detail == "credentials_refused"


def test_credentials_come_from_their_file_alone(
    kms_settings: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIAENVIRONMENT")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "environment")
    (tmp_path / "empty").write_text("")
    backend = opened(kms_settings, credentials_file=str(tmp_path / "empty"))
    with pytest.raises(TokenPinError, match="empty holds no credentials") as raised:
        backend.public_key(SOME_KEY)
    assert raised.value.code == "token_pin_missing"


def test_without_a_file_only_the_hosts_role_counts(
    kms_settings: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIAENVIRONMENT")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "environment")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("HOME", "/nonexistent")
    backend = registry.open_backend(
        "cloud",
        kind="aws_kms",
        settings={"region": "eu-central-1", "endpoint": kms_settings["endpoint"]},
    )
    with pytest.raises(TokenPinError, match="no role in AWS"):
        backend.public_key(SOME_KEY)


def test_renewed_credentials_count_after_a_refusal(kms_settings: dict[str, Any], kms_address: str) -> None:
    file = Path(kms_settings["credentials_file"])
    right = file.read_text()
    file.write_text("")
    backend = opened(kms_settings)
    with pytest.raises(TokenPinError):
        backend.public_key(SOME_KEY)
    file.write_text(right)
    assert backend.health().ok


@pytest.mark.parametrize(
    "handle", ["alias/mediator", f"arn:aws:kms:eu-central-1:111122223333:key/{SOME_KEY}", "", "x" * 36]
)
def test_only_key_ids_are_handles(kms_settings: dict[str, Any], handle: str) -> None:
    with pytest.raises(KeyUnknownError, match="key id"):
        opened(kms_settings).sign(handle=handle, scheme=K1, digest32=DIGEST)


def test_an_imported_key_is_no_key_that_never_leaves(kms_settings: dict[str, Any]) -> None:
    metadata = {"KeyId": SOME_KEY, "Origin": "EXTERNAL"}
    spki = (
        "MFYwEAYHKoZIzj0CAQYFK4EEAAoDQgAEeb5mfvncu6xVoGKVzocLBwKb/NstzijZWfKBWxb4F5hIOtp3JqPEZV2k+/wOEQio/"
        "Re0SKaFVBmcR9CP+xDUuA=="
    )
    with canned(200, {"KeyMetadata": metadata, "PublicKey": spki}) as (address, _):
        made = opened(kms_settings, endpoint=address).generate(
            label="", curve="secp256k1", key_class=KeyClass.NEVER_LEAVES, handle=SOME_KEY
        )
    assert made.public_key.hex() == "0279be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798"
    assert (made.never_leaves, made.attributes["origin"]) == (False, "EXTERNAL")


def test_no_wrapped_keys(kms_settings: dict[str, Any]) -> None:
    backend = opened(kms_settings)
    with pytest.raises(CapabilityMissingError, match="cloud does not offer key class WRAPPED"):
        backend.generate(label="", curve="secp256k1", key_class=KeyClass.WRAPPED)
    with pytest.raises(CapabilityMissingError, match="cloud does not offer key class WRAPPED"):
        backend.sign_wrapped(blob=b"", curve="secp256k1", digest32=DIGEST, public_key=b"")
