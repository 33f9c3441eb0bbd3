"""A signer on a store of its own, with hands on its clock, and the requests of one escrow deal."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connections

from custody.chains.bitcoin.address import p2wsh_address
from custody.chains.bitcoin.psbt import Payee as PsbtPayee
from custody.chains.bitcoin.psbt import Spendable, build_payout
from custody.chains.bitcoin.script import multisig_script
from custody.chains.bitcoin.transaction import Transaction
from custody.common.ids import new_id
from custody.hsm.signer.clock import TrustedClock
from custody.hsm.signer.genesis import GenesisRun
from custody.hsm.signer.keys import SigningToken
from custody.hsm.signer.orders import OrderFolder
from custody.hsm.signer.publication import PublicFiles
from custody.hsm.signer.signer import Signer, Step
from custody.hsm.signer.store import selectors
from custody.hsm.signer.store.router import ALIAS
from custody.hsm.signer.store.store import Store
from custody.statements.intent import Fee, Intent, Payee, Reason, Source
from custody.statements.key_proof import KeyProof, PartyNonces
from custody.statements.parts import MaxFee
from custody.statements.proof import Secp256k1Proof
from custody.statements.request import CheckpointPayload, Request, SpendPayload
from custody.statements.result import Result
from custody.statements.terms import PartySignature, Payouts, RoleKeys, SignedTerms, Terms
from tests.harness.bitcoin import BUYER_ADDRESS, MERCHANT_ADDRESS, REGTEST, funding, private_key, public_key
from tests.signer.genesis import GENESIS, INSTANCE, MEDIATOR

AT = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)
ASSET = f"{REGTEST}/slip44:1"
WALLET = "wal_01KAJ8S0000000000000000001"
MERCHANT_PAYOUT = (Payee(to=MERCHANT_ADDRESS, amount=990_000),)


@dataclass
class Hands:
    """The clock's two sources; time passes only when told."""

    now: datetime = AT
    ticks: float = 1000.0

    def pass_by(self, **span: float) -> None:
        """Let wall clock and monotonic clock go on together."""
        step = timedelta(**span)
        self.now += step
        self.ticks += step.total_seconds()

    def clock(self, marker: Path) -> TrustedClock:
        return TrustedClock(marker, now=lambda: self.now, ticks=lambda: self.ticks)


@contextmanager
def store_database(directory: Path) -> Iterator[None]:
    """Point Django's alias of the store at ``directory`` inside the block."""
    connection = connections[ALIAS]
    connection.close()
    before = connection.settings_dict["NAME"]
    backup_before = settings.SIGNER_KEY_BACKUP_DIR
    connection.settings_dict["NAME"] = directory / "store.sqlite3"
    settings.SIGNER_KEY_BACKUP_DIR = directory / "key-backup"
    try:
        yield
    finally:
        connection.close()
        connection.settings_dict["NAME"] = before
        settings.SIGNER_KEY_BACKUP_DIR = backup_before


