"""Resync of an account's nonce: officers say where the chain stands when our journal does not (trust.md 3).

Nonces of an account go up by one in our journal. Where transactions of the account were made elsewhere,
or the part of the journal that knew them was lost, nothing could be signed for it any more. Only forward:
a nonce that was signed once stays the anchor of its intent.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from custody.chains.evm.networks import NAMESPACE
from custody.hsm.signer.addresses import address_of_key
from custody.hsm.signer.agreement import Agreement, Plan
from custody.hsm.signer.refusal import Refusal
from custody.hsm.signer.store import selectors
from custody.hsm.signer.store.journal import Draft
from custody.hsm.signer.trust.state import TrustState
from custody.statements.fields import Address, Chain, Count

ACTION: Final = "RESYNC_NONCE"


@dataclass(frozen=True, kw_only=True)
class WantedNonce(Plan):
    """``nonce`` is the next one of ``account`` on ``chain``."""

    chain: Chain
    account: Address
    nonce: Count

    def check(self, *, trust: TrustState, at: datetime) -> None:
        """Raise Refusal unless it is an account of ours whose journal is behind."""
        own = {
            address_of_key(item.public_key, self.chain)
            for item in trust.activations(at=at)
            if item.wallet and item.wallet.chain == self.chain and item.wallet.safe is None
        }
        if not self.chain.startswith(f"{NAMESPACE}:") or self.account not in own:
            raise Refusal("unknown_account", "/wanted/account")
        last = selectors.last_nonce(self.chain, self.account)
        following = selectors.next_nonce(self.chain, self.account)
        if last is not None and following is not None and self.nonce <= max(last, following):
            raise Refusal("nonce_not_ahead", "/wanted/nonce")


@dataclass(frozen=True, kw_only=True)
class NonceResync(Agreement):
    """The officers' word for the next nonce of one account."""

    ACTION = ACTION

    wanted: WantedNonce

    @property
    def parameters(self) -> str:
        return self.wanted.parameters

    def draft(self, *, trust: TrustState, at: datetime) -> Draft:
        """The entry from which on the nonce counts; raises Refusal."""
        verdicts = self.check(trust=trust, at=at)
        self.wanted.check(trust=trust, at=at)
        body = {"next_nonce": self.wanted.to_json(), "agreement": self.record(verdicts)}
        return Draft("TRUST", body)
