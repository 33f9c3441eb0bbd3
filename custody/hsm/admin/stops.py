"""The kill switch: thrown by typing a word, lifted by two people; all stops there ever were."""

from datetime import datetime
from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from custody.accounts.forms import CodeForm
from custody.accounts.models import User
from custody.accounts.otp import require_fresh_totp
from custody.accounts.roles import Right
from custody.hsm.models import SigningStop
from custody.hsm.standing import standing
from custody.hsm.trust import stops
from custody.hsm.trust.kills import restarting_people, standing_kills
from custody.web import links, show
from custody.web.admin import Deed, Fact, Fields, Next, RecordAdmin, Section, titled


class StopForm(forms.Form):
    """A reason, and the word that nobody types by mistake."""

    reason = forms.CharField(label=_("Reason"), max_length=stops.MAX_REASON)
    word = forms.CharField(
        label=_("Type STOPP or KILL to confirm"),
        max_length=8,
        widget=forms.TextInput(
            attrs={"autocomplete": "off", "autocapitalize": "off", "spellcheck": "false", "class": "code"}
        ),
    )


def _stop(user: User, _record: object, fields: Fields, at: datetime) -> Next:
    stop = stops.stop_signing(actor=user, word=fields["word"], reason=fields["reason"], at=at)
    address = reverse("admin:hsm_signingstop_change", args=[stop.pk])
    if stop.draft is None:
        why = _t(
            "Stopped: no payment is handed to the signer. The signer itself goes on until an officer drafts"
            " and signs a KILL document."
        )
        return Next(why, address, is_warning=True)
    why = _t("Stopped: no payment is handed to the signer. One officer has to sign the KILL document now.")
    return Next(why, address, is_warning=True)


def _ask(user: User, stop: SigningStop, fields: Fields, at: datetime) -> str:
    factor = require_fresh_totp(user, fields["token"], at)
    stops.ask_to_lift(actor=user, stop_id=stop.pk, factor=factor, at=at)
    return _t("Asked. Another person has to confirm.")


def _lift(user: User, stop: SigningStop, fields: Fields, at: datetime) -> str:
    factor = require_fresh_totp(user, fields["token"], at)
    stops.lift_stop(actor=user, stop_id=stop.pk, factor=factor, at=at)
    return _t("Payments go on; those that waited are handed to the signer by themselves.")


def _stands(stop: SigningStop) -> bool:
    return stop.lifted_at is None


def _is_asked(stop: SigningStop) -> bool:
    return _stands(stop) and stop.asked_by_id is not None


def _is_not_asked(stop: SigningStop) -> bool:
    return _stands(stop) and stop.asked_by_id is None


def _killed(_user: User, _stop: SigningStop) -> str:
    return _t("The signer's own kill stands; restart it first.") if standing().kills else ""


def _own_question(user: User, stop: SigningStop) -> str:
    if stop.asked_by_id == user.pk:
        return _t("You have asked; another person has to confirm.")
    return _killed(user, stop)


STOP = Deed[SigningStop](
    name="",  # the form stands alone on its page
    action="hsm.signing.stop",
    label=_("Kill switch: stop all payments"),
    right=Right.STOP_SIGNING,
    form=StopForm,
    perform=_stop,
    explanation=_(
        "At once we hand no payment to the signer any more: escrow payouts, transfers, sweeps. A payment"
        " that it has already may still be signed, and what is signed can be sent by whoever has it. A KILL"
        " document is drafted as well: the signer itself stops when one officer has signed it with “approve”."
        " Not stopped: audit checkpoints, seals of reports, key proofs, terms, trust documents. To go on"
        " takes two people."
    ),
    is_grave=True,
)
STOP_DEEDS = (
    Deed[SigningStop](
        name="ask",
        action="hsm.signing.ask_restart",
        label=_("Ask to go on"),
        right=Right.STOP_SIGNING,
        form=CodeForm,
        perform=_ask,
        applies=_is_not_asked,
        blocked=_killed,
        explanation=_("The first of two people; nothing changes before the second confirms."),
    ),
    Deed[SigningStop](
        name="lift",
        action="hsm.signing.restart",
        label=_("Confirm: payments go on"),
        right=Right.STOP_SIGNING,
        form=CodeForm,
        perform=_lift,
        applies=_is_asked,
        blocked=_own_question,
        is_grave=True,
    ),
)


