"""Any document field by field: a name in the reader's language, a value in the form of custody.web.show."""

import re
from collections.abc import Iterator, Mapping
from datetime import datetime

from django.utils.functional import Promise
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from custody.common import clock
from custody.common.ids import is_id
from custody.hsm.words import PURPOSES, TIERS
from custody.statements.display.formatters import LOCAL_YEARS
from custody.web import links, show
from custody.web.admin import Section
from custody.web.show import Text

Path = tuple[Text, ...]  # names that lead to a value

FIELDS: dict[str, Promise] = {
    "aaguid": _("model of the passkey (AAGUID)"),
    "actions": _("actions"),
    "address": _("address"),
    "addresses": _("addresses"),
    "amount": _("amount (base units)"),
    "amount_max": _("highest amount (base units)"),
    "asset": _("asset"),
    "assets": _("assets"),
    "attest_key": _("attest key"),
    "block": _("blocks"),
    "cap_per_transaction": _("at most per payment (base units)"),
    "cap_window": _("window"),
    "chain": _("chain"),
    "class": _("class"),
    "client": _("client"),
    "code_hash": _("hash of the code"),
    "contract": _("contract"),
    "credential": _("credential"),
    "critical": _("critical actions"),
    "curve": _("curve"),
    "decimals": _("decimals"),
    "depth": _("confirmations"),
    "destinations": _("destinations"),
    "dispute_seconds": _("time for disputes (seconds)"),
    "document": _("document"),
    "entries": _("entries"),
    "fact": _("fact"),
    "fee": _("fee"),
    "fee_max": _("highest fee (base units)"),
    "format": _("form"),
    "hash": _("hash"),
    "hold": _("hold"),
    "id": _("id"),
    "implementation_hash": _("hash of the implementation's code"),
    "intent_kind": _("kind of payment"),
    "key": _("key"),
    "kill": _("kill"),
    "kind": _("kind"),
    "kinds": _("kinds"),
    "label": _("name"),
    "lifetime_seconds": _("lifetime (seconds)"),
    "limits": _("limits"),
    "mandate": _("mandate"),
    "max": _("at most (base units)"),
    "max_age_seconds": _("highest age (seconds)"),
    "methods": _("methods"),
    "name": _("name"),
    "needs": _("facts needed"),
    "open_max": _("open keys at most"),
    "origin": _("origin"),
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
    "removed": _("taken out"),
    "role": _("role"),
    "roles": _("roles"),
    "rp_id": _("name of the station"),
    "rules": _("rules"),
    "safe": _("Safe"),
    "scope": _("scope"),
    "seconds": _("seconds"),
    "settled_depth": _("confirmations until settled"),
    "state": _("state"),
    "symbol": _("symbol"),
    "system": _("system"),
    "terms": _("terms"),
    "tier": _("tier"),
    "type": _("type"),
    "until": _("until"),
    "valid_from": _("from"),
    "valid_until": _("until"),
    "versions": _("versions"),
    "wallet": _("wallet"),
    "wallets": _("wallets"),
    "window": _("window"),
}
# Fields of one kind of rule: another rule may mean something else by the same name.
RULE_FIELDS: dict[str, dict[str, Promise]] = {
    "amount": {"max": _("at most (base units)")},
    "cancel": {"people": _("people"), "role": _("role")},
    "gas_price": {
        "min": _("at least per gas (base units)"),
        "priority_min": _("of it as a tip (base units)"),
    },
    "payee": {
        "addresses": _("addresses"),
        "book": _("address book allowed"),
        "own": _("wallets of our own allowed"),
    },
    "quorum": {"above": _("above (base units)"), "people": _("people"), "role": _("role")},
    "time": {"after": _("after"), "before": _("before"), "days": _("days"), "zone": _("time zone")},
    "velocity": {"window": _("window")},
}
# Codes that have a word of ours.
WORDS: dict[str, Mapping[str, Promise]] = {"tier": TIERS, "purpose": PURPOSES}
_HEX = re.compile(r"[0-9a-f]{40,}\Z")


def decoded_section(body: dict[str, object]) -> Section:
    """Every field of ``body``, nested ones under their path; nothing is left out."""
    rows = [[" › ".join(map(str, path)), _shown(value, key)] for path, key, value in _leaves(body, ())]
    columns = (_("Field"), _("Value"))
    return Section(_("Content, field by field"), columns=columns, rows=rows)


Leaf = tuple[Path, str, object]  # with the name of the field itself, as the document has it


def _leaves(value: object, path: Path, *, rule: str = "", field: str = "") -> Iterator[Leaf]:
    """Every value with the names that lead to it; ``rule``: the kind of the rule whose field it is."""
    if isinstance(value, dict) and value:
        for key, item in value.items():
            inner = (*path, _name(key, rule))
            yield from _rules(item, inner) if key == "rules" else _leaves(item, inner, field=key)
    elif isinstance(value, list) and any(isinstance(item, dict) for item in value):
        for number, item in enumerate(value, start=1):
            yield from _leaves(item, (*path, str(number)), field=field)
    else:
        yield path, field, value


def _rules(rules: list[dict[str, object]], path: Path) -> Iterator[Leaf]:
    for number, rule in enumerate(rules, start=1):
        yield from _leaves(rule, (*path, str(number)), rule=str(rule["kind"]))


def _name(key: str, rule: str) -> Text:
    words = RULE_FIELDS.get(rule, {})
    return words[key] if key in words else FIELDS.get(key, key)


def _shown(value: object, field: str) -> object:
    if isinstance(value, bool):
        return _t("yes") if value else _t("no")
    if isinstance(value, list | tuple | dict):
        return show.lines([show.code(str(item)) for item in value]) if value else show.code(_t("none"))
    if not isinstance(value, str):
        return value
    if field in WORDS:
        return show.named(WORDS[field], value)
    at = _time(value)
    if at is not None and at.year in LOCAL_YEARS:
        return show.moment(at)
    if is_id(value):
        return links.to_existing(value)
    return show.grouped(value) if _HEX.match(value) else value


def _time(value: str) -> datetime | None:
    try:
        return clock.read_time(value)
    except ValueError:
        return None
