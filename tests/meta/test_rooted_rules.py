"""Every rule of trust.md has a named attack that exists, and the security model names it."""

import ast

import pytest

from scripts.embedded.layout import PROJECT
from tests.rooted.rules import ATTACKS, STATION, NotYet

ROOTED = PROJECT / "tests" / "rooted"
TABLE = (PROJECT / "docs" / "security-model.md").read_text(encoding="utf-8")
RULES = range(1, 22)


def names_in(file: str) -> set[str]:
    module = ast.parse((ROOTED / file).read_text(encoding="utf-8"))
    return {node.name for node in module.body if isinstance(node, ast.FunctionDef)}


def row_of(rule: int) -> str:
    return next(line for line in TABLE.splitlines() if line.startswith(f"| {rule} "))


def test_every_rule_has_an_attack() -> None:
    assert set(ATTACKS) == set(RULES)
    assert all(ATTACKS.values())


@pytest.mark.parametrize("rule", RULES)
def test_the_attacks_exist(rule: int) -> None:
    for name in ATTACKS[rule]:
        if isinstance(name, str):
            file, _, test = name.partition("::")
            assert test in names_in(file), name


@pytest.mark.parametrize("rule", RULES)
def test_the_security_model_names_them(rule: int) -> None:
    row = row_of(rule)
    for name in ATTACKS[rule]:
        wanted = f"not yet: {name.part}" if isinstance(name, NotYet) else name.partition("::")[2]
        assert wanted in row, (rule, wanted)


def test_only_parts_that_are_missing_wait() -> None:
    """Whoever adds the part has to write its attack."""
    waiting = {name for names in ATTACKS.values() for name in names if isinstance(name, NotYet)}
    assert waiting <= {STATION}
    for entry in waiting:
        assert not list(PROJECT.glob(f"{entry.page}*")), f"{entry.part} is there: name its attack"
