"""A document indented for reading, with the place at fault marked."""

import json
from collections.abc import Iterator

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

Path = tuple[str, ...]


def marked(value: object, pointer: str) -> SafeString:
    """``value`` as indented JSON; the longest part of ``pointer`` that exists in it is marked."""
    place = found(value, pointer)
    lines = (
        (_marked(line) if place and path[: len(place)] == place else line,) for path, line in _lines(value)
    )
    return format_html('<pre class="document" tabindex="0">{}</pre>', format_html_join("", "{}\n", lines))


def found(value: object, pointer: str) -> Path:
    """The steps of a JSON pointer (RFC 6901) that lead somewhere in ``value``."""
    taken: Path = ()
    for step in pointer.split("/")[1:]:
        if isinstance(value, dict) and step in value:
            value = value[step]
        elif isinstance(value, list) and step.isdigit() and int(step) < len(value):
            value = value[int(step)]
        else:
            break
        taken += (step,)
    return taken


def at(value: object, pointer: str) -> object:
    """What stands where ``found`` ends."""
    for step in found(value, pointer):
        value = value[int(step)] if isinstance(value, list) else value[step]  # type: ignore[index]
    return value


def _marked(line: str) -> SafeString:
    return format_html("<mark>{}</mark>", line)


def _lines(
    value: object, path: Path = (), *, before: str = "", after: str = ""
) -> Iterator[tuple[Path, str]]:
    """(path, line) of each line; ``before`` opens the first, ``after`` closes the last."""
    indent = "  " * len(path)
    if isinstance(value, dict) and value:
        items, (opening, closing) = [(key, _text(key) + ": ", entry) for key, entry in value.items()], "{}"
    elif isinstance(value, list) and value:
        items, (opening, closing) = [(str(index), "", entry) for index, entry in enumerate(value)], "[]"
    else:
        yield path, f"{indent}{before}{_text(value)}{after}"
        return
    yield path, f"{indent}{before}{opening}"
    for number, (step, name, entry) in enumerate(items, start=1):
        comma = "," if number < len(items) else ""
        yield from _lines(entry, (*path, step), before=name, after=comma)
    yield path, f"{indent}{closing}{after}"


def _text(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)
