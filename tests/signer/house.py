"""A wallet of the house on the signer under test: its key, its coins, its intents."""

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from custody.chains.bitcoin.address import p2wpkh_address, script_of
from custody.chains.bitcoin.psbt import Payee as PsbtPayee
from custody.chains.bitcoin.psbt import Spendable, build_spend
from custody.chains.bitcoin.transaction import Transaction, TxInput, TxOutput
from custody.common.ids import new_id
from custody.hsm.signer.ceremony import Ceremony, WantedKey
from custody.hsm.signer.store import selectors
from custody.statements.critical import Critical
from custody.statements.fact import Block, Fact, ProvenFact
from custody.statements.holdings import AnyFact, Holdings, ProvenHoldings
from custody.statements.intent import Fee, Intent, Payee, Reason, Source
from custody.statements.mandate import Destination, Mandate, MandateFee, Need
from custody.statements.parts import Window
from custody.statements.policy import EscrowTermsRule, Policy, QuorumRule, Rule, Scope
from custody.statements.proof import Ed25519Proof
from custody.statements.request import Request, SpendPayload
from custody.statements.trust.holds import Lease
from custody.statements.trust.keys import KeyActivate, KeyLimits, KeyPurpose, Tier, WalletBinding
from custody.statements.trust.policies import PolicyBody
from tests.harness.bitcoin import MERCHANT_ADDRESS, REGTEST
from tests.signer.bench import ASSET, Bench
from tests.signer.genesis import APPROVER, CUSTODIAN, FIRST, INSTANCE, OTHER_APPROVER, TREASURER, console_key
from tests.signer.officers import Officers

MANDATE = "man_01KAJ8T0000000000000000001"
WITNESS = "key_01KAJ8V0000000000000000077"
HOUSE_QUORUM = QuorumRule(scope=Scope(owners=("HOUSE",)), above=0, role="APPROVER", people=2)
PAYEES = (Payee(to=MERCHANT_ADDRESS, amount=990_000),)


def wallet_id(number: int) -> str:
    return f"wal_01KAJ8S{number:019d}"


