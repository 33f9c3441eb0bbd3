"""Every rule that the signer can answer with has one sentence in each language."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.utils import translation

from custody.hsm.refusal_words import RULES, in_words

CODE = Path(__file__).parents[2] / "custody"
# What a request runs through in the signer.
REACHED = ("hsm/signer", "hsm/token", "hsm/backends", "statements", "chains", "common", "policy")
# Errors of the web side's node client, of genesis, start and console: none of them answers a request.
NOT_ANSWERS = {
    "demo_genesis", "error", "forbidden", "head_missing", "illegal_transition", "key_class", "missing_inputs",
    "no_genesis", "no_such_session", "node_refused", "node_unavailable", "node_wrong_chain", "not_found",
    "not_of_this_backend", "other_genesis", "policy_missing", "second_opinion_missing",
    "signer_not_awake", "would_be_refused",
    # Said at the console while a wrapping key is made or brought back.
    "bad_share", "bad_threshold", "no_terminal",
    # Said at the console of an offline signer, or about what was carried; no answer says it.
    "answer_not_proved", "bad_part", "not_a_custodian", "not_answered", "not_confirmed", "part_of_another",
    "parts_damaged", "parts_missing", "too_long",
    # Said on pages about an approval that is handed in; the signer says bad_proof and expired.
    "not_active", "not_pinned",
}  # fmt: skip
CONDITIONS = {"equal", "at_most", "at_least", "one_of"}


def sources() -> Iterator[ast.Module]:
    for folder in REACHED:
        for path in (CODE / folder).rglob("*.py"):
            yield ast.parse(path.read_text(encoding="utf-8"))


def texts(node: ast.AST) -> Iterator[str]:
    """Constants in an expression, e.g. both of "a" if x else "b"."""
    for part in ast.walk(node):
        if (
            isinstance(part, ast.Constant)
            and isinstance(part.value, str)
            and part.value.replace("_", "").isalnum()
        ):
            yield part.value


def codes_in(module: ast.Module) -> Iterator[str]:
    for node in ast.walk(module):
        if isinstance(node, ast.Call):
            name = getattr(node.func, "id", getattr(node.func, "attr", ""))
            if name in {"Refusal", *CONDITIONS} and node.args:
                yield from texts(node.args[0])
            for keyword in node.keywords:
                if keyword.arg == "code":
                    yield from texts(keyword.value)
        if (
            isinstance(node, ast.Assign)
            and isinstance(node.targets[0], ast.Name)
            and node.targets[0].id == "code"
        ):
            yield from texts(node.value)


def test_every_rule_has_words() -> None:
    codes = {code for module in sources() for code in codes_in(module)} - NOT_ANSWERS
    assert len(codes) > 120
    assert sorted(codes - RULES.keys()) == []


@pytest.mark.parametrize(
    ("language", "rule", "sentence"),
    [
        ("en", "fee_above_max", "The fee is higher than terms and intent allow."),
        ("de", "fee_above_max", "Die Gebühr ist höher, als Bedingungen und Zahlungswunsch erlauben."),
        ("de", "killed", "Der Schlüssel ist gestoppt, bis Officers einen RESTART unterschreiben."),
        ("en", "brand_new", "A rule without words yet; its name says what was refused."),
        ("en", "", ""),
    ],
)
def test_rules_in_words(language: str, rule: str, sentence: str) -> None:
    with translation.override(language):
        assert in_words(rule) == sentence


def test_german_differs_from_english_everywhere() -> None:
    english, german = ({rule: translation_of(rule, language) for rule in RULES} for language in ("en", "de"))
    assert [rule for rule in RULES if english[rule] == german[rule]] == []


def translation_of(rule: str, language: str) -> str:
    with translation.override(language):
        return in_words(rule)
