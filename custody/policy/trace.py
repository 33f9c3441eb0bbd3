"""How a decision explains itself: every rule, every condition, expected and actual.

The code of the first condition that fails and its pointer are what a refusal names, in the
wallets as in the signer's result.
"""

from dataclasses import dataclass
from typing import Annotated, Literal

from custody.statements.codecs import Pattern
from custody.statements.fields import ListOf, Text
from custody.statements.form import Form

Tag = Annotated[str, Pattern("a tag", r"[a-z][a-z0-9_]{0,63}")]
Pointer = Annotated[str, Pattern("a JSON pointer", r"(/[a-z0-9_]+)*")]
Operator = Literal["==", "<=", ">=", "in"]
Outcome = Literal["ALLOW", "DENY", "REQUIRE"]
# The one code that more approvals can mend.
APPROVALS_MISSING = "approvals_missing"


@dataclass(frozen=True, kw_only=True)
class Condition(Form):
    """One comparison; ``field`` points into the signing request, ``code`` names the refusal."""

    code: Tag
    field: Pointer
    op: Operator
    expected: Text
    actual: Text
    holds: bool


@dataclass(frozen=True, kw_only=True)
class Step(Form):
    """What one rule found; a rule that does not match says nothing about the payment."""

    rule: Tag
    matched: bool
    because: ListOf[Condition]


@dataclass(frozen=True, kw_only=True)
class Decision(Form):
    """The outcome with the steps that led there; only ALLOW has no failing condition."""

    outcome: Outcome
    trace: ListOf[Step]

    @property
    def is_allowed(self) -> bool:
        return self.outcome == "ALLOW"

    @property
    def blocking(self) -> Condition | None:
        """The first condition that fails, None when allowed."""
        return next(iter(failing(self.trace)), None)


def failing(steps: tuple[Step, ...]) -> list[Condition]:
    """All conditions that fail, in order."""
    return [condition for step in steps for condition in step.because if not condition.holds]


def equal(code: str, field: str, *, expected: object, actual: object) -> Condition:
    """Holds when both are the same."""
    return _condition(code, field, op="==", expected=expected, actual=actual, holds=expected == actual)


def at_most(code: str, field: str, *, limit: int, actual: int) -> Condition:
    """Holds up to and with the limit."""
    return _condition(code, field, op="<=", expected=limit, actual=actual, holds=actual <= limit)


def at_least(code: str, field: str, *, limit: int, actual: int) -> Condition:
    """Holds from the limit on."""
    return _condition(code, field, op=">=", expected=limit, actual=actual, holds=actual >= limit)


def one_of(code: str, field: str, *, named: str, actual: object, holds: bool) -> Condition:
    """Holds when the caller found ``actual`` in what ``named`` describes in words."""
    return _condition(code, field, op="in", expected=named, actual=actual, holds=holds)


def _condition(
    code: str, field: str, *, op: Operator, expected: object, actual: object, holds: bool
) -> Condition:
    return Condition(code=code, field=field, op=op, expected=str(expected), actual=str(actual), holds=holds)