@admin.register(SigningStop)
class SigningStopAdmin(RecordAdmin[SigningStop]):
    view_right = Right.VIEW_KEYS
    work, place, icon, prefix = "keys", 5, "emergency_home", "stp"
    begin, deeds = STOP, STOP_DEEDS
    list_before_template = "admin/hsm/kills.html"
    list_display = ("stopped", "shown_state", "reason_given", "by", "lifted")
    list_filter = (("stopped_at", titled(_("stopped"))),)
    search_fields = ("=id",)
    ordering = ("-stopped_at",)

    def get_queryset(self, request: HttpRequest) -> Any:  # noqa: ANN401 - Django's signature
        return super().get_queryset(request).select_related("stopped_by", "asked_by", "lifted_by", "draft")

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Above our own stops, what the signer itself has stopped."""
        return super().changelist_view(request, {**(extra_context or {}), "kills": standing_kills()})

    @admin.display(description=_("stopped"), ordering="stopped_at")
    def stopped(self, stop: SigningStop) -> SafeString:
        return show.moment(stop.stopped_at)

    @admin.display(description=_("state"))
    def shown_state(self, stop: SigningStop) -> SafeString:
        return show.status(_("stopped"), show.BAD) if _stands(stop) else show.status(_("lifted"), show.GOOD)

    @admin.display(description=_("reason"))
    def reason_given(self, stop: SigningStop) -> str:
        return stop.reason

    @admin.display(description=_("by"))
    def by(self, stop: SigningStop) -> str:
        return stop.stopped_by.get_full_name()

    @admin.display(description=_("lifted"), ordering="lifted_at")
    def lifted(self, stop: SigningStop) -> SafeString:
        return show.moment(stop.lifted_at)

    def heading(self, record: SigningStop) -> str:
        return _t("Stop of all payments")

    def state(self, record: SigningStop) -> SafeString:
        return self.shown_state(record)

    def subjects(self, record: SigningStop) -> list[str]:
        return [record.pk, *([record.draft.pk] if record.draft else [])]

    def sections(self, request: HttpRequest, record: SigningStop) -> list[Section]:
        return [_facts(record), *([_how_on(record)] if _stands(record) else [])]


def _facts(stop: SigningStop) -> Section:
    ended = _t("restart accepted by the signer")
    facts = [
        Fact(_("Reason"), stop.reason),
        Fact(_("Stopped"), show.lines([show.moment(stop.stopped_at), stop.stopped_by.get_full_name()])),
        Fact(_("Going on asked by"), stop.asked_by.get_full_name() if stop.asked_by else show.NOTHING),
        Fact(_("Lifted"), show.moment(stop.lifted_at)),
    ]
    if stop.lifted_at:
        facts.append(Fact(_("Lifted by"), stop.lifted_by.get_full_name() if stop.lifted_by else ended))
    return Section(_("Stop"), facts=facts)


def _how_on(stop: SigningStop) -> Section:
    """What stands still where, and how it ends."""
    is_killed = bool(standing().kills)
    signer = show.status(_t("stopped"), show.BAD) if is_killed else show.status(_t("goes on"), show.WARNING)
    address = reverse("admin:hsm_trustdraft_add")
    draft = (
        links.to_record(stop.draft.pk) if stop.draft else show.link(f"{address}?type=KILL", _t("Draft it"))
    )
    kill = stop.draft.hash if stop.draft else ""
    facts = [
        Fact(_("We"), show.status(_t("hand over no payment"), show.BAD)),
        Fact(_("The signer"), signer),
        Fact(_("KILL document"), draft),
        Fact(
            _("To go on"),
            show.link(f"{address}?type=RESTART&kill={kill}", _t("Draft a RESTART"))
            if is_killed
            else _t("Two people ask and confirm on this page."),
        ),
    ]
    note = _t(
        "While the signer's kill stands, only a RESTART document that names it ends both: its maker and"
        " %(people)d officers sign. Without one, two people lift our stop here."
    ) % {"people": restarting_people()}
    return Section(_("How it goes on"), facts=facts, note=note)
