"""The catalogue of keys as the signer publishes it: what for, how long, how made, what it was asked."""

from typing import Any, cast

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path, reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from custody.accounts.models import User
from custody.accounts.roles import Right
from custody.common import clock
from custody.common.errors import NotFoundError
from custody.hsm import held
from custody.hsm.admin.findings import finding_rows
from custody.hsm.admin.one_time import ASK_FOR_KEY
from custody.hsm.admin.watching import watching_file, watching_sections
from custody.hsm.cryptoperiods import period_of
from custody.hsm.models import JournalEntry, SigningKey, SigningRequest, TrustDraft
from custody.hsm.validity import IN_USE, Step, step_of
from custody.hsm.words import EVIDENCE, class_word, key_state, purpose_word
from custody.statements.store_entry import StoreEntry
from custody.statements.trust.keys import KeyActivate, WalletBinding
from custody.web import links, show
from custody.web.admin import Fact, RecordAdmin, Section, column, titled
from custody.web.spends import network_name

LAST_REQUESTS = 20


@admin.register(SigningKey)
class SigningKeyAdmin(RecordAdmin[SigningKey]):
    view_right = Right.VIEW_KEYS
    work, place, icon, prefix = "keys", 1, "key", "key"
    begin = ASK_FOR_KEY
    list_display = ("what_for", "key", "kept", "shown_state", "ends", "short_key")
    list_filter = (
        ("purpose", titled(_("purpose"))),
        ("state", titled(_("state"))),
        ("key_class", titled(_("class"))),
    )
    which_curve = column("curve", _("curve"))
    search_fields = ("=id", "=public_key")
    ordering = ("purpose", "id")

    @admin.display(description=_("purpose"), ordering="purpose")
    def what_for(self, key: SigningKey) -> str:
        return purpose_word(key.purpose)

    @admin.display(description=_("key"))
    def key(self, key: SigningKey) -> SafeString:
        return show.code(key.pk)

    @admin.display(description=_("class"), ordering="key_class")
    def kept(self, key: SigningKey) -> SafeString:
        return show.code(key.key_class)

    @admin.display(description=_("state"), ordering="state")
    def shown_state(self, key: SigningKey) -> SafeString:
        return show.status(*key_state(key.state))

    @admin.display(description=_("cryptoperiod ends"))
    def ends(self, key: SigningKey) -> SafeString:
        period = period_of(key)
        return due_cell(key, period) if period else show.NOTHING

    @admin.display(description=_("public key"))
    def short_key(self, key: SigningKey) -> SafeString:
        return show.shortened(key.public_key)

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self._watching)
        own = [path("<path:object_id>/watching/", view, name="hsm_signingkey_watching")]
        return [*own, *super().get_urls()]

    def _watching(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """The account of a derived wallet as a file."""
        record = self.get_object(request, object_id)
        if record is None or not self.has_view_permission(request, record):
            raise NotFoundError("no such key")
        return watching_file(record, key_entries(record))

    def heading(self, record: SigningKey) -> str:
        return purpose_word(record.purpose)

    def state(self, record: SigningKey) -> SafeString:
        return self.shown_state(record)

    def sections(self, request: HttpRequest, record: SigningKey) -> list[Section]:
        history = key_entries(record)
        may_draft = cast(User, request.user).has_right(Right.DRAFT_TRUST)
        facts = [
            Fact(_("Id"), show.copied(record.pk)),
            Fact(_("Purpose"), purpose_word(record.purpose)),
            Fact(_("Class"), show.lines([class_word(record.key_class), show.code(record.key_class)])),
            Fact(_("Curve"), show.code(record.curve)),
            Fact(_("Back-end"), _backend(record)),
            Fact(_("Public key"), show.grouped(record.public_key, copy=True)),
            *([Fact(_("Offline signer"), record.offline.name)] if record.offline else []),
            *([Fact(_("Change its state"), _draft_links(record))] if may_draft else []),
        ]
        return [
            Section(_("Key"), facts=facts),
            *_use(record),
            *watching_sections(record, history),
            _validity(record),
            _history(history),
            _origin(history),
            _last_requests(record),
        ]


def key_entries(key: SigningKey) -> list[StoreEntry]:
    """What the signer's journal says of a key, oldest first."""
    rows = JournalEntry.objects.filter(kind="KEY").order_by("seq").values_list("body", flat=True)
    entries = [StoreEntry.from_bytes(bytes(body)) for body in rows]
    return [entry for entry in entries if entry.body.get("key") == key.pk]


def due_cell(key: SigningKey, period: KeyActivate) -> SafeString:
    """The end of a cryptoperiod, with what is due about it; nothing is for keys that are out of use."""
    until = period.valid_until
    step = step_of(until, at=clock.now()) if key.state in IN_USE else Step.FAR
    if step is Step.OVER:
        return show.status(_t("ended %(day)s") % {"day": show.day(until)}, show.BAD)
    if step is not Step.FAR:
        return show.status(_t("ends %(day)s: a successor is due") % {"day": show.day(until)}, show.WARNING)
    return show.moment(until)


def _draft_links(key: SigningKey) -> SafeString:
    """The web changes no state: it drafts the document that people sign."""
    address = reverse("admin:hsm_trustdraft_add")
    if key.state == "PRE_ACTIVE" and key.purpose == "spend":
        return show.link(f"{address}?type=KEY_ACTIVATE&key={key.pk}", _t("Draft its activation"))
    return show.link(f"{address}?type=KEY_STATE&key={key.pk}", _t("Draft a change of state"))


def _backend(key: SigningKey) -> SafeString:
    """Its name, and the module in the register."""
    module = held.modules_in_force().get(key.backend)
    return show.lines([show.code(key.backend), *([links.to_record(module.pk)] if module else [])])


def _validity(key: SigningKey) -> Section:
    """What rule V9 finds about the key and the module that holds it."""
    found = held.findings(at=clock.now()).about(key.pk, key.backend)
    columns = (_("Finding"), _("Until"), _("What follows"))
    note = "" if found else _("Nothing is found about this key and its module.")
    return Section(_("Validity (rule V9)"), columns=columns, rows=finding_rows(found), note=note)


def _use(key: SigningKey) -> list[Section]:
    """What the activation says; keys of genesis have none."""
    period = period_of(key)
    if period is None:
        return []
    facts = [
        Fact(_("In use from"), show.moment(period.valid_from)),
        Fact(_("Cryptoperiod ends"), due_cell(key, period)),
        *(_wallet(period.wallet) if period.wallet else []),
    ]
    return [Section(_("What it is for"), facts=facts, note=_note(period))]


def _note(period: KeyActivate) -> str:
    if period.wallet is None:
        return ""
    return _t("These limits are the signer's own; no policy and no page widens them.")


def _wallet(wallet: WalletBinding) -> list[Fact]:
    limits = wallet.limits
    facts = [
        Fact(_("Wallet"), links.to_record(wallet.wallet)),
        Fact(_("Owner"), show.code(wallet.owner)),
        Fact(_("Network"), network_name(wallet.chain)),
        Fact(_("Tier"), show.code(wallet.tier)),
    ]
    if limits is None:
        return [*facts, Fact(_("Limits"), _("none of its own: the policy decides"))]
    shown: list[tuple[Any, object]] = [
        (_("Kinds of payments"), show.lines([show.code(kind) for kind in limits.kinds or ()])),
        (_("Only these addresses"), show.lines([show.grouped(payee) for payee in limits.payees or ()])),
        (_("Highest amount"), show.coins(limits.amount_max)),
        (_("Highest fee"), show.coins(limits.fee_max)),
    ]
    return [*facts, *(Fact(name, value) for name, value in shown if value != show.NOTHING)]


def _history(entries: list[StoreEntry]) -> Section:
    rows = [
        [
            show.moment(entry.at),
            show.status(*key_state(str(entry.body.get("state", "")))),
            _document(str(entry.body.get("document", "")), str(entry.body.get("reason", ""))),
            links_to_entry(entry),
        ]
        for entry in entries
    ]
    columns = (_("Time"), _("State"), _("By document"), _("Journal"))
    note = "" if rows else _("The signer has not reported its entry yet.")
    return Section(_("History of its states"), columns=columns, rows=rows, note=note)


def _document(name: str, reason: str) -> SafeString:
    """The document that moved the key; without one the signer did, at genesis or by itself."""
    if not name:
        return show.lines([_t("the signer itself"), *([show.code(reason)] if reason else [])])
    draft = TrustDraft.objects.filter(hash=name).only("pk").first()
    return show.lines([*([links.to_record(draft.pk)] if draft else []), show.grouped(name)])


def links_to_entry(entry: StoreEntry) -> SafeString:
    """The entry's place in the journal."""
    return show.link(reverse("admin:hsm_journalentry_change", args=[entry.seq]), entry.seq)


def _origin(entries: list[StoreEntry]) -> Section:
    """What the token itself said of the key when it was made."""
    attributes: dict[str, bool] = next(
        (entry.body["attributes"] for entry in entries if "attributes" in entry.body), {}
    )
    rows = [
        [
            str(EVIDENCE.get(name, name)),
            show.code(name),
            show.status(
                _t("yes") if value else _t("no"), show.GOOD if value != (name == "extractable") else show.BAD
            ),
        ]
        for name, value in sorted(attributes.items())
    ]
    columns = (_("Property"), _("Attribute of PKCS#11"), _("Token says"))
    note = "" if rows else _("No evidence of the token was reported.")
    return Section(_("Evidence of its origin"), columns=columns, rows=rows, note=note)


def _last_requests(key: SigningKey) -> Section:
    requests = SigningRequest.objects.filter(key=key.pk).order_by("-created_at")[:LAST_REQUESTS]
    rows = [
        [show.moment(row.created_at), row.get_kind_display(), links.to_record(row.pk)] for row in requests
    ]
    return Section(_("Last requests"), columns=(_("Time"), _("Kind"), _("Request")), rows=rows)
