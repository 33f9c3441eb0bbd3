"""Any document field by field: a name in the reader's language, a value in the form of custody.web.show."""

import re
from collections.abc import Iterator
from datetime import datetime

from django.utils.functional import Promise
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from custody.common import clock
from custody.common.ids import is_id
from custody.web import links, show
from custody.web.admin import Section

FIELDS: dict[str, Promise] = {
    "above": _("above (base units)"),
    "address": _("address"),
    "addresses": _("addresses"),
    "after": _("after"),
    "amount": _("amount (base units)"),
    "amount_max": _("highest amount (base units)"),
    "asset": _("asset"),
    "assets": _("assets"),
    "before": _("before"),
    "book": _("address book allowed"),
    "cap_per_transaction": _("at most per payment (base units)"),
    "cap_window": _("window"),
    "chain": _("chain"),
    "class": _("class"),
    "client": _("client"),
    "contract": _("contract"),
    "credential": _("credential"),
    "curve": _("curve"),
    "days": _("days"),
    "depth": _("confirmations"),
    "destinations": _("destinations"),
    "document": _("document"),
    "entries": _("entries"),
    "fact": _("fact"),
    "fee": _("fee"),
    "fee_max": _("highest fee (base units)"),
    "format": _("form"),
    "hash": _("hash"),
    "hold": _("hold"),
    "intent_kind": _("kind of payment"),
    "key": _("key"),
    "kill": _("kill"),
    "kind": _("kind"),
    "kinds": _("kinds"),
    "label": _("name"),
    "limits": _("limits"),
    "mandate": _("mandate"),
    "max": _("at most (base units)"),
    "max_age_seconds": _("highest age (seconds)"),
    "name": _("name"),
    "needs": _("facts needed"),
    "own": _("wallets of our own allowed"),
    "owner": _("owner"),
    "owners": _("owners"),
    "payees": _("payees"),
    "people": _("people"),
    "person": _("person"),
    "policy": _("policy"),
    "proof": _("proof"),
    "public_key": _("public key"),
    "purpose": _("purpose"),
    "ref": _("Id or address"),
    "role": _("role"),
    "roles": _("roles"),
    "rules": _("rules"),
    "scope": _("scope"),
    "seconds": _("seconds"),
    "state": _("state"),
    "tier": _("tier"),
    "type": _("type"),
    "until": _("until"),
    "valid_from": _("from"),
    "valid_until": _("until"),
    "wallet": _("wallet"),
    "wallets": _("wallets"),
    "window": _("window"),
    "zone": _("time zone"),
}
_HEX = re.compile(r"[0-9a-f]{40,}\Z")


def decoded_section(body: dict[str, object]) -> Section:
    """Every field of ``body``, nested ones under their path; nothing is left out."""
    rows = [[" › ".join(_names(path)), _shown(value)] for path, value in _leaves(body, ())]
    columns = (_("Field"), _("Value"))
    return Section(_("Content, field by field"), columns=columns, rows=rows)


def _leaves(value: object, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], object]]:
    if isinstance(value, dict) and value:
        for key in value:
            yield from _leaves(value[key], (*path, key))
    elif isinstance(value, list) and any(isinstance(item, dict) for item in value):
        for number, item in enumerate(value, start=1):
            yield from _leaves(item, (*path, str(number)))
    else:
        yield path, value


def _names(path: tuple[str, ...]) -> list[str]:
    return [str(FIELDS.get(name, name)) for name in path]


def _shown(value: object) -> object:
    if isinstance(value, bool):
        return _t("yes") if value else _t("no")
    if isinstance(value, list | tuple | dict):
        return show.lines([show.code(str(item)) for item in value]) if value else show.code(_t("none"))
    if not isinstance(value, str):
        return value
    at = _time(value)
    if at is not None:
        return show.moment(at)
    if is_id(value):
        return links.to_record(value)
    return show.grouped(value) if _HEX.match(value) else value


def _time(value: str) -> datetime | None:
    try:
        return clock.read_time(value)
    except ValueError:
        return None
