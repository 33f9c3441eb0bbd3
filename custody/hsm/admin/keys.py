"""The catalogue of keys as the signer publishes it, and what each key was asked for."""

from django.contrib import admin
from django.http import HttpRequest
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from custody.accounts.roles import Right
from custody.hsm.models import SigningKey, SigningRequest
from custody.hsm.words import key_state, purpose_word
from custody.web import links, show
from custody.web.admin import Fact, RecordAdmin, Section, column, titled

LAST_REQUESTS = 20


@admin.register(SigningKey)
class SigningKeyAdmin(RecordAdmin[SigningKey]):
    view_right = Right.VIEW_KEYS
    work, place, icon, prefix = "keys", 1, "key", "key"
    list_display = ("what_for", "key", "which_curve", "shown_state", "short_key")
    list_filter = (("purpose", titled(_("purpose"))), ("state", titled(_("state"))))
    which_curve = column("curve", _("curve"))
    search_fields = ("=id", "=public_key")
    ordering = ("purpose", "id")

    @admin.display(description=_("purpose"), ordering="purpose")
    def what_for(self, key: SigningKey) -> str:
        return purpose_word(key.purpose)

    @admin.display(description=_("key"))
    def key(self, key: SigningKey) -> SafeString:
        return show.code(key.pk)

    @admin.display(description=_("state"), ordering="state")
    def shown_state(self, key: SigningKey) -> SafeString:
        return show.status(*key_state(key.state))

    @admin.display(description=_("public key"))
    def short_key(self, key: SigningKey) -> SafeString:
        return show.shortened(key.public_key)

    def heading(self, record: SigningKey) -> str:
        return purpose_word(record.purpose)

    def state(self, record: SigningKey) -> SafeString:
        return self.shown_state(record)

    def sections(self, request: HttpRequest, record: SigningKey) -> list[Section]:
        facts = [
            Fact(_("Id"), show.code(record.pk)),
            Fact(_("Purpose"), purpose_word(record.purpose)),
            Fact(_("Curve"), show.code(record.curve)),
            Fact(_("Public key"), show.grouped(record.public_key, copy=True)),
            Fact(_("Kept"), _("made on the token, never leaves it")),
        ]
        return [Section(_("Key"), facts=facts), _last_requests(record)]


def _last_requests(key: SigningKey) -> Section:
    requests = SigningRequest.objects.filter(key=key.pk).order_by("-created_at")[:LAST_REQUESTS]
    rows = [
        [show.moment(row.created_at), row.get_kind_display(), links.to_record(row.pk)] for row in requests
    ]
    return Section(_("Last requests"), columns=(_("Time"), _("Kind"), _("Request")), rows=rows)
