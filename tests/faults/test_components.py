"""Parts that go away and come back: nothing is lost, and nothing is done twice."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import redis

from custody.audit.models import AuditEntry
from custody.common.errors import UnavailableError
from custody.escrow.states import State
from custody.hsm.models import SigningResult
from custody.hsm.services import wake_signer
from custody.vault import keyring
from custody.vault.client import KeysClient
from custody.vault.errors import KeysUnavailableError
from custody.wallets import selectors as wallets
from custody.wallets.states import State as IntentState
from scripts.embedded.bitcoind import Node
from scripts.embedded.process import StartError
from scripts.embedded.users import own
from scripts.embedded.world import SIGNER_USER, World
from tests.faults.payouts import finish, send
from tests.faults.stall import RESULT, stalled
from tests.harness.live_deal import LiveDeal
from tests.harness.waiting import eventually
from tests.wallets.deals import audited

pytestmark = pytest.mark.xdist_group("faults")


def request_of(deal: LiveDeal) -> str:
    """The request to the signer, once there is one."""
    deal.wait_for_intent(IntentState.SIGNING)
    attempt = wallets.attempt_of(deal.intent)
    assert attempt is not None
    return attempt.signing_request


def failures(request_id: str) -> int:
    return AuditEntry.objects.filter(verb="hsm.signing.failed", subject=request_id).count()


def restart_signer(world: World) -> None:
    world.processes["signer"].stop()
    world.start_signer()


@contextmanager
def another_pin(world: World) -> Iterator[Path]:
    """A wrong PIN in the signer's file."""
    file = world.layout.signer / "hsm" / "pin"
    right = file.read_text()
    write_pin(file, "0" * len(right))
    try:
        yield file
    finally:
        write_pin(file, right)


def write_pin(file: Path, pin: str) -> None:
    file.unlink()
    file.write_text(pin)
    own(file, SIGNER_USER, 0o400)


def test_a_wrong_pin_is_tried_once(fragile: World, deal: LiveDeal) -> None:
    """A real token locks after a few attempts: even the right PIN is not tried before a restart."""
    with another_pin(fragile):
        restart_signer(fragile)
        deal.decided().confirm_decision()
        request_id = request_of(deal)
        eventually(lambda: failures(request_id), what="failure on record")
        (failed,) = SigningResult.objects.filter(request=request_id)
        assert (failed.outcome, b'"rule":"token_pin_refused"' in bytes(failed.body)) == ("FAILED", True)
    for _ in range(3):
        wake_signer(request_id)
    answered_after(deal, request_id)
    assert not deal.signed_by_us
    restart_signer(fragile)
    wake_signer(request_id)
    finish(deal)


def answered_after(deal: LiveDeal, request_id: str) -> None:
    """Return when the signer has worked off its queue: requests are answered in order."""
    world = deal.cast.world
    eventually(lambda: is_idle(world), what="idle signer")
    assert [row.outcome for row in SigningResult.objects.filter(request=request_id)] == ["FAILED"]


def is_idle(world: World) -> bool:
    with redis.Redis(unix_socket_path=str(world.redis.socket)) as broker:
        waiting = broker.llen("signing")
        taken = [value for value in broker.hvals("unacked") if b'"signing"' in value]
    return not waiting and not taken


def test_a_signer_that_refuses_to_start_is_noticed(fragile: World) -> None:
    """Whoever starts it is told why, in the signer's own words."""
    head = fragile.layout.signer / "head"
    fragile.processes["signer"].stop()
    shutil.move(head, head.with_suffix(".away"))
    try:
        with pytest.raises(StartError, match=r"the head file is missing \(head_missing\)"):
            fragile.start_signer()
    finally:
        shutil.move(head.with_suffix(".away"), head)
        fragile.start_signer()


def test_the_token_goes_and_comes_back(fragile: World, deal: LiveDeal) -> None:
    """Without a restart of anything."""
    tokens = fragile.layout.signer / "hsm" / "tokens"
    shutil.move(tokens, tokens.with_suffix(".away"))
    try:
        deal.decided().confirm_decision()
        request_id = request_of(deal)
        eventually(lambda: failures(request_id), what="failure on record")
        (failed,) = SigningResult.objects.filter(request=request_id)
        assert b'"rule":"token_unavailable"' in bytes(failed.body)
        assert not deal.signed_by_us
    finally:
        shutil.move(tokens.with_suffix(".away"), tokens)
    finish(deal)


