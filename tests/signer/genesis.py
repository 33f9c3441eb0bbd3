"""The genesis of the signer tests: one mediator, the first policy, the demo mark."""

import hashlib
from datetime import UTC, datetime

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from custody.statements.credential import Ed25519Credential, PersonCredential
from custody.statements.genesis import Genesis
from custody.statements.policy import EscrowTermsRule, Policy

INSTANCE = "ins_01KAJ8M3V6Q2W9X4Y7Z0A1B2C3"
MEDIATOR = "per_01KAJ8Q0000000000000000001"
_KEY = Ed25519PrivateKey.from_private_bytes(hashlib.sha256(b"custody test key officer 1").digest())

GENESIS = Genesis(
    instance=INSTANCE,
    demo=True,
    quorum=1,
    delay_seconds=60,
    people=(
        PersonCredential(
            person=MEDIATOR,
            name="Mediator",
            roles=("MEDIATOR",),
            credential=Ed25519Credential(public_key=_KEY.public_key().public_bytes_raw().hex()),
            valid_until=datetime(2027, 5, 30, tzinfo=UTC),
        ),
    ),
    policy=Policy(rules=(EscrowTermsRule(),)),
    stations=(),
    aaguids=(),
    created_at=datetime(2026, 11, 21, tzinfo=UTC),
)
