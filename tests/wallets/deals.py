"""Escrow wallets of the tests: terms signed by the documented parties, coins of a real node, intents.

Each wallet has a mediator key of its own, hence a script of its own on the shared node.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from django.conf import settings

from custody.audit.models import AuditEntry
from custody.chains.bitcoin.address import p2wsh_address
from custody.chains.bitcoin.psbt import decode
from custody.common import canonical
from custody.common.ids import new_id
from custody.statements.intent import Fee, Intent, Payee, Reason, Source
from custody.statements.parts import MaxFee
from custody.statements.policy import EscrowTermsRule, Policy
from custody.statements.proof import Secp256k1Proof
from custody.statements.terms import PartySignature, Payouts, RoleKeys, SignedTerms, Terms
from custody.wallets import selectors, services
from custody.wallets.models import ChainCursor, TransferIntent, TxAttempt, Wallet
from custody.wallets.services.chain import scan_chain
from scripts.embedded.bitcoind import Node
from tests.harness.bitcoin import (
    BUYER_ADDRESS,
    MERCHANT_ADDRESS,
    REGTEST,
    escrow_script,
    private_key,
    public_key,
    sign,
)

AT = datetime(2026, 11, 21, 9, tzinfo=UTC)
INSTANCE = "ins_01KAJ8M3V6Q2W9X4Y7Z0A1B2C3"
OUR_KEY = "key_01KAJ8V0000000000000000001"
ASSET = f"{REGTEST}/slip44:1"
POLICY = Policy(rules=(EscrowTermsRule(),))
AMOUNT = 1_000_000
FEE_MAX = 20_000
ACTOR = "system:test"


def signed_terms(mediator: str, **changes: Any) -> SignedTerms:
    """Terms over 1,000,000 satoshi with the mediator's key of this name, signed by both parties."""
    names = {"buyer": "buyer", "merchant": "merchant", "mediator": mediator}
    script = escrow_script(*names.values())
    terms = Terms(
        id=new_id("deal", at=AT),
        instance=INSTANCE,
        template="E1",
        chain=REGTEST,
        asset=ASSET,
        amount=AMOUNT,
        fee=MaxFee(max=FEE_MAX),
        keys=RoleKeys(**{role: public_key(name).hex() for role, name in names.items()}),
        script=script.hex(),
        address=p2wsh_address(script, REGTEST),
        payouts=Payouts(buyer=BUYER_ADDRESS, merchant=MERCHANT_ADDRESS),
        mediator="per_01KAJ8Q0000000000000000001",
        second_review_above=50_000_000,
        text="95" * 32,
    )
    return sign_terms(replace(terms, **changes))


def sign_terms(terms: Terms, *, prefix: str = "") -> SignedTerms:
    """The terms with the signatures of buyer and merchant; ``prefix`` names other keys of theirs."""
    signatures = []
    for role in ("buyer", "merchant"):
        key = private_key(prefix + role)
        signature = key.sign_recoverable(bytes.fromhex(terms.hash), hasher=None)[:64]
        proof = Secp256k1Proof(
            type="secp256k1", credential=key.public_key.format().hex(), signature=signature.hex()
        )
        signatures.append(PartySignature(role=role, proof=proof))
    return SignedTerms(document=terms, signatures=tuple(signatures))


