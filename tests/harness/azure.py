"""A key vault on loopback that speaks the wire format Azure documents, api-version 7.4.

It stands for the paid service outside: token end point of the tenant, challenge, create, get,
sign and delete of keys, errors as the vault words them. Keys live in this server's memory.
"""

import base64
import json
import secrets
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any
from urllib.parse import parse_qs, urlsplit

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed, decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256

from tests.harness.azure_tls import make_certificate

TENANT, CLIENT, SECRET = "tenant-of-tests", "signer", "a secret that only this server knows"
_CURVES: dict[str, tuple[ec.EllipticCurve, str]] = {
    "P-256K": (ec.SECP256K1(), "ES256K"),
    "P-256": (ec.SECP256R1(), "ES256"),
}
_CREATED = 1_795_251_600


@dataclass
class VaultKey:
    """One key; a test may switch it off."""

    name: str
    version: str
    kind: str
    curve: str
    private: ec.EllipticCurvePrivateKey
    tags: dict[str, str]
    enabled: bool = True
    deleted: bool = False


class VaultError(Exception):
    """Answered as the vault answers: status, code and, where there is one, the inner code."""

    def __init__(self, status: int, code: str, inner: str = "") -> None:
        super().__init__(code)
        self.status = status
        more = {"innererror": {"code": inner}} if inner else {}
        self.body = {"error": {"code": code, "message": code, **more}}


@dataclass
class LocalVault:
    """The server's state; ``failures`` are answered first, one per request."""

    address: str = ""
    certificate: Path = Path()
    keys: dict[str, VaultKey] = field(default_factory=dict)
    tokens: set[str] = field(default_factory=set)
    failures: list[VaultError] = field(default_factory=list)

    def settings(self, directory: Path, **changes: Any) -> dict[str, Any]:
        """Settings of a back-end on this vault; its secret is written below ``directory``."""
        secret = directory / "client-secret"
        secret.write_text(SECRET)
        return {
            "vault": self.address,
            "tenant": TENANT,
            "client_id": CLIENT,
            "client_secret_file": str(secret),
            "authority": self.address,
            "ca_file": str(self.certificate),
            "hardware": True,
        } | changes

    def key(self, handle: str) -> VaultKey:
        """The live key behind a handle; raises VaultError."""
        found = self.keys.get(handle)
        if found is None or found.deleted:
            raise VaultError(404, "KeyNotFound")
        return found

    def create(self, name: str, body: dict[str, Any]) -> dict[str, Any]:
        curve, version = body["crv"], secrets.token_hex(16)
        private = ec.generate_private_key(_CURVES[curve][0])
        made = VaultKey(name, version, body["kty"], curve, private, body.get("tags", {}))
        self.keys[f"{name}/{version}"] = made
        return self.bundle(made)

    def sign(self, handle: str, body: dict[str, Any]) -> dict[str, Any]:
        key = self.key(handle)
        if not key.enabled:
            raise VaultError(403, "Forbidden", "KeyDisabled")
        digest = _decode(body["value"])
        if body["alg"] != _CURVES[key.curve][1] or len(digest) != 32:
            raise VaultError(400, "BadParameter")
        r, s = decode_dss_signature(key.private.sign(digest, ec.ECDSA(Prehashed(SHA256()))))
        return {"kid": self._kid(key), "value": _encode(r.to_bytes(32, "big") + s.to_bytes(32, "big"))}

    def delete(self, name: str) -> dict[str, Any]:
        found = [key for key in self.keys.values() if key.name == name and not key.deleted]
        if not found:
            raise VaultError(404, "KeyNotFound")
        for key in found:
            key.deleted = True
        more = {
            "recoveryId": f"{self.address}/deletedkeys/{name}",
            "deletedDate": _CREATED,
            "scheduledPurgeDate": _CREATED + 90 * 86400,
        }
        return self.bundle(found[-1]) | more

    def bundle(self, key: VaultKey) -> dict[str, Any]:
        """A KeyBundle."""
        numbers = key.private.public_key().public_numbers()
        return {
            "key": {
                "kid": self._kid(key),
                "kty": key.kind,
                "key_ops": ["sign", "verify"],
                "crv": key.curve,
                "x": _encode(numbers.x.to_bytes(32, "big")),
                "y": _encode(numbers.y.to_bytes(32, "big")),
            },
            "attributes": {
                "enabled": key.enabled,
                "created": _CREATED,
                "updated": _CREATED,
                "recoveryLevel": "Recoverable+Purgeable",
                "recoverableDays": 90,
                "exportable": False,
            },
            "tags": key.tags,
        }

    def _kid(self, key: VaultKey) -> str:
        return f"{self.address}/keys/{key.name}/{key.version}"


