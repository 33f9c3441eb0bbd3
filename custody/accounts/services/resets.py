"""Help for people who lost one of their two factors; never with both at once.

Whoever hands over a new password while no second factor is set up could act as that person, and
four eyes would be two. After one reset the other is refused until the person has logged in; who
lost both gets a new account. Relies on the audit record, which nobody can shorten.
"""

import secrets
from datetime import datetime

from django.db import transaction

from custody.accounts import otp
from custody.accounts.models import User
from custody.accounts.services.people import refuse_own, set_password
from custody.audit.selectors import entries_about
from custody.audit.services import record
from custody.common.errors import RefusedError

PASSWORD_RESET, FACTOR_RESET, LOGIN = (
    "accounts.password.reset",
    "accounts.second_factor.reset",
    "accounts.login.succeeded",
)


@transaction.atomic
def reset_password(*, actor: User, user: User, at: datetime) -> str:
    """Give a person who forgot theirs a new password and return it; their sessions end.

    Raises RefusedError ``own_account`` or ``both_factors``.
    """
    refuse_own(actor, user)
    locked = User.objects.select_for_update().get(pk=user.pk)
    _refuse_after(FACTOR_RESET, locked)
    password = secrets.token_urlsafe(15)
    set_password(locked, password)
    locked.save(update_fields=["password"])
    record(verb=PASSWORD_RESET, actor=actor, subject=user.pk, payload={}, at=at)
    return password


@transaction.atomic
def reset_factor(*, actor: User, user: User, at: datetime) -> None:
    """Remove a lost authenticator; the person enrols a new one at the next log-in.

    Raises RefusedError ``own_account`` or ``both_factors``.
    """
    refuse_own(actor, user)
    locked = User.objects.select_for_update().get(pk=user.pk)
    _refuse_after(PASSWORD_RESET, locked)
    otp.reset_second_factor(user=locked, actor=actor, at=at)


def _refuse_after(verb: str, user: User) -> None:
    """Refuse when ``verb`` was done for the person and they have not logged in since."""
    entries = entries_about([user.pk]).filter(verb__in=(verb, LOGIN)).order_by("-pk")
    if entries.values_list("verb", flat=True).first() == verb:
        raise RefusedError("the person has to log in after the first reset", code="both_factors")