@dataclass
class Escrow:
    """A registered wallet on a node, and what tests do with it; ``mediator`` names its third key."""

    node: Node
    wallet: Wallet
    mediator: str

    @classmethod
    def open(cls, node: Node, mediator: str, **terms_changes: Any) -> "Escrow":
        terms = signed_terms(mediator, **terms_changes)
        wallet = services.register_escrow_wallet(
            actor=ACTOR, terms=terms, signing_key=OUR_KEY, subjects=["cli_buyer", "cli_merchant"], at=AT
        )
        return cls(node, wallet, mediator)

    def fund(self, *amounts: int, final: bool = True) -> None:
        """Pay the address on the node, mine, and take it in; ``final`` mines to finality depth."""
        for amount in amounts or (AMOUNT,):
            self.node.fund(self.wallet.address, amount)
        self.mine(settings.BITCOIN_FINALITY_DEPTH if final else 1)

    def mine(self, blocks: int = 1) -> list[str]:
        """Mine and take in; return the block hashes."""
        hashes = self.node.mine(blocks)
        scan_chain(at=AT)
        return hashes

    def intent(self, *payees: tuple[str, int], **changes: Any) -> Intent:
        """A payout document; by default all but a fee of 2,000 satoshi to the merchant."""
        document = Intent(
            id=new_id("int", at=AT),
            instance=INSTANCE,
            kind="ESCROW_PAYOUT",
            asset=ASSET,
            source=Source(wallet=self.wallet.pk, owner="ESCROW", terms=self.wallet.terms_hash),
            payees=tuple(
                Payee(to=to, amount=amount) for to, amount in payees or ((MERCHANT_ADDRESS, AMOUNT - 2_000),)
            ),
            fee=Fee(max=FEE_MAX),
            reason=Reason(code="RELEASE", ref=self.wallet.deal),
            maker="per_01KAJ8Q0000000000000000001",
            policy=POLICY.hash,
            expires_at=AT + timedelta(hours=71),
        )
        return replace(document, **changes)

    def submit(self, *payees: tuple[str, int], needs_our_key: bool = False, **changes: Any) -> TransferIntent:
        """T1 for a payout."""
        document = self.intent(*payees, **changes)
        return services.create_intent(actor=ACTOR, document=document, needs_our_key=needs_our_key, at=AT)

    def collecting(self, *payees: tuple[str, int], needs_our_key: bool = False) -> TransferIntent:
        """An intent that stands in SIGNING."""
        return drive(self.submit(*payees, needs_our_key=needs_our_key))

    def signed(self) -> TransferIntent:
        """An intent that buyer and merchant have signed, not sent yet."""
        intent = self.collecting()
        for name in ("buyer", "merchant"):
            give(intent, name)
        return fresh(intent)

    def sent(self) -> TransferIntent:
        """An intent that is in the node's mempool."""
        intent = self.signed()
        services.broadcast_intent(intent_id=intent.pk, at=AT)
        return fresh(intent)


def start_at_tip(node: Node) -> None:
    """Let the monitor begin at the node's tip instead of block 0."""
    height = node.client().height()
    ChainCursor.objects.create(
        chain=REGTEST, height=height, block_hash=node.client().block_hash(height), updated_at=AT
    )


def fresh(intent: TransferIntent) -> TransferIntent:
    return selectors.get_intent(intent.pk)


def attempt_of(intent: TransferIntent) -> TxAttempt:
    attempt = selectors.attempt_of(intent)
    assert attempt is not None
    return attempt


def drive(intent: TransferIntent, *, at: datetime = AT, steps: Sequence[int] = range(10)) -> TransferIntent:
    """Take steps until the state stays the same, as the worker does."""
    for _ in steps:
        before = fresh(intent).state
        services.take_step(intent_id=intent.pk, at=at)
        if fresh(intent).state == before:
            break
    return fresh(intent)


def signed_psbt(intent: TransferIntent, name: str) -> str:
    """What a party returns: the downloaded PSBT with its signature on every input."""
    return sign(selectors.psbt_with_signatures(attempt_of(intent)), name)


def give(intent: TransferIntent, name: str, psbt: str | None = None) -> TransferIntent:
    """Return a PSBT as the party of this name."""
    return services.accept_psbt(
        actor=ACTOR,
        intent_id=intent.pk,
        psbt=psbt or signed_psbt(intent, name),
        signer_key=public_key(name).hex(),
        at=AT,
    )


def collected(intent: TransferIntent) -> list[str]:
    """Keys that have signed, in hex, sorted."""
    return sorted(selectors.signed_keys(attempt_of(intent)))


def audited(verb: str) -> list[dict[str, object]]:
    """Payloads of the audit entries with this verb, oldest first."""
    entries = AuditEntry.objects.filter(verb=verb).order_by("id")
    return [canonical.decode(bytes(entry.body))["payload"] for entry in entries]


def path_of(intent: TransferIntent) -> list[str]:
    """States the intent went through, from its audit entries."""
    entries = AuditEntry.objects.filter(verb__startswith="wallets.intent.", subject=intent.pk).order_by("id")
    payloads = [canonical.decode(bytes(entry.body))["payload"] for entry in entries]
    return [payload["to"] for payload in payloads if "to" in payload]


def outputs_of(psbt: str) -> list[tuple[str, int]]:
    return [(item.address, item.amount) for item in decode(psbt, chain=REGTEST).outputs]
