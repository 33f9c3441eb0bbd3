"""People of the tests' genesis who make and approve documents for a signer under test."""

import secrets
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from custody.common.ids import new_id
from custody.hsm.signer.store import selectors
from custody.statements.approval import Approval, Statement, Subject
from custody.statements.form import Document, Form
from custody.statements.proof import Ed25519Proof
from custody.statements.request import Request
from custody.statements.result import Result
from custody.statements.trust import TYPES, ApprovedTrustDocument, TrustDocument, TrustType
from tests.signer.bench import Bench
from tests.signer.genesis import FIRST, INSTANCE, MAKER, PASSKEYS, SECOND, console_key

QUORUM = (MAKER, FIRST, SECOND)


@dataclass
class Officers:
    """Makes trust documents, the next of their stream, and brings them to the signer."""

    bench: Bench

    def approval(self, subject: Document, who: str, *, key_of: str | None = None, **changes: Any) -> Approval:
        """``who`` says APPROVE about ``subject``; ``key_of`` signs instead."""
        now = self.bench.hands.now
        values: dict[str, Any] = {
            "instance": INSTANCE,
            "person": who,
            "subject": Subject(format=subject.FORMAT, hash=subject.hash),  # type: ignore[arg-type]
            "verdict": "APPROVE",
            "policy": selectors.trust().policy(at=now).hash,
            "nonce": secrets.token_hex(16),
            "expires_at": now + timedelta(hours=1),
        }
        statement = Statement(**values | changes)
        key = console_key(key_of or who)
        proof = Ed25519Proof(
            credential=key.public_key().public_bytes_raw().hex(),
            signature=key.sign(bytes.fromhex(statement.hash)).hex(),
        )
        return Approval(statement=statement, proof=proof)

    def passkey_approval(self, subject: Document, who: str, **answer: Any) -> Approval:
        """``who`` approves on the station; ``answer`` changes what the authenticator says."""
        statement = self.approval(subject, who).statement
        return Approval(statement=statement, proof=PASSKEYS[who].answer(statement.hash, **answer))

    def approvals(self, subject: Document, people: tuple[str, ...]) -> tuple[Approval, ...]:
        return tuple(self.approval(subject, who) for who in people)

    def document(
        self, kind: TrustType, body: Form, *, stream: str | None = None, **changes: Any
    ) -> TrustDocument:
        """The next document of its stream; any field may be changed."""
        stream = stream or TYPES[kind][0]
        epoch, last = selectors.trust().head(stream)
        values: dict[str, Any] = {
            "instance": INSTANCE,
            "stream": stream,
            "epoch": epoch + 1,
            "previous": last,
            "type": kind,
            "body": body,
            "maker": MAKER,
            "reason": "test",
            "expires_at": self.bench.hands.now + timedelta(hours=2),
        }
        return TrustDocument(**values | changes)

    def request(self, document: TrustDocument, *approvals: Approval) -> Request:
        carried = ApprovedTrustDocument(document=document, approvals=approvals)
        return Request(
            id=new_id("req", at=self.bench.hands.now), instance=INSTANCE, kind="TRUST", documents=(carried,)
        )

    def present(self, document: TrustDocument, *people: str) -> Result:
        """Bring a document with the approvals of ``people``."""
        return self.bench.handle(self.request(document, *self.approvals(document, people)))

    def accept(self, kind: TrustType, body: Form, *people: str, **changes: Any) -> TrustDocument:
        """A document of the whole quorum, accepted; it may still wait for its delay."""
        document = self.document(kind, body, **changes)
        result = self.present(document, *(people or QUORUM))
        assert result.outcome == "RECORDED", (result.rule, result.culprit)
        return document

    def enact(self, kind: TrustType, body: Form, **changes: Any) -> TrustDocument:
        """Accepted, and its delay is over."""
        document = self.accept(kind, body, **changes)
        self.bench.hands.pass_by(seconds=61)
        return document
