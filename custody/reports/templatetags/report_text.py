"""How values look on a report page: German dates and amounts, long strings in groups of four."""

from functools import partial

from django import template
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from custody.common.clock import read_time
from custody.common.money import show_amount
from custody.reports.periods import BERLIN
from custody.reports.wording import TABLES, audit_verb, word

register = template.Library()

BITCOIN_DECIMALS = 8


# One filter per table of words: ``{{ deal.state|deal_state }}``.
for _table in TABLES:
    register.filter(_table, partial(word, _table))
register.filter(audit_verb)


@register.filter
def moment(value: str) -> str:
    """``2026-10-01T08:00:00Z`` as ``01.10.2026 10:00:00 MESZ``."""
    local = read_time(value).astimezone(BERLIN)
    zone = "MESZ" if local.dst() else "MEZ"
    return f"{local:%d.%m.%Y %H:%M:%S} {zone}"


@register.filter
def day(value: str) -> str:
    """``2024-12-30`` as ``30.12.2024``."""
    year, month, number = value.split("-")
    return f"{number}.{month}.{year}"


@register.filter
def bitcoin(value: str) -> str:
    """Base units as bitcoin with all eight decimals."""
    return f"{show_amount(int(value), decimals=BITCOIN_DECIMALS)} BTC"


@register.filter
def groups(value: str) -> SafeString:
    """An address or hash in groups of four for the eye; copied text stays in one piece."""
    parts = [value[start : start + 4] for start in range(0, len(value), 4)]
    return format_html(
        "<span class='mono'>{}</span>",
        format_html_join("", "<span class='g'>{}</span>", ((p,) for p in parts)),
    )


@register.filter
def outpoint(value: str) -> SafeString:
    """``txid:n`` with the txid in groups."""
    txid, _colon, number = value.partition(":")
    return format_html("{}<span class='mono'>:{}</span>", groups(txid), number)
