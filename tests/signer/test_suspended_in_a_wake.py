"""A key whose token signs wrongly: nothing of it leaves in that wake, whatever came before or after."""

from collections.abc import Callable, Sequence
from typing import Any

import pytest

from custody.hsm.signer.store import selectors
from custody.hsm.token.errors import TokenResultError
from custody.statements.result import Result
from tests.signer.bench import Bench
from tests.signer.transfers import many_transfers

WRONG = ("FAILED", "token_result_wrong", 0)
NOT_ACTIVE = ("FAILED", "key_not_active", 0)
SIGNED = ("SIGNED", None, 1)


def refuses(_made: dict[str, bytes]) -> dict[str, bytes]:
    raise TokenResultError("no signature")


def lies(made: dict[str, bytes]) -> dict[str, bytes]:
    return {slot: signature[:32] + bytes(31) + b"\x01" for slot, signature in made.items()}


def answers(bench: Bench, requests: Sequence[tuple[str, bytes]]) -> list[tuple[str, str | None, int]]:
    results = [Result.from_bytes(body) for body in bench.signer.handle_all(requests)]
    return [(result.outcome, result.rule, len(result.signatures)) for result in results]


@pytest.mark.parametrize(
    ("wrong", "expected"),
    [
        # The token is not asked again, and what it has made before is not believed either.
        (refuses, [NOT_ACTIVE, WRONG, NOT_ACTIVE]),
        # The first one was looked at, and is good; what comes behind the lie is not.
        (lies, [SIGNED, WRONG, NOT_ACTIVE]),
    ],
)
def test_nothing_of_it_leaves_behind_the_wrong_one(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, wrong: Callable[[Any], Any], expected: list[Any]
) -> None:
    requests = list(many_transfers(bench, 3))
    make_all, calls = bench.token.make_all, []

    def second_is_wrong(*arguments: Any) -> dict[str, bytes]:
        calls.append(arguments)
        made = make_all(*arguments)
        return dict(wrong(made)) if len(calls) == 2 else made

    monkeypatch.setattr(bench.token, "make_all", second_is_wrong)
    assert answers(bench, requests) == expected
    assert len(calls) == (2 if wrong is refuses else 3)
    (key,) = {item.id for item in selectors.all_keys() if item.state == "SUSPENDED"}
    monkeypatch.undo()
    assert answers(bench, requests[2:]) == [NOT_ACTIVE]
    assert selectors.key(key).state == "SUSPENDED"  # type: ignore[union-attr]
