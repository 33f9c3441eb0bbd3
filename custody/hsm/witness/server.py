"""Serves facts: asked about a payment or a script, it signs what its node says, and nothing it is told."""

import re
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import datetime
from typing import Any

from custody.chains.bitcoin.client import BitcoinClient
from custody.common import clock
from custody.common.errors import NotFoundError
from custody.hsm.frame_server import FrameServer
from custody.hsm.witness.chain import Payment, find_holdings, find_payment
from custody.hsm.witness.key import WitnessKey
from custody.statements.fact import Fact, ProvenFact
from custody.statements.holdings import Holdings, ProvenHoldings

_TXID = re.compile(r"[0-9a-f]{64}\Z")


class WitnessServer(FrameServer):
    """``node`` opens a client of a node that serves ``chain``; ``instance`` reads the signer's."""

    name = "witness"

    def __init__(
        self,
        key: WitnessKey,
        *,
        node: Callable[[], AbstractContextManager[BitcoinClient]],
        chain: str,
        instance: Callable[[], str],
        allowed_uids: frozenset[int],
    ) -> None:
        super().__init__(allowed_uids=allowed_uids)
        self._key = key
        self._node = node
        self._chain = chain
        self._instance = instance

    def perform(self, request: dict[str, Any]) -> dict[str, Any]:
        match request:
            case {"op": "status", **rest} if not rest:
                return {"key": self._key.id, "public_key": self._key.public_key}
            case {"op": "payment", "chain": str(chain), "txid": str(txid), "script": str(script), **rest} if (
                not rest
            ):
                return self._payment(chain, txid, bytes.fromhex(script))
            case {"op": "holdings", "chain": str(chain), "script": str(script), **rest} if not rest:
                return self._holdings(chain, bytes.fromhex(script))
        return {"error": "bad_request"}

    def _payment(self, chain: str, txid: str, script: bytes) -> dict[str, Any]:
        if chain != self._chain or not _TXID.match(txid) or not script:
            raise ValueError("payment")
        with self._node() as client:
            payment = find_payment(client, txid=txid, script=script)
        if payment is None:
            raise NotFoundError("no block holds such a payment", code="no_such_payment")
        fact = self._fact(payment, txid=txid, script=script)
        return ProvenFact(fact=fact, proof=self._key.prove(fact.hash)).to_json()

    def _holdings(self, chain: str, script: bytes) -> dict[str, Any]:
        if chain != self._chain or not script:
            raise ValueError("holdings")
        with self._node() as client:
            held = find_holdings(client, script=script)
        fact = Holdings(
            instance=self._instance(),
            witness=self._key.id,
            chain=chain,
            script=script.hex(),
            coins=held.coins,
            amount=held.amount,
            block=held.tip,
            at=_now(),
        )
        return ProvenHoldings(fact=fact, proof=self._key.prove(fact.hash)).to_json()

    def _fact(self, payment: Payment, *, txid: str, script: bytes) -> Fact:
        return Fact(
            instance=self._instance(),
            witness=self._key.id,
            kind="PAYMENT",
            chain=self._chain,
            txid=txid,
            script=script.hex(),
            amount=payment.amount,
            depth=payment.depth,
            block=payment.tip,
            at=_now(),
        )


def _now() -> datetime:
    """Cut, not rounded: a fact of the future is refused."""
    return clock.now().replace(microsecond=0)
