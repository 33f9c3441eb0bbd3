"""Follows the node's best chain from the cursor: forward by a block, or back by one when they differ.

Network calls happen outside of transactions; each block is then applied in one, under the lock of
the cursor, and only if the cursor still stands where the block was read for. So two monitors at
once, or one killed at any point, take every block in exactly once.
"""

import logging
from datetime import datetime

from django.conf import settings
from django.db import transaction

from custody.audit.services import record
from custody.chains.bitcoin.block import parse_block
from custody.chains.bitcoin.client import BitcoinClient, RpcError
from custody.chains.bitcoin.configured import bitcoin_node
from custody.common.errors import UnavailableError
from custody.wallets.models import ChainCursor
from custody.wallets.services.chain.connect import connect_block
from custody.wallets.services.chain.disconnect import disconnect_block
from custody.wallets.services.transitions import MONITOR

log = logging.getLogger(__name__)

MAX_BLOCKS_PER_RUN = 500


def scan_chain(*, at: datetime) -> int:
    """Take in what is new, at most 500 blocks; return how many blocks moved the cursor.

    Raises UnavailableError when the node is gone; the first time that is an audit entry, as is
    its return.
    """
    chain = settings.BITCOIN_CHAIN
    try:
        with bitcoin_node() as client:
            moved = 0
            while moved < MAX_BLOCKS_PER_RUN and _step(client, chain, at=at):
                moved += 1
    except UnavailableError as error:
        _note_node(chain, error.code, at=at)
        raise
    _note_node(chain, "", at=at)
    return moved


def _step(client: BitcoinClient, chain: str, *, at: datetime) -> bool:
    """Move the cursor by one block; return False when it stands at the tip."""
    cursor = ChainCursor.objects.filter(chain=chain).first() or _first_cursor(client, chain, at=at)
    if _hash_at(client, cursor.height) != cursor.block_hash:
        disconnect_block(chain=chain, height=cursor.height, block_hash=cursor.block_hash, at=at)
        return True
    following = _hash_at(client, cursor.height + 1)
    if following is None:
        return False
    block = parse_block(client.raw_block(following))
    if block.parent == cursor.block_hash:
        connect_block(chain=chain, height=cursor.height + 1, block=block, at=at)
    return True


def _hash_at(client: BitcoinClient, height: int) -> str | None:
    if height > client.height():
        return None
    try:
        return client.block_hash(height)
    except RpcError:  # The chain became shorter in between; the next step sees it.
        return None


def _first_cursor(client: BitcoinClient, chain: str, *, at: datetime) -> ChainCursor:
    height = min(settings.BITCOIN_START_HEIGHT, client.height())
    cursor, _ = ChainCursor.objects.get_or_create(
        chain=chain,
        defaults={"height": height, "block_hash": client.block_hash(height), "updated_at": at},
    )
    return cursor


@transaction.atomic
def _note_node(chain: str, problem: str, *, at: datetime) -> None:
    """Keep when the node was heard last; record that it went or came back, once each."""
    cursor = ChainCursor.objects.select_for_update(no_key=True).filter(chain=chain).first()
    if cursor is None:
        return
    if cursor.problem != problem:
        payload = {"height": cursor.height, "code": problem or cursor.problem}
        verb = "wallets.node.failed" if problem else "wallets.node.recovered"
        record(verb=verb, actor=MONITOR, subject=chain, payload=payload, at=at)
    cursor.problem = problem
    cursor.updated_at = cursor.updated_at if problem else at
    cursor.save(update_fields=["problem", "updated_at"])