@dataclass
class Bench:
    """An open signer and what a deal needs; ``handle`` takes a request and returns its result."""

    directory: Path
    token: SigningToken
    hands: Hands = field(default_factory=Hands)
    reached: Callable[[Step], None] = lambda step: None

    def __post_init__(self) -> None:
        self.public = PublicFiles(self.directory / "public")
        self.store = Store(self.directory)
        self.store.open()

    @property
    def signer(self) -> Signer:
        return Signer(
            store=self.store,
            token=self.token,
            clock=self.clock,
            public=self.public,
            orders=self.orders,
            reached=self.reached,
        )

    @property
    def orders(self) -> OrderFolder:
        return OrderFolder(self.directory)

    @property
    def clock(self) -> TrustedClock:
        if not hasattr(self, "_clock"):
            self._clock = self.hands.clock(self.directory / "clock-not-confirmed")
        return self._clock

    def close(self) -> None:
        self.store.close()

    def run_genesis(self) -> None:
        GenesisRun(self.store, self.token, self.clock, self.public).run(GENESIS, allow_demo=True)

    def key(self, purpose: str) -> selectors.CatalogueKey:
        return next(key for key in selectors.all_keys() if key.purpose == purpose)

    def handle(self, request: Request) -> Result:
        return self.handle_bytes(request.id, request.to_bytes())

    def handle_bytes(self, request_id: str, data: bytes) -> Result:
        return Result.from_bytes(self.signer.handle(request_id, data))

    # --- requests ---------------------------------------------------------------------------

    def request(self, kind: str, purpose: str, **parts: Any) -> Request:
        return Request(
            id=new_id("req", at=self.hands.now),
            instance=INSTANCE,
            kind=kind,  # type: ignore[arg-type]
            key=self.key(purpose).id,
            **parts,
        )

    def terms(self, **changes: Any) -> Terms:
        """Terms of the deal; any field may be changed."""
        keys = RoleKeys(
            buyer=public_key("buyer").hex(),
            merchant=public_key("merchant").hex(),
            mediator=self.key("mediator").public_key,
        )
        keys = changes.pop("keys", keys)
        script = multisig_script([keys.buyer, keys.merchant, keys.mediator])
        values: dict[str, Any] = {
            "id": "deal_01KAJ8P0000000000000000001",
            "instance": INSTANCE,
            "template": "E1",
            "chain": REGTEST,
            "asset": ASSET,
            "amount": 1_000_000,
            "fee": MaxFee(max=20_000),
            "keys": keys,
            "script": script.hex(),
            "address": p2wsh_address(script, REGTEST),
            "payouts": Payouts(buyer=BUYER_ADDRESS, merchant=MERCHANT_ADDRESS),
            "mediator": MEDIATOR,
            "second_review_above": 50_000_000,
            "text": "95ade9258c790a35a666571814090a3ab4f9cb9af14a7be7e9563c5519e6242f",
        }
        return Terms(**values | changes)

    def terms_request(self, terms: Terms | None = None) -> Request:
        return self.request("TERMS", "mediator", documents=(signed(terms or self.terms()),))

    def register(self, terms: Terms | None = None) -> Terms:
        terms = terms or self.terms()
        assert self.handle(self.terms_request(terms)).outcome == "RECORDED"
        return terms

    def intent(self, terms: Terms, **changes: Any) -> Intent:
        values: dict[str, Any] = {
            "id": new_id("int", at=self.hands.now),
            "instance": INSTANCE,
            "kind": "ESCROW_PAYOUT",
            "asset": ASSET,
            "source": Source(wallet=WALLET, owner="ESCROW", terms=terms.hash),
            "payees": MERCHANT_PAYOUT,
            "fee": Fee(max=10_000),
            "reason": Reason(code="AWARD_MERCHANT", ref=terms.id),
            "maker": MEDIATOR,
            "policy": GENESIS.policy.hash,
            "expires_at": self.hands.now + timedelta(hours=24),
        }
        return Intent(**values | changes)

    def spend(
        self, terms: Terms, *, psbt: str | None = None, intent: Intent | None = None, **parts: Any
    ) -> Request:
        intent = intent or self.intent(terms)
        payload = SpendPayload(psbt=psbt or payout(terms, intent.payees))
        return self.request("BTC_SPEND", "mediator", intent=intent, payload=payload, **parts)

    def key_proof(self, terms: Terms, **changes: Any) -> KeyProof:
        values: dict[str, Any] = {
            "instance": INSTANCE,
            "deal": terms.id,
            "role": "mediator",
            "public_key": terms.keys.mediator,
            "terms": terms.hash,
            "server_nonce": "00" * 16,
            "nonces": PartyNonces(buyer="01" * 16, mediator="02" * 16, merchant="03" * 16),
            "expires_at": self.hands.now + timedelta(hours=1),
        }
        return KeyProof(**values | changes)

    def checkpoint(self, entries: list[str], *, first: int = 1, stream: str = "main") -> Request:
        payload = CheckpointPayload(
            stream=stream, from_=first, to=first + len(entries) - 1, entries=tuple(entries)
        )
        return self.request("CHECKPOINT", "checkpoint", payload=payload)


def signed(terms: Terms, *roles: str) -> SignedTerms:
    """The terms with the signatures of both parties, or of the named ones."""
    return SignedTerms(
        document=terms,
        signatures=tuple(party_signature(terms, role) for role in roles or ("buyer", "merchant")),
    )


def party_signature(terms: Terms, role: str, *, key: str | None = None) -> PartySignature:
    private = private_key(key or role)
    signature = private.sign_recoverable(bytes.fromhex(terms.hash), hasher=None)[:64]
    proof = Secp256k1Proof(credential=private.public_key.format().hex(), signature=signature.hex())
    return PartySignature(role=role, proof=proof)  # type: ignore[arg-type]


def deposit(terms: Terms, *amounts: int) -> Transaction:
    """A funding transaction with one output to the escrow per amount (satoshi)."""
    return funding(bytes.fromhex(terms.script), *amounts)


def payout(
    terms: Terms,
    payees: tuple[Payee, ...],
    *,
    deposits: tuple[tuple[Transaction, int], ...] = (),
) -> str:
    """PSBT that spends ``deposits`` (transaction, output), by default one of 1,000,000 satoshi."""
    inputs = deposits or ((deposit(terms, 1_000_000), 0),)
    return build_payout(
        inputs=[Spendable(vout, transaction.to_bytes()) for transaction, vout in inputs],
        payees=[PsbtPayee(payee.to, payee.amount) for payee in payees],
        witness_script=bytes.fromhex(terms.script),
        chain=REGTEST,
    )


def other_instance(document: Any) -> Any:
    return replace(document, instance="ins_01KAJ8M3V6Q2W9X4Y7Z0A1B2C4")
