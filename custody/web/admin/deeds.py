"""Buttons of a record page. Each asks for what its service needs and calls that one service.

The page offers a deed to whom the right belongs and says why it is blocked for the maker; what
decides is the service, which checks again. A refusal is recorded under the deed's ``action``, in
a transaction of its own, and shown on the page with what was typed.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, TypeVar

from django import forms
from django.contrib.auth.base_user import AbstractBaseUser
from django.db.models import Model

from custody.common.errors import CustodyError
from custody.web.refusals import recording
from custody.web.sentences import sentence
from custody.web.show import Text

R = TypeVar("R", bound=Model)
Fields = Mapping[str, Any]


def _always(_record: Model) -> bool:
    return True


def _never(_user: AbstractBaseUser, _record: Model) -> str:
    return ""


@dataclass(frozen=True)
class Deed(Generic[R]):
    """One button with its form.

    ``perform(person, record, cleaned fields, now)`` returns the sentence that says what was done;
    ``blocked(person, record)`` why this person may not, or an empty text.
    """

    name: str
    action: str
    label: Text
    right: str
    form: type[forms.Form]
    perform: Callable[[Any, R, Fields, datetime], str]
    applies: Callable[[R], bool] = _always
    blocked: Callable[[Any, R], str] = _never
    explanation: Text = ""
    is_grave: bool = False


@dataclass(frozen=True)
class Offer(Generic[R]):
    """A deed as one person sees it on one record."""

    deed: Deed[R]
    form: forms.Form
    blocked: str


def offers(
    deeds: Sequence[Deed[R]], *, user: AbstractBaseUser, record: R, sent: Offer[R] | None
) -> list[Offer[R]]:
    """Return the deeds to show; ``sent`` takes the place of the one whose form has errors."""
    application = record._meta.app_label
    shown = []
    for deed in deeds:
        if sent and sent.deed is deed:
            shown.append(sent)
        elif deed.applies(record) and user.has_perm(f"{application}.{deed.right}"):  # type: ignore[attr-defined]
            shown.append(Offer(deed, deed.form(prefix=deed.name), deed.blocked(user, record)))
    return shown


def attempt(
    deed: Deed[R], *, user: AbstractBaseUser, record: R, data: Mapping[str, Any], at: datetime
) -> tuple[str, Offer[R]]:
    """Perform ``deed`` with the sent ``data``; returns (what was done, empty when refused; its form)."""
    form = deed.form(data, prefix=deed.name)
    done = ""
    if form.is_valid():
        try:
            with recording(action=deed.action, actor=user, subject=str(record.pk)):
                done = deed.perform(user, record, form.cleaned_data, at)
        except CustodyError as error:
            form.add_error(error.field if error.field in form.fields else None, sentence(error))
    return done, Offer(deed, form, "")
