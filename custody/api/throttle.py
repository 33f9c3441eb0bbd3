"""Who is asking too often: the network that the lock-out counts, never what a client says of itself."""

from rest_framework.request import Request
from rest_framework.throttling import ScopedRateThrottle

from custody.accounts.lockout import client_pseudonym


class NetworkThrottle(ScopedRateThrottle):
    """Counts visitors per network, people per person."""

    def get_ident(self, request: Request) -> str:
        return client_pseudonym(request._request)
