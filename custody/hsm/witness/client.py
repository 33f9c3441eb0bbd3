"""Client of the witness: one question per connection over its unix socket."""

from pathlib import Path
from typing import Any

from custody.common.canonical import NotCanonicalError
from custody.common.errors import InvalidInputError, UnavailableError
from custody.statements.fact import ProvenFact
from custody.statements.holdings import ProvenHoldings
from custody.vault.client import exchange
from custody.vault.protocol import FrameError

# The node may have to read the transaction from disk.
TIMEOUT_SECONDS = 20.0
# It has its node look through all unspent outputs.
SEARCH_TIMEOUT_SECONDS = 660.0
UNAVAILABLE = "witness_unavailable"


class WitnessClient:
    """Calls raise UnavailableError ``witness_unavailable`` when the witness or its node does not answer."""

    def __init__(self, path: Path, *, timeout: float = TIMEOUT_SECONDS) -> None:
        self._path = path
        self._timeout = timeout

    def status(self) -> dict[str, Any]:
        """Id and public key of the witness."""
        return self._call({"op": "status"})

    def payment(self, *, chain: str, txid: str, script: bytes) -> ProvenFact | None:
        """What the witness says about a payment; None where it knows of none in a block."""
        request = {"op": "payment", "chain": chain, "txid": txid, "script": script.hex()}
        answer = self._call(request)
        if answer.get("error") == "no_such_payment":
            return None
        try:
            proven = ProvenFact.read(answer)
        except InvalidInputError:
            raise UnavailableError("the witness refused to answer", code=UNAVAILABLE) from None
        if (proven.fact.chain, proven.fact.txid) != (chain, txid):
            raise UnavailableError("the witness answered something else", code=UNAVAILABLE)
        return proven

    def holdings(self, *, chain: str, script: bytes) -> ProvenHoldings:
        """What the witness says lies at a script; it takes minutes where the chain is long."""
        request = {"op": "holdings", "chain": chain, "script": script.hex()}
        answer = self._call(request, timeout=SEARCH_TIMEOUT_SECONDS)
        try:
            proven = ProvenHoldings.read(answer)
        except InvalidInputError:
            raise UnavailableError("the witness refused to answer", code=UNAVAILABLE) from None
        if (proven.fact.chain, proven.fact.script) != (chain, script.hex()):
            raise UnavailableError("the witness answered something else", code=UNAVAILABLE)
        return proven

    def _call(self, request: dict[str, Any], *, timeout: float | None = None) -> dict[str, Any]:
        try:
            return exchange(self._path, request, timeout=timeout or self._timeout)
        except (OSError, FrameError, NotCanonicalError):
            raise UnavailableError("the witness does not answer", code=UNAVAILABLE) from None
