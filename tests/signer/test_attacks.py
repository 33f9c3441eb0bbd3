"""Every attack of the tables: refused by the rule it names, at the place it names, with nothing signed."""

import pytest

from custody.hsm.signer.preview import preview
from custody.hsm.signer.store import models
from tests.signer.attacks import Attack, Ground, actions, intents, releases, transactions
from tests.signer.bench import Bench
from tests.signer.house import House

ATTACKS = (*transactions.ATTACKS, *intents.ATTACKS, *releases.ATTACKS, *actions.ATTACKS)


@pytest.fixture
def ground(bench: Bench) -> Ground:
    return Ground(House(bench), bench.register())


def test_there_are_enough_of_them_and_no_two_are_one() -> None:
    assert len({attack.name for attack in ATTACKS}) == len(ATTACKS) >= 80


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda attack: attack.name)
def test_is_refused(ground: Ground, attack: Attack) -> None:
    request = attack.make(ground)
    bench, slots = ground.house.bench, models.Slot.objects.count()
    # What ``check_signing_request`` says is what the signer does.
    verdict = preview(request.to_bytes(), at=bench.hands.now)
    assert (verdict["outcome"], verdict["rule"], verdict["culprit"]) == (
        "REFUSED",
        attack.rule,
        attack.culprit,
    )
    result = bench.handle(request)
    assert (result.outcome, result.rule, result.culprit) == ("REFUSED", attack.rule, attack.culprit)
    assert result.signatures == ()
    assert models.Slot.objects.count() == slots
