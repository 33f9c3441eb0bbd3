"""The demonstration's officers at their own consoles: the attacker gets what they sign, never their keys."""

import secrets
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from custody.common import clock
from custody.common.ids import new_id
from custody.hsm import selectors
from custody.hsm.models import SignerIdentity
from custody.statements.approval import Approval, Statement, Subject
from custody.statements.form import Document, Form
from custody.statements.proof import Ed25519Proof
from custody.statements.request import Request
from custody.statements.trust import (
    FIRST_PREVIOUS,
    TYPES,
    ApprovedTrustDocument,
    TrustDocument,
    TrustType,
)
from scripts.approver.home import Home
from scripts.embedded.genesis import home_path, passphrase_path, people_of
from scripts.embedded.world import World


@dataclass(frozen=True)
class Officers:
    """Their homes in ``world``; and the attacker's own key, which nobody pinned."""

    world: World
    thief: Ed25519PrivateKey

    def person(self, name: str) -> str:
        return people_of(self.world.layout.state / "genesis.json")[name]

    def key(self, name: str) -> Ed25519PrivateKey:
        home = home_path(self.world.layout, name)
        return Home.find(home).key(passphrase_path(home).read_text())

    def says(self, name: str, subject: Document, *, by_thief: bool = False, **changes: Any) -> Approval:
        """The word of ``name`` about ``subject``; ``by_thief`` signs with the attacker's key instead."""
        identity, now = selectors.identity(), clock.now().replace(microsecond=0)
        values: dict[str, Any] = {
            "instance": identity.instance,
            "person": self.person(name),
            "subject": Subject(format=subject.FORMAT, hash=subject.hash),  # type: ignore[arg-type]
            "verdict": "APPROVE",
            "policy": identity.policy.hash,
            "nonce": secrets.token_hex(16),
            "expires_at": now + timedelta(minutes=30),
        }
        statement = Statement(**values | changes)
        key = self.thief if by_thief else self.key(name)
        proof = Ed25519Proof(
            credential=key.public_key().public_bytes_raw().hex(),
            signature=key.sign(bytes.fromhex(statement.hash)).hex(),
        )
        return Approval(statement=statement, proof=proof)

    def document(self, kind: TrustType, body: Form, *, maker: str, **changes: Any) -> TrustDocument:
        """The next document of its stream, as the signer has published where it stands."""
        stream, _ = TYPES[kind]
        heads = {item["stream"]: item for item in SignerIdentity.objects.get().standing.get("heads", ())}
        last = heads.get(stream, {"epoch": 0, "hash": FIRST_PREVIOUS})
        values: dict[str, Any] = {
            "instance": selectors.identity().instance,
            "stream": stream,
            "epoch": last["epoch"] + 1,
            "previous": last["hash"],
            "type": kind,
            "body": body,
            "maker": self.person(maker),
            "reason": "test",
            "expires_at": clock.now().replace(microsecond=0) + timedelta(hours=1),
        }
        return TrustDocument(**values | changes)


def carried(document: TrustDocument, *approvals: Approval) -> Request:
    """A request that brings a document."""
    return Request(
        id=new_id("req", at=clock.now()),
        instance=selectors.identity().instance,
        kind="TRUST",
        documents=(ApprovedTrustDocument(document=document, approvals=approvals),),
    )
