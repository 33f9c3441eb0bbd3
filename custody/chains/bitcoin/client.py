"""JSON-RPC client of one bitcoind: few typed calls over one keep-alive connection.

A node that does not answer, is still starting, or serves another chain is UnavailableError: the
same call may work later. What the node refuses is an RpcError. Numbers are read as Decimal,
amounts become integer satoshi at once.
"""

import base64
import http.client
import json
import threading
from collections.abc import Sequence
from decimal import Decimal
from typing import Any, Self
from urllib.parse import urlsplit

from custody.chains.bitcoin.networks import network_of
from custody.common.errors import RefusedError, UnavailableError

SATOSHI = 100_000_000
TIMEOUT_SECONDS = 30.0
# The node reads its whole set of unspent outputs.
SCAN_TIMEOUT_SECONDS = 600.0
# Codes of bitcoind's rpc/protocol.h.
WARMING_UP = -28
ALREADY_IN_CHAIN = -27
REJECTED = -26
NOT_FOUND = -5
MISSING_INPUTS = "bad-txns-inputs-missingorspent"
CONFLICT = "txn-mempool-conflict"


class RpcError(RefusedError):
    """The node answered with an error; ``rpc_code`` is bitcoind's number."""

    code = "node_refused"

    def __init__(self, rpc_code: int, message: str) -> None:
        super().__init__(f"node refused ({rpc_code}): {message[:200]}")
        self.rpc_code = rpc_code
        self.message = message


class MissingInputsError(RpcError):
    """An input is spent or unknown: somebody else's spend may be on its way; never rebuild."""

    code = "missing_inputs"


class BitcoinClient:
    """Client of one node; safe to share between threads, one call at a time."""

    def __init__(self, url: str, *, user: str, password: str, timeout: float = TIMEOUT_SECONDS) -> None:
        parts = urlsplit(url)
        self._secure = parts.scheme == "https"
        self._host, self._port = parts.hostname or "", parts.port
        self._path = parts.path or "/"
        self._timeout = timeout
        token = base64.b64encode(f"{user}:{password}".encode()).decode()
        self._headers = {"Authorization": f"Basic {token}", "Content-Type": "application/json"}
        self._connection: http.client.HTTPConnection | None = None
        self._lock = threading.Lock()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def call(self, method: str, *params: object, timeout: float | None = None) -> Any:  # noqa: ANN401 - whatever the node answers
        """Call any method; raises UnavailableError or RpcError. ``timeout`` in seconds, for slow ones."""
        body = json.dumps({"jsonrpc": "2.0", "id": 0, "method": method, "params": params})
        with self._lock:
            status, answer = self._post(body, timeout or self._timeout)
        if status in (401, 403):
            raise UnavailableError("node refuses our credentials", code="node_unavailable")
        try:
            document = json.loads(answer, parse_float=Decimal)
            error, result = document.get("error"), document.get("result")
        except (ValueError, AttributeError):
            raise UnavailableError("node gave no JSON answer", code="node_unavailable") from None
        if error:
            raise _error(int(error["code"]), str(error["message"]))
        return result

    def check_chain(self, chain: str) -> None:
        """Raise UnavailableError when the node serves another chain than ``chain`` (CAIP-2)."""
        if self.block_hash(0) != network_of(chain).genesis:
            raise UnavailableError("node serves another chain", code="node_wrong_chain")

    def height(self) -> int:
        """Height of the best block."""
        return int(self.call("getblockcount"))

    def block_hash(self, height: int) -> str:
        return str(self.call("getblockhash", height))

    def raw_block(self, block_hash: str) -> bytes:
        return bytes.fromhex(self.call("getblock", block_hash, 0))

    def raw_transaction(self, txid: str) -> bytes | None:
        """Raw bytes of a transaction in mempool or chain (the node keeps an index), or None."""
        try:
            return bytes.fromhex(self.call("getrawtransaction", txid))
        except RpcError as error:
            if error.rpc_code == NOT_FOUND:
                return None
            raise

    def send(self, raw: bytes) -> None:
        """Broadcast; a transaction the node knows already counts as sent.

        Raises MissingInputsError when an input is gone, RpcError for any other refusal.
        """
        try:
            self.call("sendrawtransaction", raw.hex())
        except RpcError as error:
            if error.rpc_code != ALREADY_IN_CHAIN:
                raise

    def test_accept(self, raw: bytes) -> str:
        """Ask whether the node would take the transaction; return its reject reason or ''."""
        answer: Sequence[dict[str, Any]] = self.call("testmempoolaccept", [raw.hex()])
        return "" if answer[0]["allowed"] else str(answer[0].get("reject-reason", "rejected"))

    def unspent_at(self, script: bytes) -> dict[str, Any]:
        """All unspent outputs at a script, with ``height`` and ``bestblock`` of the set (scantxoutset)."""
        found: dict[str, Any] = self.call(
            "scantxoutset", "start", [f"raw({script.hex()})"], timeout=SCAN_TIMEOUT_SECONDS
        )
        if not found["success"]:
            raise UnavailableError("the node broke its search off", code="node_unavailable")
        return found

    def close(self) -> None:
        """Close the connection; the next call opens a new one."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _post(self, body: str, timeout: float) -> tuple[int, bytes]:
        # The node may have closed an idle connection; every method used is safe to repeat.
        for _ in range(1 if self._connection is None else 2):
            try:
                return self._exchange(body, timeout)
            except (OSError, http.client.HTTPException):
                self.close()
        raise UnavailableError("node does not answer", code="node_unavailable")

    def _exchange(self, body: str, timeout: float) -> tuple[int, bytes]:
        if self._connection is None:
            kind = http.client.HTTPSConnection if self._secure else http.client.HTTPConnection
            self._connection = kind(self._host, self._port, timeout=self._timeout)
        if self._connection.sock is None:
            self._connection.connect()
        self._connection.sock.settimeout(timeout)
        self._connection.request("POST", self._path, body, self._headers)
        response = self._connection.getresponse()
        return response.status, response.read()


def to_satoshi(amount: Decimal) -> int:
    """Convert a node's BTC number to satoshi; raises ValueError when digits would be lost."""
    satoshi = amount * SATOSHI
    if satoshi != int(satoshi):
        raise ValueError("more than eight decimals")
    return int(satoshi)


def to_bitcoin(satoshi: int) -> str:
    """Write satoshi as the decimal BTC text the node's RPC reads exactly."""
    return f"{satoshi // SATOSHI}.{satoshi % SATOSHI:08d}"


def _error(code: int, message: str) -> RpcError | UnavailableError:
    if code == WARMING_UP:
        return UnavailableError("node is starting", code="node_unavailable")
    if MISSING_INPUTS in message or CONFLICT in message:
        return MissingInputsError(code, message)
    return RpcError(code, message)
