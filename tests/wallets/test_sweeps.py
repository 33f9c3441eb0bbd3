"""Sweeps under a mandate: no person takes part, the signer keeps the caps, the witness says what is deep."""

import socket
import threading
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from pytest_django import Settings

from custody.chains.bitcoin.configured import bitcoin_node
from custody.hsm.frame_server import listen
from custody.hsm.models import SigningKey, SigningRequest
from custody.hsm.witness.key import WitnessKey
from custody.hsm.witness.server import WitnessServer
from custody.statements.fact import ProvenFact
from custody.statements.mandate import MandateEnd
from custody.statements.parts import Window
from custody.statements.request import Request
from custody.statements.trust.holds import Hold, Kill
from custody.wallets import selectors, services
from custody.wallets.models import TransferIntent, Wallet, WitnessFact
from custody.wallets.states import State
from tests.harness.bitcoin import REGTEST
from tests.signer.genesis import FIRST, INSTANCE, console_key
from tests.signer.house import DEEP, MANDATE, WITNESS, wallet_id
from tests.wallets.deals import attempt_of, audited, outputs_of
from tests.wallets.houses import HouseDesk
from tests.wallets.test_house_transfer import refused


@pytest.fixture
def two(house_desk: HouseDesk) -> HouseDesk:
    """A second, cold wallet, to which a mandate lets coins go."""
    second = house_desk.house.make_key(2)
    house_desk.house.activate(second, wallet=2, tier="COLD")
    mandate(house_desk)
    return house_desk


def mandate(desk: HouseDesk, **changes: Any) -> None:
    desk.house.officers.enact("MANDATE", desk.house.mandate(2, **changes))
    desk.mirror()


def cold(desk: HouseDesk) -> Wallet:
    return Wallet.objects.get(pk=wallet_id(2))


def sweep(desk: HouseDesk) -> TransferIntent:
    (made,) = services.sweep_house(at=desk.at)
    return TransferIntent.objects.get(pk=made)


def test_coins_go_to_the_destination_and_nobody_is_asked(two: HouseDesk) -> None:
    two.fund(600_000, 300_000)
    intent = two.drive(sweep(two))
    assert intent.state == State.SIGNING
    request = Request.from_bytes(bytes(SigningRequest.objects.get().body))
    assert (request.mandate, request.approvals, request.facts) == (MANDATE, (), ())
    assert two.answer(intent).outcome == "SIGNED"
    assert two.drive(intent).state == State.BROADCAST
    # 9 + 2 + 2 inputs of 68 + one output of 43 virtual bytes, ten satoshi each.
    assert outputs_of(attempt_of(intent).psbt) == [(cold(two).address, 900_000 - 1_900)]
    document = selectors.document_of(intent)
    assert (document.kind, document.maker, document.fee.max) == ("SWEEP", MANDATE, 1_900)
    assert (document.reason.code, document.reason.ref) == ("COLD_STORAGE", wallet_id(2))
    two.mine(3)
    assert two.state(intent) == State.FINAL
    assert selectors.wallet_funding(cold(two)).final == 898_100


def test_below_the_threshold_nothing_moves(two: HouseDesk, settings: Settings) -> None:
    settings.HOUSE_SWEEP_THRESHOLD = 300_001
    two.fund(300_000)
    assert services.sweep_house(at=two.at) == []
    settings.HOUSE_SWEEP_THRESHOLD = 300_000
    assert len(services.sweep_house(at=two.at)) == 1


def test_one_sweep_at_a_time(two: HouseDesk) -> None:
    two.fund(300_000)
    intent = sweep(two)
    two.fund(200_000)
    assert services.sweep_house(at=two.at) == []
    two.drive(intent)
    two.answer(intent)
    two.drive(intent)
    two.mine(3)
    assert sweep(two).coins == [two.wallet.utxos.get(amount=200_000).outpoint]


def test_the_caps_of_the_mandate_choose_the_coins(two: HouseDesk) -> None:
    two.fund(1_100_000, 800_000, 300_000)
    first = two.drive(sweep(two))
    assert two.wallet.utxos.get(amount=800_000).outpoint in first.coins
    assert selectors.document_of(first).total == 800_000 - 1_220
    two.answer(first)
    two.drive(first)
    two.mine(3)
    # 1,500,000 in 24 hours: 300,000 still fits, 1,100,000 never did.
    second = two.drive(sweep(two))
    assert selectors.document_of(second).total == 300_000 - 1_220
    assert two.answer(second).outcome == "SIGNED"


def test_the_window_of_the_mandate_ends_by_time(two: HouseDesk) -> None:
    mandate(two, cap_window=Window(amount=500_000, seconds=3_600))
    two.fund(400_000)
    first = two.drive(sweep(two))
    two.answer(first)
    two.drive(first)
    two.mine(3)
    two.fund(300_000)
    assert services.sweep_house(at=two.at) == []
    two.house.bench.hands.pass_by(hours=1)
    assert len(services.sweep_house(at=two.at)) == 1


