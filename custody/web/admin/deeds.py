"""Buttons of a record page. Each asks for what its service needs and calls that one service.

The page offers a deed to whom the right belongs and says why it is blocked for the maker. Anybody can
send it, so the right is asked again before anything else; the service decides the rest. A refusal is
recorded under the deed's ``action``, in a transaction of its own, and shown on the page with what was
typed.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, TypeVar

from django import forms
from django.contrib import messages
from django.contrib.auth.base_user import AbstractBaseUser
from django.db.models import Model
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict

from custody.common import clock
from custody.common.errors import CustodyError, ForbiddenError
from custody.web.refusals import actor_of, recording
from custody.web.sentences import sentence
from custody.web.show import Text

R = TypeVar("R", bound=Model)
Fields = Mapping[str, Any]


@dataclass(frozen=True)
class Next:
    """A deed is done and leads to another page; a warning when nothing can follow for now."""

    message: str
    address: str
    is_warning: bool = False


@dataclass(frozen=True)
class Secret:
    """A deed is done and its message holds a secret: shown in this very answer, kept nowhere.

    The other messages wait in a cookie for the page that the browser is sent to.
    """

    message: str


# What was done, in a sentence; where it leads; what is shown only now; or a file.
Done = str | Next | Secret | HttpResponse


class RecordForm(forms.Form, Generic[R]):
    """A form whose choices depend on the record (None on pages that begin something new)."""

    def __init__(self, *args: Any, record: R | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.record = record
        self.prepare()

    def prepare(self) -> None:
        """Set choices and initial values from ``self.record``."""


def _always(_record: Model) -> bool:
    return True


def _never(_user: AbstractBaseUser, _record: Model) -> str:
    return ""


@dataclass(frozen=True)
class Deed(Generic[R]):
    """One button with its form.

    ``perform(person, record, cleaned fields, now)`` calls the service; ``blocked(person, record)``
    says why this person may not, or nothing. ``right`` is a codename of accounts' roles.
    """

    name: str
    action: str
    label: Text
    right: str
    form: type[forms.Form]
    perform: Callable[[Any, R, Fields, datetime], Done]
    applies: Callable[[R], bool] = _always
    blocked: Callable[[Any, R], str] = _never
    explanation: Text = ""
    is_grave: bool = False

    def is_for(self, user: AbstractBaseUser) -> bool:
        """True when one of the person's roles gives the right."""
        return bool(user.has_perm(f"custody.{self.right}"))  # type: ignore[attr-defined]

    def require_right(self, user: AbstractBaseUser | str) -> None:
        """Raise ForbiddenError for anybody the deed is not for."""
        if isinstance(user, str) or not self.is_for(user):
            raise ForbiddenError("your roles do not allow this", code="no_right")

    def bind(
        self, record: R | None, request: HttpRequest | None = None, *, initial: QueryDict | None = None
    ) -> forms.Form:
        """The form, filled with what ``request`` sent when one is given; ``initial`` only proposes."""
        arguments: dict[str, Any] = {"prefix": self.name, "initial": initial.dict() if initial else {}}
        if request is not None:
            arguments |= {"data": request.POST, "files": request.FILES}
        if issubclass(self.form, RecordForm):
            arguments["record"] = record
        return self.form(**arguments)


@dataclass(frozen=True)
class Offer(Generic[R]):
    """A deed as one person sees it on one record."""

    deed: Deed[R]
    form: forms.Form
    blocked: str = ""

    @property
    def has_files(self) -> bool:
        return bool(self.form.is_multipart())


def offers(
    deeds: Sequence[Deed[R]], *, user: AbstractBaseUser, record: R, sent: Offer[R] | None
) -> list[Offer[R]]:
    """Return the deeds to show; ``sent`` takes the place of the one whose form has errors."""
    shown = []
    for deed in deeds:
        if sent and sent.deed is deed:
            shown.append(sent)
        elif deed.applies(record) and deed.is_for(user):
            shown.append(Offer(deed, deed.bind(record), deed.blocked(user, record)))
    return shown


def attempt(
    request: HttpRequest, deed: Deed[R], record: R, *, subject: str, back: str
) -> tuple[HttpResponse | None, Offer[R]]:
    """Perform ``deed`` with what was sent; returns (answer, the form as it is shown again).

    The answer is None when the record's page is shown: with the refusal, or with a secret.
    """
    form = deed.bind(record, request)
    done: Done | None = None
    user = actor_of((request,))
    try:
        with recording(action=deed.action, actor=user, subject=subject):
            deed.require_right(user)
            if form.is_valid():
                done = deed.perform(user, record, form.cleaned_data, clock.now())
    except CustodyError as error:
        form.add_error(error.field if error.field in form.fields else None, sentence(error))
    if isinstance(done, Secret):
        messages.success(request, done.message)
        return None, Offer(deed, deed.bind(record))
    return _answer(request, done, back), Offer(deed, form)


def _answer(request: HttpRequest, done: str | Next | HttpResponse | None, back: str) -> HttpResponse | None:
    if done is None or isinstance(done, HttpResponse):
        return done
    after = done if isinstance(done, Next) else Next(done, back)
    messages.add_message(request, messages.WARNING if after.is_warning else messages.SUCCESS, after.message)
    return HttpResponseRedirect(after.address)
