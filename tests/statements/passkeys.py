"""A passkey for tests: makes assertions in which exactly one thing is wrong."""

import hashlib
import json
from dataclasses import dataclass, field
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from custody.statements.credential import WebAuthnCredential
from custody.statements.proof import WebAuthnProof
from custody.statements.webauthn import to_base64url
from tests.statements.vectors import secret

ORIGIN, RP_ID = "http://approve.localhost:8001", "approve.localhost"
PRESENT_AND_VERIFIED = 0x05


@dataclass
class Passkey:
    """An authenticator that answers whatever it is told to."""

    name: bytes = b"credential 1"
    key: ec.EllipticCurvePrivateKey = field(
        default_factory=lambda: ec.derive_private_key(
            int.from_bytes(secret("custody test passkey"), "big"), ec.SECP256R1()
        )
    )

    def credential(self) -> WebAuthnCredential:
        point = self.key.public_key().public_bytes(Encoding.X962, PublicFormat.CompressedPoint)
        return WebAuthnCredential(
            id=to_base64url(self.name),
            aaguid="01020304-0506-0708-0102-030405060708",
            public_key=point.hex(),
            rp_id=RP_ID,
            origin=ORIGIN,
        )

    def answer(
        self,
        digest: str,
        *,
        rp_id: str = RP_ID,
        flags: int = PRESENT_AND_VERIFIED,
        counter: int = 7,
        behind: bytes = b"",
        client_text: str | None = None,
        **client_data: Any,
    ) -> WebAuthnProof:
        """Sign an assertion; named client data replace or add to what a browser would write."""
        written = {
            "type": "webauthn.get",
            "challenge": to_base64url(bytes.fromhex(digest)),
            "origin": ORIGIN,
            "crossOrigin": False,
        } | client_data
        client = (client_text or json.dumps(written)).encode()
        data = hashlib.sha256(rp_id.encode()).digest() + bytes([flags]) + counter.to_bytes(4, "big") + behind
        signature = self.key.sign(data + hashlib.sha256(client).digest(), ec.ECDSA(SHA256()))
        return WebAuthnProof(
            credential=to_base64url(self.name),
            authenticator_data=to_base64url(data),
            client_data=to_base64url(client),
            signature=to_base64url(signature),
        )
