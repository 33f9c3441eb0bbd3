"""People: created, given roles, linked to their trust-store id, deactivated. Never deleted."""

from collections.abc import Iterable
from datetime import datetime

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from custody.accounts.emails import email_hash, normalise_email
from custody.accounts.models import RoleGrant, User
from custody.accounts.otp import FreshFactor
from custody.accounts.roles import Role
from custody.audit.services import record
from custody.common.errors import ForbiddenError, InvalidInputError, RefusedError
from custody.common.ids import new_id


@transaction.atomic
def create_user(
    *,
    actor: User | str,
    email: str,
    name: str,
    password: str,
    has_issued_password: bool = True,
    roles: Iterable[Role] = (),
    language: str = "de",
    at: datetime,
) -> User:
    """Create a person; with roles they are one of our own and may enter the back office.

    The password counts as issued: it opens nothing but its own change. Raises InvalidInputError
    for a bad address or weak password, RefusedError ``email_taken``.
    """
    granted = sorted(set(roles))
    user = User(
        id=new_id("usr", at=at),
        email_hash=email_hash(email),
        email=normalise_email(email),
        name=name.strip(),
        language=language,
        is_staff=bool(granted),
        has_issued_password=has_issued_password,
        created_at=at,
    )
    set_password(user, password)
    try:
        with transaction.atomic():
            user.save(force_insert=True)
    except IntegrityError:
        raise RefusedError("this address has an account", code="email_taken", field="email") from None
    RoleGrant.objects.bulk_create(RoleGrant(user=user, role=role, granted_at=at) for role in granted)
    payload = {"roles": [str(role) for role in granted]}
    record(verb="accounts.user.created", actor=actor, subject=user.pk, payload=payload, at=at)
    return user


@transaction.atomic
def grant_role(*, actor: User | str, user: User, role: Role, at: datetime) -> None:
    """Give one more role; raises RefusedError when the person has it or gives it to themselves."""
    refuse_own(actor, user)
    locked = User.objects.select_for_update().get(pk=user.pk)
    if locked.memberships.exists():
        raise RefusedError("who acts for a client gets no role here", code="client_member", field="user")
    _, is_new = RoleGrant.objects.get_or_create(user=locked, role=role, defaults={"granted_at": at})
    if not is_new:
        raise RefusedError("the person has this role", code="role_present", field="role")
    User.objects.filter(pk=locked.pk).update(is_staff=True)
    record(verb="accounts.role.granted", actor=actor, subject=user.pk, payload={"role": str(role)}, at=at)


@transaction.atomic
def revoke_role(*, actor: User | str, user: User, role: Role, at: datetime) -> None:
    """Take a role; without any the person leaves the back office."""
    refuse_own(actor, user)
    locked = User.objects.select_for_update().get(pk=user.pk)
    deleted, _ = RoleGrant.objects.filter(user=locked, role=role).delete()
    if not deleted:
        raise RefusedError("the person does not have this role", code="role_absent", field="role")
    User.objects.filter(pk=locked.pk).update(is_staff=locked.role_grants.exists())
    record(verb="accounts.role.revoked", actor=actor, subject=user.pk, payload={"role": str(role)}, at=at)


@transaction.atomic
def link_person(*, actor: User | str, user: User, person: str, at: datetime) -> None:
    """Say which person of the signer's trust store this account belongs to."""
    User.objects.filter(pk=user.pk).update(person=person)
    user.person = person
    record(verb="accounts.person.linked", actor=actor, subject=user.pk, payload={"person": person}, at=at)


@transaction.atomic
def change_password(
    *, actor: User, old_password: str, new_password: str, factor: FreshFactor, at: datetime
) -> None:
    """Change one's own password; all other sessions of the person end.

    Raises ForbiddenError for a wrong old password or no fresh code, InvalidInputError for a new one
    that is weak or the old one.
    """
    factor.check(actor=actor, at=at)
    user = User.objects.select_for_update().get(pk=actor.pk)
    if not user.check_password(old_password):
        raise ForbiddenError("the present password is wrong", code="wrong_password", field="old_password")
    if new_password == old_password:
        raise InvalidInputError("this is the present password", code="same_password", field="new_password")
    set_password(user, new_password, field="new_password")
    user.has_issued_password = False
    user.save(update_fields=["password", "has_issued_password"])
    record(verb="accounts.password.changed", actor=actor, subject=user.pk, payload={}, at=at)


def require_own_password(user: User) -> None:
    """Raise ForbiddenError ``password_issued`` while somebody else knows the person's password."""
    if user.has_issued_password:
        raise ForbiddenError("change the password you were given first", code="password_issued")


@transaction.atomic
def deactivate_user(*, actor: User | str, user: User, at: datetime) -> None:
    """End all log-ins of a person; sessions end with the next request."""
    refuse_own(actor, user)
    if not User.objects.filter(pk=user.pk, is_active=True).update(is_active=False):
        raise RefusedError("the person is not active", code="not_active")
    record(verb="accounts.user.deactivated", actor=actor, subject=user.pk, payload={}, at=at)


@transaction.atomic
def set_language(*, actor: User, language: str) -> None:
    """Remember the language of the pages; not a deed worth a record."""
    if language not in {"de", "en"}:
        raise InvalidInputError("unknown language", code="bad_language", field="language")
    User.objects.filter(pk=actor.pk).update(language=language)


def refuse_own(actor: User | str, user: User) -> None:
    """Nobody extends, limits or ends their own account."""
    if isinstance(actor, User) and actor.pk == user.pk:
        raise RefusedError("another administrator has to do this", code="own_account")


def set_password(user: User, password: str, *, field: str = "password") -> None:
    try:
        validate_password(password, user)
    except ValidationError as error:
        raise InvalidInputError(" ".join(error.messages), code="weak_password", field=field) from None
    user.set_password(password)
