"""One-time keys on the signer under test: their template, making, spending and end."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from custody.chains.bitcoin import psbt as codec
from custody.common.ids import new_id
from custody.hsm.signer.store import kept_keys, selectors
from custody.hsm.signer.store.selectors import CatalogueKey
from custody.statements.address import AddressPayload
from custody.statements.fact import ProvenFact
from custody.statements.holdings import AnyProven, ProvenHoldings
from custody.statements.intent import Intent, Reason, Source
from custody.statements.one_time import DestroyKeyPayload, MakeKeyPayload
from custody.statements.request import Request, SpendPayload
from custody.statements.result import Result
from custody.statements.trust import TrustDocument
from custody.statements.trust.keys import KeyTemplate, WalletBinding
from tests.harness.bitcoin import REGTEST
from tests.signer.genesis import INSTANCE
from tests.signer.house import PAYEES, House, wallet_id

WALLET = wallet_id(7)
DEAL = "deal_01KAJ8P0000000000000000007"
DEPTH, DISPUTE = 6, 14 * 86_400


@dataclass
class OneTimeKeys(House):
    """A house whose officers allow two open one-time keys for a wallet."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.template = self.officers.accept("KEY_TEMPLATE", self.key_template())

    template: TrustDocument | None = None

    def key_template(self, *, tier: Any = "HOT", wallet: str = WALLET, **changes: Any) -> KeyTemplate:
        now = self.bench.hands.now
        values: dict[str, Any] = {
            "wallet": WalletBinding(wallet=wallet, owner="HOUSE", chain=REGTEST, tier=tier),
            "open_max": 2,
            "lifetime_seconds": 90 * 86_400,
            "settled_depth": DEPTH,
            "dispute_seconds": DISPUTE,
            "valid_from": now,
            "valid_until": now + timedelta(days=180),
        }
        return KeyTemplate(**values | changes)

    def make_request(self, index: int = 0, *, wallet: str = WALLET, ref: str = DEAL) -> Request:
        return Request(
            id=new_id("req", at=self.bench.hands.now),
            instance=INSTANCE,
            kind="KEY_MAKE",
            payload=MakeKeyPayload(wallet=wallet, index=index, ref=ref),
        )

    def make_one(self, index: int = 0) -> CatalogueKey:
        result = self.bench.handle(self.make_request(index))
        assert result.outcome == "RECORDED", (result.rule, result.culprit)
        return self.one(index)

    def one(self, index: int = 0) -> CatalogueKey:
        key = selectors.key(kept_keys.one_time_key(WALLET, index) or "")
        assert key is not None
        return key

    def ask_address(self, index: int = 0, *, wallet: str = WALLET) -> Result:
        payload = AddressPayload(wallet=wallet, index=index)
        return self.bench.handle(self.bench.request("ADDRESS", "attest", payload=payload))

    def spend_request(self, key: CatalogueKey, *, ref: str = DEAL, salt: int = 0x22, **parts: Any) -> Request:
        intent: Intent = self.intent(
            source=Source(wallet=WALLET, owner="HOUSE"), reason=Reason(code="TREASURY", ref=ref)
        )
        coins = self.coins(1_000_000, key=key.id, salt=salt)
        return self.transfer(
            intent, key=key.id, psbt=self.psbt(intent.payees, coins=coins, key=key.id), **parts
        )

    def settled(self, request: Request, **changes: Any) -> ProvenFact:
        """The witness has seen the transaction of a spend request deep enough."""
        assert isinstance(request.payload, SpendPayload)
        spend = codec.decode(request.payload.psbt, chain=REGTEST)
        said: dict[str, Any] = {"txid": spend.txid, "amount": PAYEES[0].amount, "depth": DEPTH} | changes
        return self.payment(self.coins(1), **said)

    def destroy_request(self, key: CatalogueKey, *facts: AnyProven, ref: str = DEAL) -> Request:
        """``facts`` without one about the address: by the witness nothing lies there now."""
        if not any(isinstance(fact, ProvenHoldings) for fact in facts):
            facts = (*facts, self.holdings(self.address(key.id)))
        return self.ending(key, *facts, ref=ref)

    def ending(self, key: CatalogueKey, *facts: AnyProven, ref: str = DEAL) -> Request:
        """KEY_DESTROY with these facts and no other."""
        return Request(
            id=new_id("req", at=self.bench.hands.now),
            instance=INSTANCE,
            kind="KEY_DESTROY",
            key=key.id,
            facts=facts,
            payload=DestroyKeyPayload(ref=ref),
        )