def test_without_a_mandate_nothing_moves(house_desk: HouseDesk) -> None:
    house_desk.fund(300_000)
    assert services.sweep_house(at=house_desk.at) == []


def test_a_mandate_that_waits_for_its_delay_moves_nothing(house_desk: HouseDesk) -> None:
    second = house_desk.house.make_key(2)
    house_desk.house.activate(second, wallet=2, tier="COLD")
    house_desk.house.officers.accept("MANDATE", house_desk.house.mandate(2))
    house_desk.mirror()
    house_desk.fund(300_000)
    assert services.sweep_house(at=house_desk.at) == []
    # Nothing is published when the delay is over; the mirror knows the moment.
    house_desk.house.bench.hands.pass_by(seconds=61)
    assert len(services.sweep_house(at=house_desk.at)) == 1


def test_an_ended_mandate_moves_nothing(two: HouseDesk) -> None:
    two.house.officers.accept("MANDATE_END", MandateEnd(mandate=MANDATE), FIRST, maker=FIRST)
    two.mirror()
    two.fund(300_000)
    assert services.sweep_house(at=two.at) == []


def test_a_sweep_whose_mandate_ends_meanwhile_is_denied(two: HouseDesk) -> None:
    two.fund(300_000)
    intent = sweep(two)
    two.house.officers.accept("MANDATE_END", MandateEnd(mandate=MANDATE), FIRST, maker=FIRST)
    two.mirror()
    assert two.drive(intent).state == State.DENIED
    assert audited("wallets.intent.denied")[0]["code"] == "no_such_mandate"


def test_nobody_on_duty_no_sweep(two: HouseDesk) -> None:
    two.fund(300_000)
    two.house.bench.hands.pass_by(hours=25)
    assert services.sweep_house(at=two.at) == []
    two.house.go_on_duty()
    two.mirror()
    assert len(services.sweep_house(at=two.at)) == 1


def test_a_laxer_tier_receives_nothing(two: HouseDesk) -> None:
    key = SigningKey.objects.get(pk=cold(two).signing_key)
    body: dict[str, Any] = {**(key.activation or {})}
    SigningKey.objects.filter(pk=two.house.key).update(
        activation=body | {"wallet": {**body["wallet"], "wallet": wallet_id(1)}}
    )
    SigningKey.objects.filter(pk=key.pk).update(
        activation=body | {"wallet": {**body["wallet"], "tier": "HOT"}}
    )
    two.fund(300_000)
    assert services.sweep_house(at=two.at) == []


def test_after_a_refusal_for_good_there_is_a_pause(two: HouseDesk) -> None:
    two.fund(300_000)
    intent = two.drive(sweep(two))
    two.house.officers.accept("MANDATE_END", MandateEnd(mandate=MANDATE), FIRST, maker=FIRST)
    assert two.answer(intent).rule == "no_such_mandate"
    assert two.state(intent) == State.CANCELLING
    assert services.sweep_house(at=two.at) == []
    two.house.bench.hands.pass_by(hours=1)
    assert sweep(two).coins == intent.coins


@pytest.mark.parametrize("stop", ["kill", "hold"])
def test_what_stands_still_waits_and_goes_on(two: HouseDesk, stop: str) -> None:
    two.fund(300_000)
    intent = sweep(two)
    body = Kill() if stop == "kill" else Hold(scope="WALLET", ref=two.wallet.pk)
    two.house.officers.accept(stop.upper(), body, FIRST, maker=FIRST)  # type: ignore[arg-type]
    two.mirror()
    code = "killed" if stop == "kill" else "held"
    for _ in range(4):
        if two.state(intent) != State.PREPARED:
            services.take_step(intent_id=intent.pk, at=two.at)
    assert refused(services.take_step, intent_id=intent.pk, at=two.at) == (code, None)
    assert not SigningRequest.objects.exists()


def test_a_kill_the_web_did_not_know_of_is_waited_out(two: HouseDesk) -> None:
    two.fund(300_000)
    intent = two.drive(sweep(two))
    two.house.officers.accept("KILL", Kill(), FIRST, maker=FIRST)
    assert two.answer(intent).rule == "killed"
    assert two.state(intent) == State.PREPARED
    assert refused(services.take_step, intent_id=intent.pk, at=two.at) == ("killed", None)
    two.house.bench.hands.pass_by(minutes=1)
    # The mirror still shows no kill, so the signer is asked again, once a minute.
    assert two.drive(intent).state == State.SIGNING
    assert SigningRequest.objects.count() == 2


# --- rotation -----------------------------------------------------------------------------------


