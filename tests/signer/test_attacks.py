"""Every attack of the tables: refused by the rule it names, at the place it names, with nothing signed."""

import json
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from custody.common import clock
from custody.hsm.signer.kinds.registry import KINDS
from custody.hsm.signer.store import models
from custody.statements.request import Request
from tests.signer.accounts import Accounts
from tests.signer.attacks import (
    Attack,
    Ground,
    actions,
    blocks,
    documents,
    intents,
    kinds,
    others,
    releases,
    transactions,
)
from tests.signer.attacks import accounts as of_accounts
from tests.signer.bench import Bench
from tests.signer.house import House
from tests.signer.test_block import Mine

OF_BITCOIN: tuple[Attack[Ground], ...] = (
    *transactions.ATTACKS,
    *intents.ATTACKS,
    *documents.ATTACKS,
    *releases.ATTACKS,
    *actions.ATTACKS,
    *others.ATTACKS,
)
ALL: tuple[Attack[Any], ...] = (*OF_BITCOIN, *of_accounts.ATTACKS, *blocks.ATTACKS)


def test_there_are_enough_of_them_and_no_two_are_one() -> None:
    assert len({attack.name for attack in ALL}) == len(ALL) >= 200
    assert len(blocks.ATTACKS) >= 8


def test_every_kind_of_request_is_attacked() -> None:
    assert kinds.BY_KIND.keys() == KINDS.keys()
    assert {name for name in kinds.BY_KIND.values()} <= {attack.name for attack in ALL}


@pytest.fixture
def checked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> "Checked":
    return Checked(tmp_path / "request.json", monkeypatch)


class Checked:
    """What ``check_signing_request`` says of a request is what the signer does."""

    def __init__(self, file: Path, patch: pytest.MonkeyPatch) -> None:
        self._file, self._patch = file, patch

    def is_refused(self, bench: Bench, request: Request, attack: Attack[Any]) -> None:
        slots = models.Slot.objects.count()
        if attack.name in kinds.BY_KIND.values():
            assert kinds.BY_KIND[request.kind] == attack.name
        verdict = self._command(bench, request)
        said = (verdict["outcome"], verdict["rule"], verdict["culprit"])
        assert said == ("REFUSED", attack.rule, attack.culprit)
        result = bench.handle(request)
        assert (result.outcome, result.rule, result.culprit) == ("REFUSED", attack.rule, attack.culprit)
        assert result.signatures == ()
        assert models.Slot.objects.count() == slots

    def _command(self, bench: Bench, request: Request) -> dict[str, str]:
        self._file.write_bytes(request.to_bytes())
        out = StringIO()
        self._patch.setattr(clock, "now", lambda: bench.hands.now)
        with pytest.raises(CommandError) as refused:
            call_command("check_signing_request", str(self._file), as_json=True, stdout=out)
        assert refused.value.returncode == 1
        verdict: dict[str, str] = json.loads(out.getvalue())
        return verdict


@pytest.mark.parametrize("attack", OF_BITCOIN, ids=lambda attack: attack.name)
def test_is_refused(bench: Bench, checked: Checked, attack: Attack[Ground]) -> None:
    ground = Ground(House(bench), bench.register())
    checked.is_refused(bench, attack.make(ground), attack)


@pytest.mark.parametrize("attack", of_accounts.ATTACKS, ids=lambda attack: attack.name)
def test_an_account_refuses(accounts: Accounts, checked: Checked, attack: Attack[Accounts]) -> None:
    checked.is_refused(accounts.bench, attack.make(accounts), attack)


@pytest.mark.parametrize("attack", blocks.ATTACKS, ids=lambda attack: attack.name)
def test_a_block_key_refuses(bench: Bench, checked: Checked, attack: Attack[Mine]) -> None:
    checked.is_refused(bench, attack.make(Mine(bench)), attack)
