"""How values look on admin pages: addresses and hashes in groups of four, amounts with all their
digits, times of Europe/Berlin with UTC beside, states with a sign and a word, never colour alone."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime

from django.utils import timezone
from django.utils.formats import get_format
from django.utils.functional import Promise
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from custody.common.clock import write_time
from custody.common.money import show_amount

Text = str | Promise  # plain, or translated when it is shown
NOTHING = SafeString("–")
GROUP = 4
SATOSHI_DIGITS = 8

GOOD, WAITING, WARNING, BAD, NEUTRAL = "good", "waiting", "warning", "bad", "neutral"
_SIGNS = {GOOD: "✓", WAITING: "…", WARNING: "!", BAD: "✕", NEUTRAL: "•"}


def grouped(text: str, *, copy: bool = False) -> SafeString:
    """``text`` in groups of four, whole; groups are spaced by style, so that copying adds nothing."""
    if not text:
        return NOTHING
    groups = [(text[start : start + GROUP],) for start in range(0, len(text), GROUP)]
    code = format_html('<code class="groups">{}</code>', format_html_join("", "<span>{}</span>", groups))
    return format_html("{}{}", code, copy_button(text)) if copy else code


def copy_button(text: str) -> SafeString:
    """A button that copies ``text`` (static/js/page.js)."""
    return format_html(
        '<button type="button" class="copy" data-copy="{}" data-copied="{}">{}</button>',
        text,
        _("Copied"),
        _("Copy"),
    )


def shortened(text: str) -> SafeString:
    """First and last eight characters, for lists; never where something is decided."""
    if len(text) <= 4 * GROUP:
        return format_html("<code>{}</code>", text) if text else NOTHING
    return format_html('<code title="{}">{}…{}</code>', text, text[: 2 * GROUP], text[-2 * GROUP :])


def code(text: str) -> SafeString:
    """An id or technical word that must not break."""
    return format_html("<code>{}</code>", text) if text else NOTHING


def named(words: Mapping[str, Text], name: str) -> SafeString:
    """A word of ours with the code beside it; the code alone where there is no word."""
    return format_html("{} <code>{}</code>", words[name], name) if name in words else code(name)


def coins(amount: int | None, *, unit: str = "BTC", decimals: int = SATOSHI_DIGITS) -> SafeString:
    """``amount`` (base units) with all decimals of its unit."""
    if amount is None:
        return NOTHING
    return format_html('<span class="amount">{}</span>', coins_text(amount, unit=unit, decimals=decimals))


def coins_text(amount: int, *, unit: str = "BTC", decimals: int = SATOSHI_DIGITS) -> str:
    """The same as plain text, for labels and sentences."""
    comma = str(get_format("DECIMAL_SEPARATOR"))
    return f"{show_amount(amount, decimals=decimals, comma=comma)} {unit}"


def moment(at: datetime | None) -> SafeString:
    """Date and time in Europe/Berlin to the second; UTC in the title."""
    if at is None:
        return NOTHING
    local = timezone.localtime(at)
    return format_html(
        '<time datetime="{}" title="{} UTC">{}</time>',
        write_time(at),
        at.strftime("%Y-%m-%d %H:%M:%S"),
        # Translators: strftime form of a time to the second
        local.strftime(_("%Y-%m-%d %H:%M:%S")),
    )


def plain_moment(at: datetime) -> str:
    """The same as text, for sentences."""
    # Translators: strftime form of a time to the second
    return timezone.localtime(at).strftime(_("%Y-%m-%d %H:%M:%S"))


def day(value: date) -> str:
    """A date without time, as the reader writes it."""
    # Translators: strftime form of a date
    return value.strftime(_("%Y-%m-%d"))


def status(text: object, tone: str) -> SafeString:
    """A state: sign, word and colour; the word alone is enough."""
    return format_html(
        '<span class="status {}"><span aria-hidden="true">{}</span> {}</span>', tone, _SIGNS[tone], text
    )


def link(address: str, text: object) -> SafeString:
    """A link inside a value."""
    return format_html('<a href="{}">{}</a>', address, text)


def lines(values: Sequence[str]) -> SafeString:
    """Several values of one fact, one below the other."""
    return format_html_join(SafeString("<br>"), "{}", ((value,) for value in values)) if values else NOTHING


def document(text: str) -> SafeString:
    """A canonical document, indented for reading."""
    return format_html('<pre class="document" tabindex="0">{}</pre>', text)


def fill(sentence: str, **values: object) -> SafeString:
    """A translated sentence with named places, e.g. "Pays {amount} to {whom}."."""
    return format_html(sentence, **values)


def beside(values: Sequence[str]) -> SafeString:
    """Several values in one line."""
    return format_html_join(" ", "{}", ((value,) for value in values))


def copied(text: str) -> SafeString:
    """An id with a button to copy it."""
    return format_html("{}{}", code(text), copy_button(text))
