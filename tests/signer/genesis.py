"""The genesis of the signer tests: a mediator, officers, approvers, machines; first policy, demo mark."""

import hashlib
from dataclasses import replace
from datetime import UTC, datetime

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from custody.statements.credential import Ed25519Credential, PersonCredential, PersonRole
from custody.statements.genesis import Genesis, Station
from custody.statements.policy import EscrowTermsRule, Policy
from tests.statements.passkeys import ORIGIN, RP_ID, Passkey

INSTANCE = "ins_01KAJ8M3V6Q2W9X4Y7Z0A1B2C3"
VALID_UNTIL = datetime(2027, 5, 30, tzinfo=UTC)


def passkey(name: str) -> Passkey:
    """A device of its own for each name."""
    secret = int.from_bytes(hashlib.sha256(name.encode()).digest(), "big")
    return Passkey(name=name.encode(), key=ec.derive_private_key(secret, ec.SECP256R1()))


def person(number: int) -> str:
    return f"per_01KAJ8Q{number:019d}"


MEDIATOR, MAKER, FIRST, SECOND, THIRD = (person(number) for number in range(1, 6))
# These two approve with passkeys on the station, everybody else with the console program.
PASSKEYS = {person(number): passkey(f"approver {number}") for number in (11, 12)}
APPROVER, OTHER_APPROVER, IMPORTER, MACHINE, TREASURER = (person(number) for number in range(6, 11))
CUSTODIAN = person(13)
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
    CUSTODIAN: ("CUSTODIAN",),
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
    people=(
        *(credential(who, roles) for who, roles in ROLES.items()),
        *(
            replace(credential(who, ("APPROVER",)), credential=device.credential())
            for who, device in PASSKEYS.items()
        ),
    ),
    policy=Policy(rules=(EscrowTermsRule(),)),
    stations=(Station(origin=ORIGIN, rp_id=RP_ID, code_hash="00" * 32, attest_key="00" * 32),),
    aaguids=(passkey("any").credential().aaguid,),
    created_at=datetime(2026, 11, 21, tzinfo=UTC),
)
