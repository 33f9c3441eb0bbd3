"""The crash matrix: a process is killed before and after every commit and around sending.

Whatever the moment, going on afterwards ends in exactly one transaction, the one frozen first.
"""

import os
import signal
import subprocess
import sys

import pytest

from custody.audit.models import AuditEntry
from custody.wallets import selectors
from custody.wallets.models import TransferIntent, TxAttempt, TxSignature, UtxoLease
from custody.wallets.services.chain import scan_chain
from custody.wallets.states import State
from scripts.embedded.layout import PROJECT
from scripts.embedded.world import World
from tests.wallets.conftest import DEPTH
from tests.wallets.crashing import SCAN, pay
from tests.wallets.deals import AT, Escrow, attempt_of

# Commits of one payout: T1, screening, decision, T3, T4, two signatures, before and after sending.
COMMITS = 9
POINTS = [
    *((f"{side} commit", count) for count in range(1, COMMITS + 1) for side in ("before", "after")),
    ("before send", 1),
    ("after send", 1),
]


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
    committed: World, committed_escrow: Escrow, point: str, count: int
) -> None:
    document = committed_escrow.intent()
    assert run(committed, point, str(count), document.to_bytes().hex()) == -signal.SIGKILL
    frozen = TxAttempt.objects.filter(intent=document.id).values_list("txid", "digests").first()
    pay(document)
    intent = TransferIntent.objects.get(pk=document.id)
    attempt = attempt_of(intent)
    assert intent.state == State.BROADCAST
    assert frozen in (None, (attempt.txid, attempt.digests))
    assert UtxoLease.objects.filter(intent=intent, released_at=None).count() == 1
    assert TxSignature.objects.filter(attempt=attempt).count() == 2
    assert spends_of(committed_escrow) == [attempt.txid]


def test_the_matrix_covers_every_commit(committed: World, committed_escrow: Escrow) -> None:
    document = committed_escrow.intent()
    assert run(committed, "before commit", str(COMMITS + 1), document.to_bytes().hex()) == 0
    assert TransferIntent.objects.get(pk=document.id).state == State.BROADCAST


def spends_of(escrow: Escrow) -> list[str]:
    """Transactions in the mempool that spend a coin of the wallet."""
    coins = [{"txid": coin.txid, "vout": coin.vout} for coin in selectors.mined_utxos(escrow.wallet)]
    answer = escrow.node.client().call("gettxspendingprevout", coins)
    return [item["spendingtxid"] for item in answer if "spendingtxid" in item]


@pytest.mark.parametrize("point", ["before commit", "after commit"])
def test_a_killed_monitor_takes_a_block_in_once(
    committed: World, committed_escrow: Escrow, point: str
) -> None:
    escrow = committed_escrow
    escrow.node.fund(escrow.wallet.address, 50_000)
    escrow.node.mine()
    assert run(committed, point, "1", SCAN) == -signal.SIGKILL
    scan_chain(at=AT)
    seen = AuditEntry.objects.filter(verb="wallets.payment.mined", subject=escrow.wallet.pk)
    assert seen.count() == 2
    assert selectors.wallet_funding(escrow.wallet).mined == 1_050_000
