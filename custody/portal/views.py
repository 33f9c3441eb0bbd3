"""Pages of the portal: my deals, one deal, its live part, deeds."""

from typing import cast

from django import forms
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from custody.accounts.models import User
from custody.accounts.permissions import visible
from custody.accounts.roles import Right
from custody.common import clock
from custody.common.errors import CustodyError, NotFoundError
from custody.escrow.models import Deal
from custody.escrow.permissions import access_deal
from custody.portal import page, turn
from custody.portal.deeds import DEEDS
from custody.portal.situation import Situation, situation_of
from custody.web.refusals import recording
from custody.web.sentences import sentence

DEALS_PER_PAGE = 20


@require_GET
@never_cache
def home(request: HttpRequest) -> HttpResponse:
    """My deals, those that wait for me first; our own people have the back office instead."""
    user = person(request)
    if user.is_staff:
        return HttpResponseRedirect(reverse("admin:index"))
    deals = visible(user, Deal.objects.order_by("-opened_at", "-pk"), Right.VIEW_DEAL)
    shown = Paginator(deals, DEALS_PER_PAGE).get_page(request.GET.get("page"))
    rows = [page.row(now) for deal in shown if (now := situation_of(user, deal))]
    rows.sort(key=lambda row: not row.is_mine)
    return render(request, "portal/home.html", {"rows": rows, "shown": shown})


@require_GET
@never_cache
def deal_page(request: HttpRequest, deal_id: str) -> HttpResponse:
    """Everything about one deal."""
    return _deal_page(request, situation(request, deal_id), {})


@require_GET
@never_cache
def live_part(request: HttpRequest, deal_id: str) -> HttpResponse:
    """State, turn and confirmations, asked for every few seconds; a new state reloads the page."""
    now = situation(request, deal_id)
    if request.GET.get("seen") != page.fingerprint(now):
        return HttpResponse(status=204, headers={"HX-Refresh": "true"})
    return render(request, "portal/_live.html", page.live(now))


@require_POST
@never_cache
def do_deed(request: HttpRequest, deal_id: str, name: str) -> HttpResponse:
    """Do one step of a deal; a refusal is recorded and shown at its form."""
    deed = DEEDS.get(name)
    if deed is None:
        raise NotFoundError("not found")
    form = deed.form(request.POST, request.FILES)
    status = 400
    try:
        with recording(
            action=f"portal.deal.{name.replace('-', '_')}", actor=person(request), subject=deal_id
        ):
            access_deal(person(request), deal_id, Right.ACT_IN_DEAL)
            if form.is_valid():
                deed.act(person(request), deal_id, form.cleaned_data, clock.now())
                messages.success(request, str(deed.done))
                return HttpResponseRedirect(reverse("portal:deal", args=[deal_id]))
    except NotFoundError:
        raise
    except CustodyError as error:
        form.is_valid()
        form.add_error(error.field if error.field in form.fields else None, sentence(error))
        status = error.status
    return _deal_page(request, situation(request, deal_id), {name: form}, status=status)


def situation(request: HttpRequest, deal_id: str) -> Situation:
    """The deal as the reader sees it; raises NotFoundError for anybody who is not party to it."""
    user = person(request)
    now = situation_of(user, access_deal(user, deal_id))
    if now is None:
        raise NotFoundError("not found")
    return now


def person(request: HttpRequest) -> User:
    """The person behind the request; SecondFactorMiddleware lets nobody else through."""
    return cast(User, request.user)


def _deal_page(
    request: HttpRequest, now: Situation, bound: dict[str, forms.Form], *, status: int = 200
) -> HttpResponse:
    # A refused deed may no longer be open; its form stays on the page, because it says why.
    names = [*turn.tasks(now), *(name for name in bound if name not in turn.tasks(now))]
    tasks = [page.task(now, name, bound.get(name)) for name in names]
    context = {**page.live(now), **page.facts(now), "tasks": tasks}
    return render(request, "portal/deal.html", context, status=status)
