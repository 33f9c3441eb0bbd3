"""The signer as the reports meet it: certificates of real keys, seals and checkpoints as rows."""

import base64
import hashlib
import io
from dataclasses import dataclass
from pathlib import Path

import pikepdf
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed, decode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from custody.audit import linking
from custody.audit import selectors as audit
from custody.common import canonical
from custody.hsm.models import Checkpoint, SigningKey, SigningRequest
from custody.hsm.selectors import identity, request_of
from custody.hsm.services import submit_request
from custody.hsm.signer import certificates
from custody.reports import services, tasks
from custody.reports.models import ReportRun
from custody.reports.sealing import Certificates
from custody.statements.checkpoint import Checkpoint as CheckpointDocument
from custody.statements.request import SealPayload
from custody.statements.result import Head, MadeSignature, Result
from tests.cast import AT
from tests.harness.signer_role import write_answer

PURPOSES = ("demo_ca", "checkpoint", "seal")


def point(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.public_key().public_bytes(Encoding.X962, PublicFormat.CompressedPoint)


def raw_signature(key: ec.EllipticCurvePrivateKey, digest: bytes) -> bytes:
    """r || s over a SHA-256 digest."""
    r, s = decode_dss_signature(key.sign(digest, ec.ECDSA(Prehashed(hashes.SHA256()))))
    return r.to_bytes(32, "big") + s.to_bytes(32, "big")


def with_twin(pdf: bytes, *, twin: bytes, name: str) -> bytes:
    """``pdf`` with another embedded file in place of its own."""
    with pikepdf.open(io.BytesIO(pdf)) as document:
        for old in list(document.attachments):
            del document.attachments[old]
        document.attachments[name] = pikepdf.AttachedFileSpec(
            document,
            twin,
            description="",
            filename=name,
            mime_type="application/json",
            creation_date="",
            mod_date="",
        )
        output = io.BytesIO()
        document.save(output)
    return output.getvalue()


@dataclass
class Desk:
    """Keys by purpose, with the certificates of the demonstration."""

    keys: dict[str, ec.EllipticCurvePrivateKey]
    ca: bytes
    seal: bytes
    released: bytes

    @classmethod
    def open(cls) -> "Desk":
        keys = {purpose: ec.generate_private_key(ec.SECP256R1()) for purpose in PURPOSES}

        def sign(data: bytes) -> bytes:
            return keys["demo_ca"].sign(data, ec.ECDSA(hashes.SHA256()))

        ca = certificates.self_signed(name="Test CA", public_key=point(keys["demo_ca"]), at=AT, sign=sign)
        seal, released = (
            certificates.issued(name=name, public_key=point(keys["seal"]), ca=ca, at=AT, sign=sign)
            for name in ("Test seal", "Test seal of releases")
        )
        return cls(keys, ca, seal, released)

    @property
    def certificates(self) -> Certificates:
        return Certificates.load(seal=self.seal, chain=(self.ca,))

    @property
    def published(self) -> list[dict[str, object]]:
        """The certificates of the seal key as the signer publishes them."""
        return [
            {"use": use, "certificate": own.hex(), "chain": [self.ca.hex()]}
            for use, own in (("DRAFT", self.seal), ("RELEASED", self.released))
        ]

    def register(self) -> None:
        """Mirror the keys as the signer would have published them."""
        shown = {"demo_ca": self.ca, "seal": self.seal}
        for number, purpose in enumerate(PURPOSES):
            SigningKey.objects.create(
                id=f"key_01KAJ8W000000000000000000{number}",
                purpose=purpose,
                curve="secp256r1",
                public_key=point(self.keys[purpose]).hex(),
                state="ACTIVE",
                certificate=shown.get(purpose),
                certificates=self.published if purpose == "seal" else [],
            )

    def publish(self, directory: Path) -> Path:
        """Write the signer's public file."""
        keys = [
            {
                "key": f"key_{purpose}",
                "purpose": purpose,
                "public_key": point(self.keys[purpose]).hex(),
                **({"certificate": shown.hex()} if shown else {}),
                **({"certificates": self.published} if purpose == "seal" else {}),
            }
            for purpose, shown in (("demo_ca", self.ca), ("seal", self.seal), ("checkpoint", b""))
        ]
        path = directory / "signer.json"
        path.write_bytes(canonical.encode({"instance": identity().instance, "keys": keys}))
        return path

    def make(self, run: ReportRun) -> ReportRun:
        """Take a requested run through all its steps."""
        services.collect_run(run_id=run.pk, at=AT)
        services.prepare_run(run_id=run.pk, at=AT)
        self.answer(run)
        run.refresh_from_db()
        return run

    def answer(self, run: ReportRun, *, refuse: str = "") -> None:
        """Answer the run's request for a seal and wake the reports."""
        run.refresh_from_db()
        request = request_of(run.seal_request)
        assert isinstance(request.payload, SealPayload)
        digest = hashlib.sha256(base64.b64decode(request.payload.signed_attributes)).digest()
        signature = None if refuse else self._made("seal", digest)
        self._insert(run.seal_request, signature, refuse=refuse)
        tasks.apply_seal(request_id=run.seal_request)

    def checkpoint(self) -> Checkpoint:
        """Link what waits and sign the head of the record."""
        linking.link_entries()
        position, link = audit.stream_head("main")
        request = submit_request(
            actor="system:test",
            kind="CHECKPOINT",
            key=SigningKey.objects.get(purpose="checkpoint").pk,
            subject="main",
            payload={"stream": "main", "from": 1, "to": 1, "entries": ["00" * 32]},
            at=AT,
        )
        document = CheckpointDocument(
            instance=identity().instance, stream="main", position=position, link=link, at=AT
        )
        made = self._made("checkpoint", bytes.fromhex(document.hash))
        self._insert(request.pk, made)
        return Checkpoint.objects.create(
            stream="main", position=position, link=link, at=AT, signature=made.signature, request=request
        )

    def _made(self, purpose: str, digest: bytes) -> MadeSignature:
        key = self.keys[purpose]
        signature = raw_signature(key, digest).hex()
        return MadeSignature(input=0, public_key=point(key).hex(), signature=signature)

    def _insert(self, request_id: str, made: MadeSignature | None, *, refuse: str = "") -> None:
        result = Result(
            instance=identity().instance,
            request=request_id,
            request_hash=request_of(request_id).hash,
            outcome="SIGNED" if made else "REFUSED",
            rule=refuse or None,
            culprit="/payload" if refuse else None,
            signatures=(made,) if made else (),
            head=Head(seq=1, hash="00" * 32),
        )
        row = SigningRequest.objects.get(pk=request_id)
        write_answer(row, outcome=result.outcome, body=result.to_bytes())
