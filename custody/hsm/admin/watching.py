"""Key pages of derived wallets: what watches them, shown and as a file. No secret is in it."""

import json

from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from custody.common.errors import NotFoundError
from custody.hsm.models import SigningKey
from custody.hsm.watching import descriptor_of, export_of, first_addresses
from custody.statements.key_account import KeyAccount
from custody.statements.store_entry import StoreEntry
from custody.web import show
from custody.web.admin import Fact, Section
from custody.web.downloads import download
from custody.web.spends import network_name


def watching_sections(key: SigningKey, entries: list[StoreEntry]) -> list[Section]:
    """Account, origin and descriptor; nothing for a key with one address."""
    account = _account_in(entries)
    if account is None:
        return []
    address = reverse("admin:hsm_signingkey_watching", args=[key.pk])
    facts = [
        Fact(_("Account key (xpub)"), show.copied(account.xpub)),
        Fact(_("Fingerprint of the master key"), show.code(account.fingerprint)),
        Fact(_("Origin"), show.code(account.path)),
        Fact(_("Network"), network_name(account.chain)),
        Fact(_("Descriptor"), show.copied(descriptor_of(account))),
        Fact(_("First addresses"), show.lines([show.grouped(item) for item in first_addresses(account)])),
        Fact(_("File"), show.link(address, _t("Download for a watching program"))),
    ]
    note = _("Whoever has these sees all addresses of the wallet and can spend from none of them.")
    return [Section(_("Watching the wallet"), facts=facts, note=note)]


def watching_file(key: SigningKey, entries: list[StoreEntry]) -> HttpResponse:
    """The same as a JSON file; raises NotFoundError for a key without an account."""
    account = _account_in(entries)
    if account is None:
        raise NotFoundError("the key has no account")
    content = json.dumps(export_of(key.pk, account), indent=2).encode()
    return download(content, f"{key.pk}-watching.json", media_type="application/json")


def _account_in(entries: list[StoreEntry]) -> KeyAccount | None:
    """As the signer's journal says it, from the entry that made the key."""
    said = next((entry.body["account"] for entry in entries if "account" in entry.body), None)
    return KeyAccount.read(said) if said else None
