"""Record pages: facts in sections, what may be done, and what happened with its audit hashes.

They take the place of Django's change form, which shows columns of one table. A page lists its
subjects (ids in the audit record); their entries, newest first, are its timeline. A page whose
records are begun by people names the deed that begins one; its form takes the place of "add".
"""

from collections.abc import Sequence
from typing import Any, ClassVar, Generic, cast

from django.contrib.auth.base_user import AbstractBaseUser
from django.core.checks import CheckMessage, Error
from django.core.exceptions import PermissionDenied
from django.db.models import Model
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.safestring import SafeString

from custody.common.errors import NotFoundError
from custody.web.admin.base import ReadOnlyAdmin
from custody.web.admin.deeds import Deed, Offer, R, attempt, offers
from custody.web.admin.facts import Section
from custody.web.admin.handed import deeds_of, sections_of
from custody.web.admin.timeline import all_entries, timeline
from custody.web.refusals import actor_of, recording
from custody.web.show import Text


class RecordAdmin(ReadOnlyAdmin, Generic[R]):
    """Admin whose single records are shown as facts, buttons and timeline."""

    deeds: Sequence[Deed[R]] = ()
    # The deed that begins a record; its ``perform`` gets None for the record.
    begin: ClassVar[Deed[Any] | None] = None

    @property
    def begin_label(self) -> Text:
        """What the button above the list says."""
        return self.begin.label if self.begin else ""

    def heading(self, record: R) -> str:
        """Title of the page."""
        return str(record)

    def state(self, record: R) -> SafeString:
        """The record's state, beside the title."""
        return SafeString("")

    def sections(self, request: HttpRequest, record: R) -> list[Section]:
        """Facts of the record, the most important first; a page may have deeds and timeline alone."""
        return []

    def subjects(self, record: R) -> list[str]:
        """Ids whose audit entries make up the timeline."""
        return [str(record.pk)]

    def beginning(self, request: HttpRequest) -> Deed[Any] | None:
        """The deed that begins a record, for pages that have several."""
        return self.begin

    def has_add_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return self.begin is not None and self.begin.is_for(cast(AbstractBaseUser, request.user))

    def check(self, **kwargs: Any) -> list[CheckMessage]:
        """Django's checks, and that every deed and every page is found by a name of its own."""
        names = [deed.name for deed in self._all_deeds]
        twice = sorted({name for name in names if not name or names.count(name) > 1})
        found = [Error(f"no deed's own name: {name!r}", obj=self, id="web.E001") for name in twice]
        pages = [page for page in self.admin_site._registry.values() if getattr(page, "prefix", "")]
        if self.prefix and [page.prefix for page in pages].count(self.prefix) > 1:
            found.append(Error(f"another page has the prefix {self.prefix!r}", obj=self, id="web.E002"))
        return [*super().check(**kwargs), *found]

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.do_view)
        return [path("<path:object_id>/do/<slug:name>/", view, name=self._do_name), *super().get_urls()]

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """The form that begins a record."""
        begin = self.beginning(request)
        if begin is None:
            raise PermissionDenied
        user = actor_of((request,))
        with recording(action=begin.action, actor=user):
            begin.require_right(user)
        blocked = begin.blocked(user, cast(Any, None))
        offer: Offer[Any] = Offer(begin, begin.bind(None, initial=request.GET), blocked)
        if request.method == "POST":
            answer, offer = attempt(request, begin, cast(Any, None), subject="", back="../")
            if answer:
                return answer
        return self._render(request, "admin/begin.html", {"title": begin.label, "offer": offer}, offer)

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
        deed = self._deed(name)
        with recording(action=deed.action, actor=actor_of((request,))):
            record = self._record(request, object_id)
        back = reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_change", args=[object_id])
        if request.method != "POST":
            return HttpResponseRedirect(back)
        answer, offer = attempt(request, deed, record, subject=str(record.pk), back=back)
        return answer or self._page(request, self._record(request, object_id), sent=offer)

    @property
    def _do_name(self) -> str:
        return f"{self.opts.app_label}_{self.opts.model_name}_do"

    @property
    def _all_deeds(self) -> list[Deed[R]]:
        return [*self.deeds, *deeds_of(self.opts.label)]

    def _record(self, request: HttpRequest, object_id: str) -> R:
        record: R | None = self.get_object(request, object_id)
        if record is None or not self.has_view_permission(request, record):
            raise NotFoundError("not found")
        return record

    def _deed(self, name: str) -> Deed[R]:
        for deed in self._all_deeds:
            if deed.name == name:
                return deed
        raise Http404

    def _page(self, request: HttpRequest, record: R, *, sent: Offer[R] | None = None) -> HttpResponse:
        user = cast(AbstractBaseUser, request.user)
        context = {
            "record": record,
            "title": self.heading(record),
            "state": self.state(record),
            "sections": [*self.sections(request, record), *sections_of(self.opts.label, record)],
            "offers": offers(self._all_deeds, user=user, record=record, sent=sent),
            "do_name": f"admin:{self._do_name}",
            "timeline": timeline(self.subjects(record), user=user),
            "all_entries": all_entries(self.subjects(record), user=user),
        }
        return self._render(request, "admin/record.html", context, sent)

    def _render(
        self, request: HttpRequest, template: str, context: dict[str, Any], sent: Offer[Any] | None
    ) -> HttpResponse:
        context = {**self.admin_site.each_context(request), "opts": self.opts, **context}
        request.current_app = self.admin_site.name
        status = 400 if sent and sent.form.errors else 200
        return TemplateResponse(request, template, context, status=status)