def test_the_node_goes_and_comes_back(fragile: World, deal: LiveDeal, node: Node) -> None:
    deal.awarded()
    failed = len(audited("wallets.node.failed"))
    node.stop()
    try:
        deal.give(deal.stage.merchant)
        eventually(lambda: len(audited("wallets.node.failed")) == failed + 1, what="failure on record")
        verb, intent = "wallets.intent.broadcast.failed", deal.intent.pk
        eventually(lambda: AuditEntry.objects.filter(verb=verb, subject=intent), what="broadcast that failed")
        assert deal.intent.state in {IntentState.SIGNED, IntentState.BROADCASTING}
    finally:
        node.start(fund=False)
    eventually(lambda: len(audited("wallets.node.recovered")) == failed + 1, what="return on record")
    finish(deal)


def test_the_broker_goes_and_comes_back_empty(fragile: World, deal: LiveDeal) -> None:
    """All messages are lost; rows are the truth, and the sweepers find them by themselves."""
    deal.decided()
    fragile.redis.stop()
    try:
        deal.confirm_decision()
        assert deal.state == State.DECIDED
    finally:
        fragile.redis.start()
    eventually(lambda: deal.signed_by_us, timeout=90, what="signature, without anybody's help")
    finish(deal)


def test_the_database_goes_and_comes_back(fragile: World, deal: LiveDeal) -> None:
    """All connections are cut and new ones refused, in the middle of a step."""
    deal.decided()
    with stalled(fragile, "worker", "PREPARED") as stall:
        deal.confirm_decision()
        stall.reached()
        cut_off(fragile, "custody-worker", "custody-signer")
        fragile.postgres.sql(f"ALTER DATABASE {fragile.database} ALLOW_CONNECTIONS false")
        try:
            wake_signer("req_01KAJ8W0000000000000000009")
            send("wallets.sweep_intents")
        finally:
            fragile.postgres.sql(f"ALTER DATABASE {fragile.database} ALLOW_CONNECTIONS true")
        stall.release()
    assert deal.intent.state == IntentState.QUEUED
    finish(deal)


def test_the_database_goes_when_the_signer_answers(fragile: World, deal: LiveDeal) -> None:
    """Signed, journalled, and no row: the answer is told again from the journal, nothing is signed twice."""
    deal.decided()
    with stalled(fragile, "signer", RESULT) as stall:
        deal.confirm_decision()
        stall.reached()
        request_id = request_of(deal)
        fragile.postgres.sql(f"ALTER DATABASE {fragile.database} ALLOW_CONNECTIONS false")
        try:
            cut_off(fragile, "custody-signer")
        finally:
            fragile.postgres.sql(f"ALTER DATABASE {fragile.database} ALLOW_CONNECTIONS true")
        stall.release()
    assert fragile.processes["signer"].is_alive()
    assert not SigningResult.objects.filter(request=request_id).exists()
    finish(deal)


def cut_off(world: World, *names: str) -> None:
    """Terminate the connections of these processes."""
    listed = ", ".join(f"'{name}'" for name in names)
    world.postgres.sql(
        "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity "
        f"WHERE datname = '{world.database}' AND application_name IN ({listed})"
    )


def test_the_keys_process_goes_and_comes_back(fragile: World, own_world: World, deal: LiveDeal) -> None:
    """Who cannot read the parties' names cannot screen them: nothing is decided meanwhile."""
    deal.decided()
    own_world.processes["keys"].kill()
    keyring.forget_all()
    try:
        with pytest.raises(UnavailableError):
            deal.confirm_decision()
        assert deal.state == State.DECISION_PROPOSED
    finally:
        own_world.start_process("keys", ["manage.py", "keys_server"])
    eventually(lambda: answers(own_world), what="keys process")
    deal.confirm_decision()
    finish(deal)


def answers(world: World) -> bool:
    try:
        return bool(KeysClient(world.layout.keys_socket).current_kek())
    except KeysUnavailableError:
        return False
