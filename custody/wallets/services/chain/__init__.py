"""The chain monitor: takes blocks in one by one, and takes them back when the chain reorganises."""

from custody.wallets.services.chain.scan import scan_chain

__all__ = ["scan_chain"]
