"""The people of all tests, one fixture per role, and ways to log them in.

Our own: officer and second officer, mediator, treasurer, custodian of keys, auditor,
administrator. Clients' people: buyer, merchant, and a stranger who has nothing to do with them.
"""

import time
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from django.test import Client as Http
from django.test import override_settings
from django_otp.oath import TOTP

from custody.accounts import otp
from custody.accounts.models import Authenticator, Client, User
from custody.accounts.roles import Role
from custody.accounts.services import add_member, create_user, open_client

AT = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)
PASSWORD = "correct horse battery staple"


def person(name: str, *roles: Role, at: datetime = AT) -> User:
    """Create ``name`` with an enrolled authenticator."""
    email = f"{name}@example.org"
    user = create_user(
        actor="system:test",
        email=email,
        name=name.title(),
        password=PASSWORD,
        has_issued_password=False,
        roles=roles,
        at=at,
    )
    user = otp.start_enrolment(user=user).user
    Authenticator.objects.filter(user=user).update(confirmed=True, confirmed_at=at)
    return User.objects.get(pk=user.pk)


def client_of(user: User, *, at: datetime = AT) -> Client:
    """Create the client ``user`` acts for."""
    client = open_client(actor="system:test", name=f"{user.name} GmbH", at=at)
    add_member(actor="system:test", client=client, user=user, at=at)
    return client


def code_of(user: User, *, steps: int = 0) -> str:
    """What the user's app shows now, or ``steps`` half minutes later."""
    totp = TOTP(bytes.fromhex(User.objects.get(pk=user.pk).totp_key))
    totp.time = time.time() + 30 * steps
    return f"{totp.token():06d}"


def fresh_code(user: User) -> str:
    """A code that is accepted although one of this half minute was used before."""
    Authenticator.objects.filter(user=user).update(last_step=-1, throttling_failure_count=0)
    return code_of(user)


def logged_in(user: User) -> Http:
    """A browser of ``user`` with password and code behind it."""
    http = Http()
    http.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    session = http.session
    session["otp_device_id"] = user.authenticator.persistent_id
    session.save()
    return http


@pytest.fixture(autouse=True, scope="session")
def quick_passwords() -> Iterator[None]:
    """Hundreds of people are made; the product's hashing would take most of the time."""
    with override_settings(PASSWORD_HASHERS=["tests.harness.hashers.QuickScrypt"]):
        yield


@pytest.fixture
def officer(db: None) -> User:
    return person("officer", Role.COMPLIANCE_OFFICER)


@pytest.fixture
def second_officer(db: None) -> User:
    return person("second", Role.COMPLIANCE_OFFICER)


@pytest.fixture
def mediator(db: None) -> User:
    return person("mediator", Role.MEDIATOR)


@pytest.fixture
def treasurer(db: None) -> User:
    return person("treasurer", Role.TREASURY)


@pytest.fixture
def custodian(db: None) -> User:
    return person("custodian", Role.KEY_CUSTODIAN)


@pytest.fixture
def security(db: None) -> User:
    return person("security", Role.SECURITY_OFFICER)


@pytest.fixture
def auditor(db: None) -> User:
    return person("auditor", Role.AUDITOR)


@pytest.fixture
def administrator(db: None) -> User:
    return person("administrator", Role.ADMIN)


@pytest.fixture
def buyer(db: None) -> User:
    return person("buyer")


@pytest.fixture
def merchant(db: None) -> User:
    return person("merchant")


@pytest.fixture
def stranger(db: None) -> User:
    """Acts for a client of their own, party to nothing."""
    user = person("stranger")
    client_of(user)
    return user