def test_a_key_near_its_end_is_emptied_whatever_lies_there(two: HouseDesk) -> None:
    two.fund(5_000)
    assert services.sweep_house(at=two.at) == []
    ends = SigningKey.objects.get(pk=two.house.key).activation or {}
    soon = (two.at + timedelta(days=30)).strftime("%Y-%m-%dT%H:%M:%SZ")
    SigningKey.objects.filter(pk=two.house.key).update(activation=ends | {"valid_until": soon})
    document = selectors.document_of(sweep(two))
    assert (document.reason.code, document.total) == ("KEY_ROTATION", 5_000 - 1_220)


def test_a_suspended_key_sweeps_nothing(two: HouseDesk) -> None:
    two.fund(300_000)
    SigningKey.objects.filter(pk=two.house.key).update(state="SUSPENDED")
    assert services.sweep_house(at=two.at) == []


# --- the witness --------------------------------------------------------------------------------


@pytest.fixture
def witness(two: HouseDesk, settings: Settings, tmp_path: Path) -> Iterator[None]:
    """The mandate needs facts; a witness of the pinned key answers them in a thread."""
    two.house.activate_witness()
    mandate(two, needs=(DEEP,))
    settings.WITNESS_SOCKET = tmp_path / "witness.sock"
    server = WitnessServer(
        WitnessKey(WITNESS, console_key("witness")),
        node=bitcoin_node,
        chain=REGTEST,
        instance=lambda: INSTANCE,
        allowed_uids=frozenset({__import__("os").getuid()}),
    )
    listener = listen(settings.WITNESS_SOCKET, 0o600)

    def accept() -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            server.serve_connection(connection)

    thread = threading.Thread(target=accept)
    thread.start()
    yield
    listener.shutdown(socket.SHUT_RDWR)
    listener.close()
    thread.join()


@pytest.fixture
def signer_time(two: HouseDesk, monkeypatch: pytest.MonkeyPatch) -> None:
    """The witness reads the clock itself; it shows the moment of the signer under test."""
    from custody.common import clock

    monkeypatch.setattr(clock, "now", lambda: two.at)


def test_a_sweep_that_needs_facts_carries_those_of_the_witness(
    two: HouseDesk, witness: None, signer_time: None
) -> None:
    two.fund(400_000, 300_000, blocks=6)
    intent = two.drive(sweep(two))
    request = Request.from_bytes(bytes(SigningRequest.objects.get().body))
    facts = [item.fact for item in request.facts if isinstance(item, ProvenFact)]
    assert len(facts) == len(request.facts) == 2
    assert {fact.txid for fact in facts} == {coin.partition(":")[0] for coin in intent.coins}
    assert {fact.depth for fact in facts} == {6}
    assert {fact.amount for fact in facts} == {400_000, 300_000}
    assert two.answer(intent).outcome == "SIGNED"
    assert two.drive(intent).state == State.BROADCAST


def test_coins_that_are_not_deep_enough_are_not_swept(
    two: HouseDesk, witness: None, signer_time: None
) -> None:
    two.fund(400_000, blocks=5)
    assert services.sweep_house(at=two.at) == []
    two.mine(1)
    assert len(services.sweep_house(at=two.at)) == 1


def test_without_a_witness_the_sweep_waits(
    two: HouseDesk, witness: None, signer_time: None, settings: Settings, tmp_path: Path
) -> None:
    two.fund(400_000, blocks=6)
    intent = sweep(two)
    here, settings.WITNESS_SOCKET = settings.WITNESS_SOCKET, tmp_path / "nowhere.sock"
    services.take_step(intent_id=intent.pk, at=two.at)
    refusal = refused(services.take_step, intent_id=intent.pk, at=two.at)
    assert (refusal[0], two.state(intent)) == ("witness_unavailable", State.POLICY_EVAL)
    settings.WITNESS_SOCKET = here
    assert two.drive(intent).state == State.SIGNING


def test_facts_are_asked_once_while_they_are_young(two: HouseDesk, witness: None, signer_time: None) -> None:
    two.fund(400_000, blocks=6)
    two.drive(sweep(two))
    assert WitnessFact.objects.count() == 1


def test_an_old_fact_is_asked_anew(two: HouseDesk, witness: None, signer_time: None) -> None:
    two.fund(400_000, blocks=6)
    intent = sweep(two)
    for _ in range(2):
        services.take_step(intent_id=intent.pk, at=two.at)
    assert (two.state(intent), WitnessFact.objects.count()) == (State.QUEUED, 1)
    two.house.bench.hands.pass_by(minutes=31)
    services.take_step(intent_id=intent.pk, at=two.at)
    assert (two.state(intent), WitnessFact.objects.count()) == (State.PREPARED, 2)


def test_a_fact_of_an_unpinned_witness_is_refused_by_the_signer(
    two: HouseDesk, witness: None, signer_time: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        WitnessKey, "public_key", console_key("stranger").public_key().public_bytes_raw().hex()
    )
    two.fund(400_000, blocks=6)
    intent = two.drive(sweep(two))
    assert two.answer(intent).rule == "unknown_witness"
    assert two.state(intent) == State.CANCELLING
