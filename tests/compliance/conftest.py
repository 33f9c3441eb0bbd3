"""Officers, the synthetic list in use, and a party that is on it."""

from datetime import UTC, datetime

import pytest

from custody.accounts.models import User
from custody.accounts.roles import Role
from custody.accounts.services import create_user
from custody.compliance.samples import OFAC_SYNTHETIC
from custody.compliance.services import import_list, register_party

AT = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)
LISTED = "cli_listed"
CLEAN = "cli_clean"


def staff(name: str, *roles: Role) -> User:
    return create_user(
        actor="system:test",
        email=f"{name}@example.org",
        name=name.title(),
        password="correct horse battery staple",
        roles=roles,
        at=AT,
    )


@pytest.fixture
def officer(db: None) -> User:
    return staff("officer", Role.COMPLIANCE_OFFICER)


@pytest.fixture
def second_officer(db: None) -> User:
    return staff("second", Role.COMPLIANCE_OFFICER)


@pytest.fixture
def auditor(db: None) -> User:
    return staff("auditor", Role.AUDITOR)


@pytest.fixture
def synthetic(db: None) -> None:
    """The synthetic list is active; one registered party is on it by an alias, one is not."""
    import_list(actor="system:test", source="ofac", path=OFAC_SYNTHETIC, at=AT)
    register_party(
        actor="system:test",
        subject=LISTED,
        names=["W. Irrelevant", "Sheinfal, Valdemar OSTENOVICH"],
        at=AT,
    )
    register_party(actor="system:test", subject=CLEAN, names=["Rita Rein"], at=AT)
