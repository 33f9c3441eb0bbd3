"""Rows of the signing desk for rollback tests: identity, keys, and answers as the signer writes them."""

from datetime import UTC, datetime
from typing import Any

from custody.hsm import services
from custody.hsm.models import SignerIdentity, SigningKey, SigningRequest, SigningResult
from custody.statements.policy import EscrowTermsRule, Policy
from custody.statements.request import Request
from custody.statements.result import Head, MadeSignature, Result
from custody.statements.store_entry import FIRST_PREVIOUS, EntryKind, StoreEntry
from tests.harness.signer_role import write_answer

INSTANCE = "ins_01KAJ8M3V6Q2W9X4Y7Z0A1B2C3"
CHECKPOINT_KEY = "key_01KAJ8V0000000000000000003"
AT = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)
ENTRIES = ["11" * 32, "22" * 32]


def mirror_signer() -> None:
    """What ``mirror_signer`` leaves behind, without its audit entries."""
    policy = Policy(rules=(EscrowTermsRule(),)).to_bytes()
    SignerIdentity.objects.create(instance=INSTANCE, genesis="00" * 32, demo=True, policy=policy)
    for number, purpose in enumerate(("mediator", "seal", "checkpoint"), start=1):
        SigningKey.objects.create(
            id=f"key_01KAJ8V000000000000000000{number}",
            purpose=purpose,
            curve="secp256r1",
            public_key=f"02{number:064x}",
            state="ACTIVE",
        )


def request_checkpoint(**changes: Any) -> SigningRequest:
    values: dict[str, Any] = {
        "actor": "system:test",
        "kind": "CHECKPOINT",
        "key": CHECKPOINT_KEY,
        "subject": "main",
        "payload": {"stream": "main", "from": 1, "to": 2, "entries": ENTRIES},
        "at": AT,
    }
    return services.submit_request(**values | changes)


def journal(
    request: SigningRequest, *drafts: tuple[EntryKind, dict[str, Any]], first: int = 1
) -> list[StoreEntry]:
    """A chain of entries as the signer would report them."""
    request_hash = Request.from_bytes(bytes(request.body)).hash
    previous, entries = FIRST_PREVIOUS if first == 1 else f"{first:064x}", []
    for seq, (kind, body) in enumerate(drafts, start=first):
        entry = StoreEntry(
            seq=seq, previous=previous, kind=kind, at=AT, body={"request_hash": request_hash, **body}
        )
        entries.append(entry)
        previous = entry.hash
    return entries


def answer(request: SigningRequest, outcome: str, *entries: StoreEntry, rule: str = "") -> SigningResult:
    """Insert a result row as the signer's role does."""
    document = Result(
        instance=INSTANCE,
        request=request.id,
        request_hash=Request.from_bytes(bytes(request.body)).hash,
        outcome=outcome,  # type: ignore[arg-type]
        rule=rule or None,
        culprit="/payload/from" if outcome == "REFUSED" else None,
        signatures=(
            (MadeSignature(input=0, public_key=f"02{3:064x}", signature="ab" * 64),)
            if outcome == "SIGNED"
            else ()
        ),
        entries=entries,
        head=Head(seq=0, hash="00" * 32),
    )
    return write_answer(request, outcome=outcome, body=document.to_bytes())


def checkpoint_body(position: int = 2, link: str = "ee" * 32) -> dict[str, Any]:
    """Body of the SEEN entry of a checkpoint."""
    return {
        "checkpoint": {
            "format": "custody/checkpoint/v1",
            "instance": INSTANCE,
            "stream": "main",
            "position": position,
            "link": link,
            "at": "2026-11-21T09:00:00Z",
        }
    }
