"""Help for people who lost one of their two factors; never with both at once.

Whoever knows a password they issued while no second factor is set up could act as that person, and
four eyes would be two. So a password is issued only to somebody whose authenticator is confirmed, and
that authenticator stays until the person has changed the password themselves; a log-in alone proves
nothing, because whoever issued the password can log in. Who lost both gets a new account.
"""

import secrets
from datetime import datetime

from django.db import transaction

from custody.accounts import otp
from custody.accounts.models import Authenticator, User
from custody.accounts.services.people import refuse_own, set_password
from custody.audit.services import record
from custody.common.errors import RefusedError


@transaction.atomic
def reset_password(*, actor: User, user: User, at: datetime) -> str:
    """Issue a password to a person who forgot theirs and return it; their sessions end.

    Raises RefusedError ``own_account``, or ``both_factors`` without a confirmed authenticator.
    """
    refuse_own(actor, user)
    locked = User.objects.select_for_update().get(pk=user.pk)
    if not Authenticator.objects.filter(user=locked, confirmed=True).exists():
        raise RefusedError("the person has to set up a second factor first", code="both_factors")
    password = secrets.token_urlsafe(15)
    set_password(locked, password)
    locked.has_issued_password = True
    locked.save(update_fields=["password", "has_issued_password"])
    record(verb="accounts.password.reset", actor=actor, subject=user.pk, payload={}, at=at)
    return password


@transaction.atomic
def reset_factor(*, actor: User, user: User, at: datetime) -> None:
    """Remove a lost authenticator; the person enrols a new one at the next log-in.

    Raises RefusedError ``own_account``, or ``both_factors`` while the password is an issued one.
    """
    refuse_own(actor, user)
    locked = User.objects.select_for_update().get(pk=user.pk)
    if locked.has_issued_password:
        raise RefusedError("the person has to change the issued password first", code="both_factors")
    otp.reset_second_factor(user=locked, actor=actor, at=at)
