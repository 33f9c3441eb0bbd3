"""Buttons of a person's page: roles, a forgotten password, a lost second factor, the end of it."""

from datetime import datetime

from django import forms
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from custody.accounts.forms import CodeForm
from custody.accounts.models import Authenticator, User
from custody.accounts.otp import require_fresh_totp
from custody.accounts.permissions import require_right
from custody.accounts.roles import Right, Role
from custody.accounts.services import deactivate_user, grant_role, reset_factor, reset_password, revoke_role
from custody.web.admin import Deed, Fields, Secret


class RoleForm(CodeForm):
    """A role, and a fresh code of whoever gives or takes it."""

    field_order = ("role", "token")
    role = forms.ChoiceField(label=_("Role"), choices=Role.choices)


def _check(actor: User, fields: Fields, at: datetime) -> None:
    require_right(actor, Right.MANAGE_PEOPLE)
    require_fresh_totp(actor, fields["token"], at)


def _grant(actor: User, person: User, fields: Fields, at: datetime) -> str:
    _check(actor, fields, at)
    grant_role(actor=actor, user=person, role=Role(fields["role"]), at=at)
    return _t("The role was given.")


def _revoke(actor: User, person: User, fields: Fields, at: datetime) -> str:
    _check(actor, fields, at)
    revoke_role(actor=actor, user=person, role=Role(fields["role"]), at=at)
    return _t("The role was taken.")


def _reset(actor: User, person: User, fields: Fields, at: datetime) -> str:
    _check(actor, fields, at)
    reset_factor(actor=actor, user=person, at=at)
    return _t("The second factor was removed; the next log-in sets up a new one.")


def _new_password(actor: User, person: User, fields: Fields, at: datetime) -> Secret:
    _check(actor, fields, at)
    password = reset_password(actor=actor, user=person, at=at)
    return Secret(_t("New password, shown only now: %(password)s") % {"password": password})


def _deactivate(actor: User, person: User, fields: Fields, at: datetime) -> str:
    _check(actor, fields, at)
    deactivate_user(actor=actor, user=person, at=at)
    return _t("The account is closed.")


def _is_active(person: User) -> bool:
    return person.is_active


def _is_open_to_roles(person: User) -> bool:
    return person.is_active and not person.memberships.exists()


def _has_roles(person: User) -> bool:
    return person.role_grants.exists()


def _has_factor(person: User) -> bool:
    return person.is_active and hasattr(person, "authenticator")


def _cannot_lose_factor(actor: User, person: User) -> str:
    has_issued = person.has_issued_password
    return _is_self(actor, person) or (
        _t("The person has to change the issued password first.") if has_issued else ""
    )


def _cannot_get_password(actor: User, person: User) -> str:
    device: Authenticator | None = getattr(person, "authenticator", None)
    is_missing = device is None or not device.confirmed
    return _is_self(actor, person) or (
        _t("The person has to set up a second factor first.") if is_missing else ""
    )


def _is_self(actor: User, person: User) -> str:
    return _t("Another administrator has to do this.") if actor.pk == person.pk else ""


PEOPLE_DEEDS = (
    Deed(
        name="grant",
        action="accounts.role.grant",
        label=_("Give a role"),
        right=Right.MANAGE_PEOPLE,
        form=RoleForm,
        perform=_grant,
        applies=_is_open_to_roles,
        blocked=_is_self,
    ),
    Deed(
        name="revoke",
        action="accounts.role.revoke",
        label=_("Take a role"),
        right=Right.MANAGE_PEOPLE,
        form=RoleForm,
        perform=_revoke,
        applies=_has_roles,
        blocked=_is_self,
    ),
    Deed(
        name="reset-factor",
        action="accounts.second_factor.reset",
        label=_("Remove a lost second factor"),
        right=Right.MANAGE_PEOPLE,
        form=CodeForm,
        perform=_reset,
        applies=_has_factor,
        blocked=_cannot_lose_factor,
        explanation=_("Make sure by another way that it is really this person who asks."),
        is_grave=True,
    ),
    Deed(
        name="reset-password",
        action="accounts.password.reset",
        label=_("Reset a forgotten password"),
        right=Right.MANAGE_PEOPLE,
        form=CodeForm,
        perform=_new_password,
        applies=_is_active,
        blocked=_cannot_get_password,
        explanation=_("The second factor stays; the new password opens nothing but its own change."),
        is_grave=True,
    ),
    Deed(
        name="deactivate",
        action="accounts.user.deactivate",
        label=_("Close the account"),
        right=Right.MANAGE_PEOPLE,
        form=CodeForm,
        perform=_deactivate,
        applies=_is_active,
        blocked=_is_self,
        is_grave=True,
    ),
)
