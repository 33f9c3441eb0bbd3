"""A committed database per test, with a superuser beside it, and a checkpoint key."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed, decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from django.db import connection
from pytest_django.plugin import DjangoDbBlocker

from custody.audit import linking, services
from custody.common import canonical
from custody.statements.checkpoint import Checkpoint, SignedCheckpoint
from tests.harness.databases import cluster, copy_database

AT = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)
INSTANCE = "ins_01KAJ8M3V6Q2W9X4Y7Z0A1B2C3"


@dataclass(frozen=True)
class OwnDatabase:
    """A database of one test alone, committed, used as the role ``app``."""

    name: str

    def as_superuser(self, statement: str) -> str:
        """Run SQL as the cluster's superuser with triggers switched off."""
        return cluster().sql(f"SET session_replication_role = replica; {statement}", database=self.name)


@pytest.fixture
def own_database(
    django_db_setup: None, django_db_blocker: DjangoDbBlocker, worker: str
) -> Iterator[OwnDatabase]:
    name, before = f"audit_{worker}", connection.settings_dict["NAME"]
    with django_db_blocker.unblock():
        connection.close()
        connection.settings_dict["NAME"] = copy_database(name)
        yield OwnDatabase(name)
        connection.close()
        connection.settings_dict["NAME"] = before
    cluster().sql(f"DROP DATABASE {name} WITH (FORCE)")


class CheckpointSigner:
    """Writes a checkpoint file as the signer does, with a key of the test."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.key = ec.generate_private_key(ec.SECP256R1())
        point = self.key.public_key().public_bytes(Encoding.X962, PublicFormat.CompressedPoint)
        self.public_key = point.hex()

    def sign(self, *, position: int, link: str, stream: str = "main") -> SignedCheckpoint:
        """Append one line for the head ``link`` at ``position``."""
        checkpoint = Checkpoint(instance=INSTANCE, stream=stream, position=position, link=link, at=AT)
        r, s = decode_dss_signature(
            self.key.sign(bytes.fromhex(checkpoint.hash), ec.ECDSA(Prehashed(SHA256())))
        )
        signature = (r.to_bytes(32, "big") + s.to_bytes(32, "big")).hex()
        signed = SignedCheckpoint(checkpoint=checkpoint, public_key=self.public_key, signature=signature)
        with self.path.open("ab") as file:
            file.write(canonical.encode(signed.to_json()) + b"\n")
        return signed


@pytest.fixture
def checkpoint_signer(tmp_path: Path) -> CheckpointSigner:
    return CheckpointSigner(tmp_path / "checkpoints.jsonl")


@pytest.fixture
def recorded() -> Callable[[int], None]:
    """Record and link ``count`` entries about deals."""

    def record(count: int) -> None:
        for number in range(count):
            services.record(
                verb="escrow.deal.opened",
                actor="system:test",
                subject=f"deal_{number}",
                payload={"amount": str(1000 + number)},
                at=AT,
            )
        linking.link_entries()

    return record
