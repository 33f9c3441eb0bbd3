"""The lock all changes of the monitor go through."""

from custody.wallets.models import ChainCursor


def locked_cursor(chain: str, *, height: int, block_hash: str) -> ChainCursor | None:
    """Return the cursor locked, or None when it no longer stands at this block."""
    cursor = ChainCursor.objects.select_for_update(no_key=True).filter(chain=chain).first()
    if cursor is None or (cursor.height, cursor.block_hash) != (height, block_hash):
        return None
    return cursor