@dataclass
class House:
    """Officers who enacted a quorum rule for the house, and one active key with its wallet.

    ``key`` is given where the store holds all that already.
    """

    bench: Bench
    officers: Officers = field(init=False)
    key: str = ""

    def __post_init__(self) -> None:
        self.officers = Officers(self.bench)
        if self.key:
            return
        self.enact_policy(HOUSE_QUORUM)
        self.key = self.make_key()
        self.activate(self.key, wallet=1)
        self.go_on_duty()

    def enact_policy(self, *rules: Rule) -> None:
        policy = Policy(rules=(EscrowTermsRule(), *rules))
        self.officers.enact("POLICY", PolicyBody(hash=policy.hash, policy=policy))

    def make_key(self, number: int = 1, *, purpose: KeyPurpose = "spend", **of_key: Any) -> str:
        """A key as a ceremony leaves it: known, and not yet of any use."""
        before = {key.id for key in selectors.all_keys()}
        self.bench.orders.give(
            kind="MAKE_KEY",
            body=self.ceremony(f"house {number}", purpose=purpose, of_key=of_key),
            reason="ceremony",
        )
        self.bench.signer.handle_all([])
        (made,) = {key.id for key in selectors.all_keys()} - before
        return made

    def ceremony(
        self,
        label: str,
        *,
        people: tuple[str, ...] = (TREASURER, CUSTODIAN),
        purpose: KeyPurpose = "spend",
        of_key: dict[str, Any] | None = None,
        **changes: Any,
    ) -> Ceremony:
        """What the custodians present agree on; any field of the action may be changed."""
        key = WantedKey(purpose=purpose, curve="secp256k1", label=label, **of_key or {})
        values: dict[str, Any] = {
            "id": new_id("req", at=self.bench.hands.now),
            "instance": INSTANCE,
            "system": "signer",
            "action": "MAKE_KEY",
            "parameters": key.parameters,
            "expires_at": self.bench.hands.now + timedelta(hours=8),
        }
        action = Critical(**values | changes)
        return Ceremony(action=action, approvals=self.officers.approvals(action, people), key=key)

    def activation(self, key: str, *, wallet: int, tier: Tier = "HOT", **changes: Any) -> KeyActivate:
        known = selectors.key(key)
        assert known is not None
        limits = changes.pop("limits", None)
        values: dict[str, Any] = {
            "key": key,
            "public_key": known.public_key,
            "curve": "secp256k1",
            "class_": "NEVER_LEAVES",
            "purpose": "spend",
            "wallet": WalletBinding(
                wallet=wallet_id(wallet), owner="HOUSE", chain=REGTEST, tier=tier, limits=limits
            ),
            "valid_from": self.bench.hands.now,
            "valid_until": self.bench.hands.now + timedelta(days=180),
        }
        return KeyActivate(**values | changes)

    def activate(
        self,
        key: str,
        *,
        wallet: int,
        tier: Tier = "HOT",
        limits: KeyLimits | None = None,
        **changes: Any,
    ) -> None:
        body = self.activation(key, wallet=wallet, tier=tier, limits=limits, **changes)
        self.officers.accept("KEY_ACTIVATE", body)

    def go_on_duty(self) -> None:
        until = self.bench.hands.now + timedelta(hours=24)
        self.officers.accept("LEASE", Lease(person=FIRST, until=until), FIRST, maker=FIRST)

    def address(self, key: str | None = None) -> str:
        known = selectors.key(key or self.key)
        assert known is not None
        return p2wpkh_address(bytes.fromhex(known.public_key), REGTEST)

    def coins(self, *amounts: int, key: str | None = None, salt: int = 0x22) -> Transaction:
        """A transaction that pays the wallet."""
        script = script_of(self.address(key), REGTEST)
        outputs = tuple(TxOutput(amount, script) for amount in amounts)
        return Transaction(2, (TxInput(bytes([salt]).hex() * 32, 0, b"", 0xFFFFFFFF),), outputs, 0)

    def psbt(
        self, payees: tuple[Payee, ...], *, coins: Transaction | None = None, key: str | None = None
    ) -> str:
        known = selectors.key(key or self.key)
        assert known is not None
        coins = coins or self.coins(1_000_000)
        return build_spend(
            inputs=[Spendable(vout, coins.to_bytes()) for vout in range(len(coins.outputs))],
            payees=[PsbtPayee(payee.to, payee.amount) for payee in payees],
            public_key=bytes.fromhex(known.public_key),
            chain=REGTEST,
        )

    def intent(self, **changes: Any) -> Intent:
        now = self.bench.hands.now
        values: dict[str, Any] = {
            "id": new_id("int", at=now),
            "instance": INSTANCE,
            "kind": "TRANSFER",
            "asset": ASSET,
            "source": Source(wallet=wallet_id(1), owner="HOUSE"),
            "payees": PAYEES,
            "fee": Fee(max=10_000),
            "reason": Reason(code="TREASURY", ref=wallet_id(1)),
            "maker": TREASURER,
            "policy": selectors.trust().policy(at=now).hash,
            "expires_at": now + timedelta(hours=24),
        }
        return Intent(**values | changes)

    def transfer(
        self,
        intent: Intent | None = None,
        *,
        people: tuple[str, ...] = (TREASURER, APPROVER, OTHER_APPROVER),
        psbt: str | None = None,
        **parts: Any,
    ) -> Request:
        """A request for ``intent`` with the approvals of ``people``."""
        intent = intent or self.intent()
        values: dict[str, Any] = {
            "id": new_id("req", at=self.bench.hands.now),
            "instance": INSTANCE,
            "kind": "BTC_SPEND",
            "key": self.key,
            "intent": intent,
            "approvals": self.officers.approvals(intent, people),
            "payload": SpendPayload(psbt=psbt or self.psbt(intent.payees)),
        }
        return Request(**values | parts)

    # --- mandates and the witness -------------------------------------------------------------

    def mandate(self, *wallets: int, **changes: Any) -> Mandate:
        """Sweeps of the house's key to other wallets of ours."""
        now = self.bench.hands.now
        values: dict[str, Any] = {
            "mandate": MANDATE,
            "key": self.key,
            "intent_kind": "SWEEP",
            "chain": REGTEST,
            "asset": ASSET,
            "destinations": tuple(Destination(wallet=wallet_id(number)) for number in wallets),
            "cap_per_transaction": 1_000_000,
            "cap_window": Window(amount=1_500_000, seconds=86_400),
            "fee": MandateFee(max=10_000, window=Window(amount=25_000, seconds=86_400)),
            "needs": (),
            "valid_from": now,
            "valid_until": now + timedelta(days=100),
        }
        return Mandate(**values | changes)

    def sweep(self, to: str, *, amount: int = 990_000, salt: int = 0x22, **parts: Any) -> Request:
        """A mandated sweep of one coin, ``amount`` and 10,000 satoshi of fee."""
        intent = parts.pop("intent", None) or self.intent(
            kind="SWEEP", maker=MANDATE, payees=(Payee(to=to, amount=amount),)
        )
        psbt = self.psbt(intent.payees, coins=self.coins(amount + 10_000, salt=salt))
        return self.transfer(intent, people=(), psbt=psbt, **{"mandate": MANDATE} | parts)

    def activate_witness(self) -> None:
        body = KeyActivate(
            key=WITNESS,
            public_key=console_key("witness").public_key().public_bytes_raw().hex(),
            curve="ed25519",
            class_="OUTSIDE",
            purpose="witness",
            valid_from=self.bench.hands.now,
            valid_until=self.bench.hands.now + timedelta(days=180),
        )
        self.officers.accept("KEY_ACTIVATE", body)

    def payment(self, coins: Transaction, *, key_of: str = "witness", **changes: Any) -> ProvenFact:
        """The witness says that ``coins`` are six blocks deep."""
        values: dict[str, Any] = {
            "instance": INSTANCE,
            "witness": WITNESS,
            "kind": "PAYMENT",
            "chain": REGTEST,
            "txid": coins.txid,
            "script": coins.outputs[0].script.hex(),
            "amount": coins.outputs[0].amount,
            "depth": 6,
            "block": Block(height=200, hash="00" * 32),
            "at": self.bench.hands.now,
        }
        fact = Fact(**values | changes)
        return ProvenFact(fact=fact, proof=self.witnessed(fact, key_of))

    def holdings(self, address: str, *, key_of: str = "witness", **changes: Any) -> ProvenHoldings:
        """The witness says that nothing lies at ``address``."""
        values: dict[str, Any] = {
            "instance": INSTANCE,
            "witness": WITNESS,
            "chain": REGTEST,
            "script": script_of(address, REGTEST).hex(),
            "coins": 0,
            "amount": 0,
            "block": Block(height=200, hash="00" * 32),
            "at": self.bench.hands.now,
        }
        fact = Holdings(**values | changes)
        return ProvenHoldings(fact=fact, proof=self.witnessed(fact, key_of))

    def witnessed(self, fact: AnyFact, key_of: str) -> Ed25519Proof:
        key = console_key(key_of)
        return Ed25519Proof(
            credential=key.public_key().public_bytes_raw().hex(),
            signature=key.sign(bytes.fromhex(fact.hash)).hex(),
        )


DEEP = Need(fact="PAYMENT", depth=6, max_age_seconds=3600)
