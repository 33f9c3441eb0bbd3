"""The genesis of the signer tests: a mediator, officers, approvers, machines; first policy, demo mark."""

import hashlib
from datetime import UTC, datetime

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from custody.statements.credential import Ed25519Credential, PersonCredential, PersonRole
from custody.statements.genesis import Genesis
from custody.statements.policy import EscrowTermsRule, Policy

INSTANCE = "ins_01KAJ8M3V6Q2W9X4Y7Z0A1B2C3"
VALID_UNTIL = datetime(2027, 5, 30, tzinfo=UTC)


def person(number: int) -> str:
    return f"per_01KAJ8Q{number:019d}"


MEDIATOR, MAKER, FIRST, SECOND, THIRD = (person(number) for number in range(1, 6))
APPROVER, OTHER_APPROVER, IMPORTER, MACHINE, TREASURER = (person(number) for number in range(6, 11))
ROLES: dict[str, tuple[PersonRole, ...]] = {
    MEDIATOR: ("MEDIATOR",),
    MAKER: ("OFFICER",),
    FIRST: ("OFFICER",),
    SECOND: ("OFFICER",),
    THIRD: ("COMPLIANCE",),
    APPROVER: ("APPROVER",),
    OTHER_APPROVER: ("APPROVER",),
    IMPORTER: ("IMPORTER",),
    MACHINE: ("APPROVER", "MACHINE"),
    TREASURER: ("CUSTODIAN",),
}


def console_key(who: str) -> Ed25519PrivateKey:
    """The key of a person's console program."""
    return Ed25519PrivateKey.from_private_bytes(hashlib.sha256(f"custody test key {who}".encode()).digest())


def credential(
    who: str, roles: tuple[PersonRole, ...], *, valid_until: datetime = VALID_UNTIL
) -> PersonCredential:
    return PersonCredential(
        person=who,
        name=f"Officer {who[-2:]}",
        roles=roles,
        credential=Ed25519Credential(public_key=console_key(who).public_key().public_bytes_raw().hex()),
        valid_until=valid_until,
    )


GENESIS = Genesis(
    instance=INSTANCE,
    demo=True,
    quorum=2,
    delay_seconds=60,
    people=tuple(credential(who, roles) for who, roles in ROLES.items()),
    policy=Policy(rules=(EscrowTermsRule(),)),
    stations=(),
    aaguids=(),
    created_at=datetime(2026, 11, 21, tzinfo=UTC),
)