@contextmanager
def local_vault(directory: Path) -> Iterator[LocalVault]:
    """A vault that lives as long as the block; its certificate is its own CA."""
    vault = LocalVault(certificate=directory / "vault.pem")
    key_file = make_certificate(vault.certificate)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(vault.certificate, key_file)
    handler = type("Handler", (_Handler,), {"vault": vault})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        server.socket = context.wrap_socket(server.socket, server_side=True)
        vault.address = f"https://127.0.0.1:{server.server_port}"
        thread = Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield vault
        finally:
            server.shutdown()
            thread.join()


class _Handler(BaseHTTPRequestHandler):
    vault: LocalVault
    protocol_version = "HTTP/1.1"
    timeout = 5
    wbufsize = -1  # one packet per answer

    def do_GET(self) -> None:
        self._answer({})

    def do_DELETE(self) -> None:
        self._answer({})

    def do_POST(self) -> None:
        data = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        form = self.headers.get("Content-Type", "").startswith("application/x-www-form-urlencoded")
        self._answer(_form(data) if form else json.loads(data or b"{}"))

    def _answer(self, body: dict[str, Any]) -> None:
        parts = urlsplit(self.path)
        try:
            if parts.path.startswith(f"/{TENANT}/"):
                self._send(200, self._tenant(parts.path, body))
            elif self._is_stranger():
                self._challenge()
            else:
                self._send(200, self._keys(parts.path, parse_qs(parts.query), body))
        except VaultError as error:
            self._send(error.status, error.body)

    def _tenant(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        """OpenID configuration, and tokens for client credentials (RFC 6749, 4.4)."""
        base = f"{self.vault.address}/{TENANT}"
        if path.endswith("/.well-known/openid-configuration"):
            return {
                "issuer": f"{base}/v2.0",
                "authorization_endpoint": f"{base}/oauth2/v2.0/authorize",
                "token_endpoint": f"{base}/oauth2/v2.0/token",
            }
        if (body.get("client_id"), body.get("client_secret")) != (CLIENT, SECRET):
            error = VaultError(401, "invalid_client")
            error.body = {"error": "invalid_client", "error_description": "not our client"}  # type: ignore[dict-item]
            raise error
        token = secrets.token_urlsafe(16)
        self.vault.tokens.add(token)
        return {"token_type": "Bearer", "expires_in": 3600, "access_token": token}

    def _is_stranger(self) -> bool:
        return self.headers.get("Authorization", "").removeprefix("Bearer ") not in self.vault.tokens

    def _challenge(self) -> None:
        """The resource is the parent domain of the vault: vault.azure.net there, 0.0.1 of 127.0.0.1 here."""
        resource = self.vault.address.replace("127.0.0.1", "0.0.1")
        challenge = f'Bearer authorization="{self.vault.address}/{TENANT}", resource="{resource}"'
        self._send(401, VaultError(401, "Unauthorized").body, **{"WWW-Authenticate": challenge})

    def _keys(self, path: str, query: dict[str, list[str]], body: dict[str, Any]) -> dict[str, Any]:
        if self.vault.failures:
            raise self.vault.failures.pop(0)
        if query.get("api-version") != ["7.4"]:
            raise VaultError(400, "BadParameter")
        match (self.command, *path.strip("/").split("/")):
            case ("POST", "keys", name, "create"):
                return self.vault.create(name, body)
            case ("POST", "keys", name, version, "sign"):
                return self.vault.sign(f"{name}/{version}", body)
            case ("GET", "keys", name, version):
                return self.vault.bundle(self.vault.key(f"{name}/{version}"))
            case ("DELETE", "keys", name):
                return self.vault.delete(name)
            case ("GET", "deletedkeys", name):
                found = [key for key in self.vault.keys.values() if key.name == name and key.deleted]
                return self.vault.bundle(found[-1])
        raise VaultError(404, "NotFound")

    def _send(self, status: int, body: dict[str, Any], **headers: str) -> None:
        data = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, format: str, *args: object) -> None:
        """Nothing: the tests look at what the client was told."""


def _form(data: bytes) -> dict[str, Any]:
    return {name: values[0] for name, values in parse_qs(data.decode()).items()}


def _encode(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _decode(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
