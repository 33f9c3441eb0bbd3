"""The back office names every field of a trust document, and says base units of amounts alone."""

import json
import re
from collections.abc import Iterator

import pytest
from django.utils import translation
from django.utils.html import strip_tags

from custody.hsm.admin.decoded import FIELDS, RULE_FIELDS, decoded_section
from custody.statements.codecs import AmountCodec, Codec
from custody.statements.policy import AmountRule, Policy, QuorumRule, Scope
from custody.statements.trust.document import TYPES
from tests.approve import golden
from tests.approve.reachable import Field, fields_of, kinds_of
from tests.statements.examples import INTENT

TIME = re.compile(r"\d{4}-\d\d-\d\dT")
SCOPE = Scope(assets=(INTENT.asset,))


@pytest.fixture(autouse=True)
def _english() -> Iterator[None]:
    with translation.override("en"):
        yield


def names(field: str) -> list[str]:
    return [part for part in field.split("/") if part not in {"", "*", "**"}]


def says_base_units(name: str, rule: str = "") -> bool:
    word = RULE_FIELDS.get(rule, {}).get(name) or FIELDS[name]
    return "base units" in str(word)


def rules(type_: str) -> dict[str, list[Field]]:
    """Fields below each kind of rule."""
    (found,) = [kinds for pointer, kinds in kinds_of(TYPES[type_][1]).items() if pointer.endswith("rules/*")]
    return found


@pytest.mark.parametrize("type_", TYPES)
def test_every_field_of_every_document_has_a_word(type_: str) -> None:
    below_rules = (
        {field for found in rules(type_).values() for field, _ in found} if type_ == "POLICY" else set()
    )
    missing = [
        field
        for field, _ in fields_of(TYPES[type_][1])
        if field not in below_rules and not set(names(field)) <= FIELDS.keys()
    ]
    assert missing == []


def test_every_field_of_every_kind_of_rule_has_a_word_of_its_own() -> None:
    found = rules("POLICY")
    own = {
        kind: {names(field)[2] for field, _ in fields} - {"kind", "scope"} for kind, fields in found.items()
    }
    assert {kind: wanted for kind, wanted in own.items() if wanted} == {
        kind: set(words) for kind, words in RULE_FIELDS.items()
    }


def check(field: str, codec: Codec | None, rule: str = "") -> None:
    parts = names(field)
    # The last name says it, or for a field of the rule itself that of the rule.
    top = rule if rule and len(parts) == 3 else ""
    assert says_base_units(parts[-1], top) is isinstance(codec, AmountCodec), field


@pytest.mark.parametrize("type_", TYPES)
def test_base_units_are_said_of_amounts_and_of_nothing_else(type_: str) -> None:
    if type_ == "POLICY":
        for kind, found in rules(type_).items():
            for field, codec in found:
                check(field, codec, kind)
        return
    for field, codec in fields_of(TYPES[type_][1]):
        check(field, codec)


def test_two_rules_are_shown_field_by_field() -> None:
    policy = Policy(
        rules=(
            AmountRule(scope=SCOPE, max=5),
            QuorumRule(scope=SCOPE, above=7, role="APPROVER", people=2),
        )
    )
    shown = {str(name): str(value) for name, value in decoded_section(policy.to_json()).rows}
    (most,) = [value for name, value in shown.items() if name.endswith("› at most (base units)")]
    (above,) = [value for name, value in shown.items() if name.endswith("› above (base units)")]
    (people,) = [value for name, value in shown.items() if name.endswith("› people")]
    assert (most, above, people) == ("5", "7", "2")


def values(value: object) -> Iterator[str]:
    match value:
        case dict() | list() if value:
            for item in value.values() if isinstance(value, dict) else value:
                yield from values(item)
        case bool():
            yield "yes" if value else "no"
        case str() if TIME.match(value):
            yield value[:4]
        case dict() | list():
            yield "none"
        case _:
            yield str(value)


@pytest.mark.parametrize("name", [name for name in golden.NAMES if name.startswith("trust-")])
def test_the_page_of_a_document_shows_every_value_of_its_body(name: str) -> None:
    body = json.loads(golden.subject(name))["body"]
    shown = [strip_tags(str(value)).replace(" ", "") for _, value in decoded_section(body).rows]
    missing = [value for value in values(body) if not any(value.replace(" ", "") in one for one in shown)]
    assert missing == []


def test_a_time_beyond_every_calendar_is_shown_as_it_stands() -> None:
    assert decoded_section({"until": "9999-12-31T23:59:59Z"}).rows == [["until", "9999-12-31T23:59:59Z"]]
