"""A signature that was promised and could not be made in time: both sides let go of the coin.

The signer is the product's own with its token, the node is real; in place of queue and mailbox a wake-up
is handled at once, and its answer written as a row.
"""

import pytest
from django.db import IntegrityError

from custody.common.errors import UnavailableError
from custody.hsm import services as desk_services
from custody.hsm.models import SigningRequest
from custody.hsm.selectors import result_of
from custody.statements.result import Result
from custody.wallets import services
from custody.wallets.models import TransferIntent, UtxoLease
from custody.wallets.states import State
from tests.harness.signer_role import write_answer
from tests.signer.test_lapse import token_away
from tests.wallets.deals import attempt_of, audited
from tests.wallets.houses import HouseDesk


@pytest.fixture
def awake(rich: HouseDesk, monkeypatch: pytest.MonkeyPatch) -> HouseDesk:
    """Every wake-up is heard, also those of the sweep."""

    def wake(request_id: str) -> None:
        row = SigningRequest.objects.get(pk=request_id)
        result = rich.house.bench.handle_bytes(row.pk, bytes(row.body))
        try:
            write_answer(row, outcome=result.outcome, body=result.to_bytes())
        except IntegrityError:
            return  # ON CONFLICT DO NOTHING

    monkeypatch.setattr(desk_services, "wake_signer", wake)
    return rich


def sweep(desk: HouseDesk, intent: TransferIntent) -> None:
    """Twice: what the first one wakes, the second one collects."""
    for _ in range(2):
        desk_services.sweep(at=desk.at)
    services.apply_signature(request_id=attempt_of(intent).signing_request, at=desk.at)


def test_a_payment_promised_while_the_token_is_away_ends_and_its_coin_is_spent_by_the_next(
    awake: HouseDesk,
) -> None:
    desk = awake
    with token_away(desk.house.bench):
        first = desk.asked(amount=990_000)
        for days in (0, 1):
            desk.house.bench.hands.pass_by(days=days)
            sweep(desk, first)
            assert desk.state(first) == State.SIGNING
        # Past its end, and past the time after which other requests are left to a person.
        desk.house.bench.hands.pass_by(days=8)
        with pytest.raises(UnavailableError) as silent:
            services.take_step(intent_id=first.pk, at=desk.at)
        assert silent.value.code == "signer_silent"
        sweep(desk, first)
    answer = result_of(attempt_of(first).signing_request)
    assert isinstance(answer, Result)
    assert (answer.outcome, answer.rule) == ("REFUSED", "intent_expired")
    assert desk.state(first) == State.CANCELLING
    assert audited("wallets.intent.signature_refused")[0]["rule"] == "intent_expired"
    desk.house.go_on_duty()
    second = desk.asked(amount=992_000)
    assert attempt_of(second).outpoints == attempt_of(first).outpoints
    sweep(desk, second)
    assert desk.drive(second).state == State.BROADCAST
    desk.mine(3)
    assert (desk.state(second), desk.state(first)) == (State.FINAL, State.CANCELLED)
    assert not UtxoLease.objects.filter(released_at=None).exists()


def test_what_the_token_signs_in_time_is_sent(awake: HouseDesk) -> None:
    with token_away(awake.house.bench):
        intent = awake.asked(amount=990_000)
        sweep(awake, intent)
    awake.house.bench.hands.pass_by(hours=1)
    sweep(awake, intent)
    assert awake.drive(intent).state == State.BROADCAST
