"""The HSM register: what was entered of each module, what the device says, and what rule V9 finds."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from custody.accounts.roles import Right
from custody.common import clock
from custody.hsm import held
from custody.hsm.admin.findings import finding_rows
from custody.hsm.admin.module_deeds import ENTER, MODULE_DEEDS
from custody.hsm.admin.people import names_of_people, person_cell
from custody.hsm.models import HsmModule, SigningKey
from custody.hsm.selectors import choosable_keys
from custody.hsm.validity import differences
from custody.hsm.words import SESSION_ENDINGS, key_state, purpose_word
from custody.web import links, show
from custody.web.admin import Fact, RecordAdmin, Section, column, titled

TONES: dict[str, str] = {
    HsmModule.State.ENTERED: show.WAITING,
    HsmModule.State.CONFIRMED: show.GOOD,
    HsmModule.State.REPLACED: show.NEUTRAL,
    HsmModule.State.RETURNED: show.NEUTRAL,
}
PARTS = (
    ("manufacturer", _("vendor")),
    ("model", _("model")),
    ("serial", _("serial number")),
    ("firmware", _("firmware")),
)


@admin.register(HsmModule)
class HsmModuleAdmin(RecordAdmin[HsmModule]):
    view_right = Right.VIEW_KEYS
    work, place, icon, prefix = "keys", 6, "memory", "hsm"
    begin, deeds = ENTER, MODULE_DEEDS
    list_display = ("what", "where", "serial_number", "shown_status", "shown_state", "entered")
    list_filter = (("state", titled(_("state"))), ("status", titled(_("status of the certificate"))))
    serial_number = column("serial", _("serial number"))
    search_fields = ("=id", "=serial", "=certificate")
    ordering = ("-entered_at",)

    def get_queryset(self, request: HttpRequest) -> Any:  # noqa: ANN401 - Django's signature
        return super().get_queryset(request).select_related("entered_by", "checked_by")

    @admin.display(description=_("module"), ordering="model")
    def what(self, module: HsmModule) -> str:
        return f"{module.vendor} {module.model}"

    @admin.display(description=_("back-end"), ordering="backend")
    def where(self, module: HsmModule) -> SafeString:
        return show.code(module.backend)

    @admin.display(description=_("status of the certificate"), ordering="status")
    def shown_status(self, module: HsmModule) -> SafeString:
        tone = show.GOOD if module.status == HsmModule.Status.ACTIVE else show.WARNING
        return show.status(module.get_status_display(), tone)

    @admin.display(description=_("state"), ordering="state")
    def shown_state(self, module: HsmModule) -> SafeString:
        return show.status(module.get_state_display(), TONES[module.state])

    @admin.display(description=_("entered"), ordering="entered_at")
    def entered(self, module: HsmModule) -> SafeString:
        return show.moment(module.entered_at)

    def heading(self, record: HsmModule) -> str:
        return f"{record.vendor} {record.model}"

    def state(self, record: HsmModule) -> SafeString:
        return self.shown_state(record)

    def subjects(self, record: HsmModule) -> list[str]:
        rows = HsmModule.objects.filter(module=record.module).order_by("-entered_at")
        return list(rows.values_list("pk", flat=True))

    def sections(self, request: HttpRequest, record: HsmModule) -> list[Section]:
        return [_entered(record), _device(record), _findings(record), _keys(record), _sessions(record)]


def _entered(module: HsmModule) -> Section:
    checked = module.checked_by
    facts = [
        Fact(_("Back-end"), show.code(module.backend)),
        Fact(_("Certificate number"), module.certificate or show.NOTHING),
        Fact(_("Standard"), module.standard or show.NOTHING),
        Fact(_("Level"), module.level or show.NOTHING),
        Fact(_("Status of the certificate"), module.get_status_display()),
        Fact(_("Sunset date"), show.day(module.sunset) if module.sunset else show.NOTHING),
        Fact(_("In use"), _("yes") if module.in_use else _("no")),
        Fact(
            _("Entered by"), show.lines([module.entered_by.get_full_name(), show.moment(module.entered_at)])
        ),
        Fact(
            _("Second person"),
            show.lines([checked.get_full_name(), show.moment(module.checked_at)])
            if checked
            else show.NOTHING,
        ),
    ]
    note = _(
        "What the certificate says is the word of those who entered it; nobody else has checked it here."
    )
    return Section(_("Entered"), facts=facts, note=note)


def _device(module: HsmModule) -> Section:
    """Register and device side by side; a difference is named, and nothing follows from it by itself."""
    device = held.devices().get(module.backend)
    entered = held.said_of(module)
    if device is None:
        unknown = _("The signer has not published yet what this back-end says of itself.")
        return Section(_("What the device says"), note=unknown)
    probe = device.probe
    rows = [_part(name, word, entered[name], device.module.get(name, "")) for name, word in PARTS]
    columns = (_("Property"), _("Register"), _("Device"), _("Comparison"))
    note = show.fill(
        _t("Seen {seen}. Last passed probe: {probe}."),
        seen=show.moment(device.seen_at),
        probe=show.moment(clock.read_time(probe["at"])) if probe else _t("none"),
    )
    return Section(_("What the device says"), columns=columns, rows=rows, note=note)


def _part(name: str, word: Any, entered: str, said: str) -> list[Any]:  # noqa: ANN401 - a lazy text
    same = not differences({name: entered}, {name: said})
    comparison = show.status(_("agrees"), show.GOOD) if same else show.status(_("differs"), show.BAD)
    return [word, entered, said or show.NOTHING, comparison]


def _findings(module: HsmModule) -> Section:
    found = held.findings(at=clock.now()).about(module.backend)
    columns = (_("Finding"), _("Until"), _("What follows"))
    note = "" if found else _("Nothing is found about this module.")
    return Section(_("Validity (rule V9)"), columns=columns, rows=finding_rows(found), note=note)


def _keys(module: HsmModule) -> Section:
    rows = [
        [purpose_word(key.purpose), show.status(*key_state(key.state)), links.to_record(key.pk)]
        for key in choosable_keys(backend=module.backend, offline=None)
    ]
    count = SigningKey.objects.filter(backend=module.backend, offline=None).count() - len(rows)
    note = _t("Besides %(number)d that are destroyed, or older: see the list of keys.") % {"number": count}
    columns = (_("Purpose"), _("State"), _("Key"))
    return Section(_("Keys on it"), columns=columns, rows=rows, note=note if count else "")


def _sessions(module: HsmModule) -> Section:
    sessions = list(reversed(held.sessions(backend=module.backend)))
    names = names_of_people(person for session in sessions for person in session.people)
    rows = [
        [
            show.lines([show.moment(session.opened_at), show.code(session.id)]),
            show.lines([person_cell(person, names) for person in session.people]),
            show.lines([show.grouped(request) for request in session.requests]),
            show.lines([show.moment(session.ended_at), str(SESSION_ENDINGS[session.reason])])
            if session.ended_at
            else show.status(_("open"), show.WARNING),
        ]
        for session in sessions
    ]
    columns = (_("Opened"), _("Custodians"), _("Requests"), _("Closed"))
    note = "" if rows else _("No session with this token was reported.")
    return Section(_("Sessions"), columns=columns, rows=rows, note=note)
