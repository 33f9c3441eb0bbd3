"""Record pages: facts in sections, what may be done, and what happened with its audit hashes.

They take the place of Django's change form, which shows columns of one table. A page lists its
subjects (ids in the audit record); their entries, oldest first, are its timeline.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Generic, cast

from django.contrib import messages
from django.contrib.auth.base_user import AbstractBaseUser
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils.safestring import SafeString

from custody.common import clock
from custody.web.admin.base import ReadOnlyAdmin
from custody.web.admin.deeds import Deed, Offer, R, attempt, offers
from custody.web.admin.timeline import timeline
from custody.web.show import Text


@dataclass(frozen=True)
class Fact:
    """A name and its value, the value made by custody.web.show or plain text."""

    name: Text
    value: object


@dataclass(frozen=True)
class Section:
    """Facts under one title, or a table when ``columns`` are given; rows have one cell each."""

    title: Text
    facts: Sequence[Fact] = ()
    columns: Sequence[Text] = ()
    rows: Sequence[Sequence[object]] = ()
    note: Text = ""

    @property
    def cells(self) -> list[list[tuple[Text, object]]]:
        """Rows with each cell's column beside it; narrow screens show them one below the other."""
        return [list(zip(self.columns, row, strict=True)) for row in self.rows]


class RecordAdmin(ReadOnlyAdmin, Generic[R]):
    """Admin whose single records are shown as facts, buttons and timeline."""

    deeds: Sequence[Deed[R]] = ()

    def heading(self, record: R) -> str:
        """Title of the page."""
        return str(record)

    def state(self, record: R) -> SafeString:
        """The record's state, beside the title."""
        return SafeString("")

    def sections(self, request: HttpRequest, record: R) -> list[Section]:
        """Facts of the record, the most important first."""
        raise NotImplementedError

    def subjects(self, record: R) -> list[str]:
        """Ids whose audit entries make up the timeline."""
        return [str(record.pk)]

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.do_view)
        return [path("<path:object_id>/do/<slug:name>/", view, name=self._do_name), *super().get_urls()]

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        return self._page(request, self._record(request, object_id))

    def do_view(self, request: HttpRequest, object_id: str, name: str) -> HttpResponse:
        """Perform the deed ``name``; back to the page, or the page with the refusal."""
        record, deed = self._record(request, object_id), self._deed(name)
        if request.method != "POST":
            return HttpResponseRedirect("../../change/")
        user = _person(request)
        done, offer = attempt(deed, user=user, record=record, data=request.POST, at=clock.now())
        if not done:
            return self._page(request, self._record(request, object_id), sent=offer)
        messages.success(request, done)
        return HttpResponseRedirect("../../change/")

    @property
    def _do_name(self) -> str:
        return f"{self.opts.app_label}_{self.opts.model_name}_do"

    def _record(self, request: HttpRequest, object_id: str) -> R:
        record: R | None = self.get_object(request, object_id)
        if record is None or not self.has_view_permission(request, record):
            raise Http404
        return record

    def _deed(self, name: str) -> Deed[R]:
        for deed in self.deeds:
            if deed.name == name:
                return deed
        raise Http404

    def _page(self, request: HttpRequest, record: R, *, sent: Offer[R] | None = None) -> HttpResponse:
        user = _person(request)
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "original": record,
            "title": self.heading(record),
            "state": self.state(record),
            "sections": self.sections(request, record),
            "offers": offers(self.deeds, user=user, record=record, sent=sent),
            "do_name": f"admin:{self._do_name}",
            "timeline": timeline(self.subjects(record), user=user),
        }
        request.current_app = self.admin_site.name
        return TemplateResponse(request, "admin/record.html", context, status=400 if sent else 200)


def _person(request: HttpRequest) -> AbstractBaseUser:
    """The person of the request; the site let nobody else in."""
    return cast(AbstractBaseUser, request.user)
