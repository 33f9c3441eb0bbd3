"""The configured Bitcoin node: one connection per use, its chain checked before anything is believed."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.conf import settings

from custody.chains.bitcoin.client import BitcoinClient


@contextmanager
def bitcoin_node() -> Iterator[BitcoinClient]:
    """Yield a client of the node; raises UnavailableError when it is gone or on another chain."""
    with BitcoinClient(
        settings.BITCOIN_RPC_URL, user=settings.BITCOIN_RPC_USER, password=settings.BITCOIN_RPC_PASSWORD
    ) as client:
        client.check_chain(settings.BITCOIN_CHAIN)
        yield client
