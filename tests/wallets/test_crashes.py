"""The crash matrix: a process is killed before and after every commit and around sending.

Whatever the moment, going on afterwards ends in exactly one transaction, the one frozen first.
"""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace

import pytest
from pytest_django.plugin import DjangoDbBlocker

from custody.audit.models import AuditEntry
from custody.common import queue
from custody.compliance.samples import OFAC_SYNTHETIC
from custody.compliance.services import import_list
from custody.policy.services import adopt_policy
from custody.wallets import selectors
from custody.wallets.models import ChainCursor, TransferIntent, TxAttempt, TxSignature, UtxoLease
from custody.wallets.services.chain import scan_chain
from custody.wallets.states import State
from scripts.embedded.bitcoind import Node
from scripts.embedded.layout import PROJECT
from scripts.embedded.world import World
from tests.harness.databases import copy_database
from tests.harness.live import point_at
from tests.wallets.conftest import DEPTH
from tests.wallets.crashing import SCAN, NoBroker, pay
from tests.wallets.deals import ACTOR, AT, POLICY, Escrow, attempt_of, start_at_tip

# Commits of one payout: T1, screening, decision, T3, T4, two signatures, before and after sending.
COMMITS = 9
POINTS = [
    *((f"{side} commit", count) for count in range(1, COMMITS + 1) for side in ("before", "after")),
    ("before send", 1),
    ("after send", 1),
]


@pytest.fixture(scope="module")
def committed(
    own_world: World, node: Node, worker: str, django_db_blocker: DjangoDbBlocker
) -> Iterator[World]:
    """A database whose rows are really committed, and that no worker looks at."""
    world = replace(own_world, database=copy_database(f"crash_{worker}"), bitcoin_rpc=node.rpc_settings())
    with point_at(world), django_db_blocker.unblock():
        import_list(actor=ACTOR, source="ofac", path=OFAC_SYNTHETIC, at=AT)
        adopt_policy(actor=ACTOR, policy=POLICY, at=AT)
        yield world


@pytest.fixture
def escrow(
    committed: World, node: Node, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> Escrow:
    """A funded wallet in the committed database."""
    monkeypatch.setattr(queue, "_task", lambda name: NoBroker())
    if not ChainCursor.objects.exists():
        start_at_tip(node)
    escrow = Escrow.open(node, f"mediator of {request.node.nodeid}")
    escrow.fund()
    return escrow


def run(committed: World, *arguments: str) -> int:
    """Run the dying process; return its exit code (negative: the signal)."""
    environment = {
        **os.environ,
        "CUSTODY_DB_NAME": committed.database,
        "CUSTODY_BITCOIN_FINALITY_DEPTH": str(DEPTH),
        **{f"CUSTODY_BITCOIN_RPC_{name.upper()}": value for name, value in committed.bitcoin_rpc.items()},
    }
    command = [sys.executable, "-m", "tests.wallets.crashing", *arguments]
    return subprocess.run(command, env=environment, cwd=PROJECT, check=False, timeout=120).returncode


@pytest.mark.parametrize(("point", "count"), POINTS)
def test_a_killed_process_never_makes_a_second_payment(
    committed: World, escrow: Escrow, point: str, count: int
) -> None:
    document = escrow.intent()
    assert run(committed, point, str(count), document.to_bytes().hex()) == -signal.SIGKILL
    frozen = TxAttempt.objects.filter(intent=document.id).values_list("txid", "digests").first()
    pay(document)
    intent = TransferIntent.objects.get(pk=document.id)
    attempt = attempt_of(intent)
    assert intent.state == State.BROADCAST
    assert frozen in (None, (attempt.txid, attempt.digests))
    assert UtxoLease.objects.filter(intent=intent, released_at=None).count() == 1
    assert TxSignature.objects.filter(attempt=attempt).count() == 2
    assert spends_of(escrow) == [attempt.txid]


def test_the_matrix_covers_every_commit(committed: World, escrow: Escrow) -> None:
    document = escrow.intent()
    assert run(committed, "before commit", str(COMMITS + 1), document.to_bytes().hex()) == 0
    assert TransferIntent.objects.get(pk=document.id).state == State.BROADCAST


def spends_of(escrow: Escrow) -> list[str]:
    """Transactions in the mempool that spend a coin of the wallet."""
    coins = [{"txid": coin.txid, "vout": coin.vout} for coin in selectors.mined_utxos(escrow.wallet)]
    answer = escrow.node.client().call("gettxspendingprevout", coins)
    return [item["spendingtxid"] for item in answer if "spendingtxid" in item]


@pytest.mark.parametrize("point", ["before commit", "after commit"])
def test_a_killed_monitor_takes_a_block_in_once(committed: World, escrow: Escrow, point: str) -> None:
    escrow.node.fund(escrow.wallet.address, 50_000)
    escrow.node.mine()
    assert run(committed, point, "1", SCAN) == -signal.SIGKILL
    scan_chain(at=AT)
    seen = AuditEntry.objects.filter(verb="wallets.payment.mined", subject=escrow.wallet.pk)
    assert seen.count() == 2
    assert selectors.wallet_funding(escrow.wallet).mined == 1_050_000
