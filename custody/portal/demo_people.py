"""The cast of the demonstration: our people by role, and clients with one person each.

Their passwords and authenticator keys follow from a secret of the installation, so that every
start prints the same log-ins and no fixed password exists in the code.
"""

import hmac
from base64 import b32encode
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction

from custody.accounts.emails import email_hash
from custody.accounts.models import Authenticator, Client, User
from custody.accounts.roles import Role
from custody.accounts.services import add_member, create_user, link_person, open_client

ACTOR = "system:seed_demo"
STAFF: Mapping[str, tuple[str, tuple[Role, ...]]] = {
    "compliance": ("Clara Compliance", (Role.COMPLIANCE_OFFICER,)),
    "deputy": ("Dieter Deputy", (Role.COMPLIANCE_OFFICER,)),
    "mediator": ("Mira Mediator", (Role.MEDIATOR,)),
    "reviewer": ("Rolf Reviewer", (Role.MEDIATOR,)),
    "security": ("Svenja Sicherheit", (Role.SECURITY_OFFICER,)),
    "treasury": ("Theo Treasury", (Role.TREASURY,)),
    "auditor": ("Anna Auditor", (Role.AUDITOR,)),
    "admin": ("Adam Admin", (Role.ADMIN,)),
}
CLIENTS: Mapping[str, tuple[str, str]] = {
    "buyer": ("Käuferin AG", "Berta Buyer"),
    "merchant": ("Händler GmbH", "Max Merchant"),
    # Bears a name of the imported list; the command's caller says which.
    "listed": ("", "Lea Listed"),
}


@dataclass(frozen=True)
class Secrets:
    """Password and authenticator key of one demonstration person."""

    password: str
    totp_key: bytes

    @classmethod
    def of(cls, secret: bytes, name: str) -> "Secrets":
        password = hmac.digest(secret, f"password {name}".encode(), "sha256").hex()[:20]
        return cls(password, hmac.digest(secret, f"totp {name}".encode(), "sha256")[:20])


def ensure_staff(secret: bytes, persons: Mapping[str, str], *, at: datetime) -> Iterator[dict[str, Any]]:
    """Create our people once and yield their log-ins; ``persons`` links them to the trust store."""
    for name, (full_name, roles) in STAFF.items():
        user, login = _ensure_user(secret, name, full_name, roles, at=at)
        if persons.get(name) and user.person is None:
            link_person(actor=ACTOR, user=user, person=persons[name], at=at)
        yield login | {"roles": [str(role) for role in roles]}


def ensure_clients(secret: bytes, *, listed_name: str, at: datetime) -> Iterator[dict[str, Any]]:
    """Create the clients once and yield the log-ins of their people."""
    for name, (client_name, full_name) in CLIENTS.items():
        user, login = _ensure_user(secret, name, full_name, (), at=at)
        membership = user.memberships.select_related("client").first()
        client = membership.client if membership else _open_client(client_name or listed_name, user, at=at)
        yield login | {"client": client.pk, "client_name": client.name}


def _open_client(name: str, user: User, *, at: datetime) -> Client:
    client = open_client(actor=ACTOR, name=name, at=at)
    add_member(actor=ACTOR, client=client, user=user, at=at)
    return client


@transaction.atomic
def _ensure_user(
    secret: bytes, name: str, full_name: str, roles: tuple[Role, ...], *, at: datetime
) -> tuple[User, dict[str, Any]]:
    secrets = Secrets.of(secret, name)
    email = f"{name}@demo.example"
    user = User.objects.filter(email_hash=email_hash(email)).first()
    if user is None:
        user = create_user(
            actor=ACTOR,
            email=email,
            name=full_name,
            password=secrets.password,
            has_issued_password=False,
            roles=roles,
            at=at,
        )
        user.totp_key = secrets.totp_key.hex()
        user.save(update_fields=["totp_key"])
        Authenticator.objects.create(user=user, name="totp", confirmed=True, confirmed_at=at)
    login = {
        "name": name,
        "user": user.pk,
        "full_name": full_name,
        "email": email,
        "password": secrets.password,
        "totp_secret": b32encode(secrets.totp_key).decode(),
    }
    return user, login
