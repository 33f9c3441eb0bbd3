"""The demonstration's genesis: an instance, its people with console keys, the first policy.

The file carries the demo mark, which a production signer refuses. The private halves stay in the
folder ``people``, where the console program of each person would keep its own.
"""

from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from custody.common.ids import new_id
from custody.statements.credential import Ed25519Credential, PersonCredential, PersonRole
from custody.statements.genesis import Genesis
from custody.statements.policy import EscrowTermsRule, Policy
from scripts.embedded.layout import Layout
from scripts.embedded.users import is_separated, own

VALID_DAYS = 190
QUORUM = 2
# Log-in name of the demonstration account: what its person may do in the trust store.
PEOPLE: dict[str, tuple[PersonRole, ...]] = {
    "mediator": ("MEDIATOR",),
    "reviewer": ("APPROVER", "REVIEWER"),
    "compliance": ("APPROVER", "COMPLIANCE"),
    "deputy": ("APPROVER", "COMPLIANCE"),
}


def ensure_demo_genesis(layout: Layout) -> Path:
    """Make genesis file and console keys once; return the file, readable by the signer."""
    file = layout.state / "genesis.json"
    if not file.exists():
        now = datetime.now(UTC).replace(microsecond=0)
        genesis = Genesis(
            instance=new_id("ins", at=now),
            demo=True,
            quorum=QUORUM,
            delay_seconds=60,
            people=tuple(_person(layout, name, roles, now) for name, roles in PEOPLE.items()),
            policy=Policy(rules=(EscrowTermsRule(),)),
            stations=(),
            aaguids=(),
            created_at=now,
        )
        file.write_bytes(genesis.to_bytes())
        file.chmod(0o644)
    return file


def people_of(file: Path) -> dict[str, str]:
    """Name of the demonstration account → person id in the trust store."""
    return {entry.name: entry.person for entry in Genesis.from_bytes(file.read_bytes()).people}


def _person(layout: Layout, name: str, roles: tuple[PersonRole, ...], now: datetime) -> PersonCredential:
    folder = layout.state / "people"
    folder.mkdir(mode=0o700, exist_ok=True)
    key = Ed25519PrivateKey.generate()
    path = folder / f"{name}.key"
    path.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )
    own(path, "root", 0o600) if is_separated() else path.chmod(0o600)
    return PersonCredential(
        person=new_id("per", at=now),
        name=name,
        roles=tuple(sorted(roles)),
        credential=Ed25519Credential(public_key=key.public_key().public_bytes_raw().hex()),
        valid_until=now + timedelta(days=VALID_DAYS),
    )
