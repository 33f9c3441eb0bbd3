"""The demonstration's genesis: an instance, its people with console keys, the first policy.

The file carries the demo mark, which a production signer refuses. Each person's directory of the
console program (``scripts/approve --as NAME``) lies in the folder ``people``, the passphrase beside
the key: what in production no two machines share, one folder holds here.
"""

import secrets
import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path

from custody.common.ids import new_id
from custody.statements.credential import Ed25519Credential, PersonCredential, PersonRole
from custody.statements.genesis import Genesis
from custody.statements.policy import EscrowTermsRule, Policy, QuorumRule, Scope
from scripts.approver.home import Home
from scripts.embedded.layout import Layout
from scripts.private_files import make_private_directory, write_once

VALID_DAYS = 190
QUORUM = 2
# Who may do what in the trust store; the name of a demonstration account where there is one of it. A
# trust document needs its maker (treasury) and two officers, so that one of the three may be away.
PEOPLE: dict[str, tuple[PersonRole, ...]] = {
    "mediator": ("MEDIATOR",),
    "reviewer": ("APPROVER", "REVIEWER"),
    "compliance": ("APPROVER", "COMPLIANCE", "OFFICER"),
    "deputy": ("APPROVER", "COMPLIANCE", "OFFICER"),
    "security": ("CUSTODIAN", "OFFICER"),
    "treasury": ("CUSTODIAN",),
}

# Escrows pay as their terms say; the house pays what two approvers besides the maker have signed.
POLICY = Policy(
    rules=(
        EscrowTermsRule(),
        QuorumRule(scope=Scope(owners=("HOUSE",)), above=0, role="APPROVER", people=2),
    )
)


def ensure_demo_genesis(layout: Layout) -> Path:
    """Make genesis file and console keys once; return the file, readable by the signer."""
    file = layout.state / "genesis.json"
    if not file.exists():
        now = datetime.now(UTC).replace(microsecond=0)
        instance, policy = new_id("ins", at=now), POLICY
        # Keys of a run that ended before it wrote the file are pinned nowhere.
        shutil.rmtree(layout.state / "people", ignore_errors=True)
        homes = {name: _make_home(layout, name, instance=instance, policy=policy, at=now) for name in PEOPLE}
        genesis = Genesis(
            instance=instance,
            demo=True,
            quorum=QUORUM,
            delay_seconds=60,
            people=tuple(_person(name, home, now) for name, home in homes.items()),
            policy=policy,
            stations=(),
            aaguids=(),
            created_at=now,
        )
        file.write_bytes(genesis.to_bytes())
        file.chmod(0o644)
    return file


def people_of(file: Path) -> dict[str, str]:
    """Name in ``PEOPLE`` → person id in the trust store."""
    return {entry.name: entry.person for entry in Genesis.from_bytes(file.read_bytes()).people}


def home_path(layout: Layout, name: str) -> Path:
    """Directory of a person's console program."""
    return layout.state / "people" / name


def passphrase_path(home: Path) -> Path:
    """Where the passphrase of a person's key lies."""
    return home / "passphrase"


def _make_home(layout: Layout, name: str, *, instance: str, policy: Policy, at: datetime) -> Home:
    path, passphrase = home_path(layout, name), secrets.token_urlsafe(16)
    make_private_directory(path.parent)
    home = Home.create(path, passphrase=passphrase, person=new_id("per", at=at))
    write_once(passphrase_path(path), passphrase.encode(), code="exists")
    return home.pin(instance=instance, policy=policy.hash, attest_key=None)


def _person(name: str, home: Home, now: datetime) -> PersonCredential:
    return PersonCredential(
        person=home.config.person,
        name=name,
        roles=PEOPLE[name],
        credential=Ed25519Credential(public_key=home.config.public_key),
        valid_until=now + timedelta(days=VALID_DAYS),
    )
