"""A deal of the tests and everybody in it: people, keys outside our web, and the signer's answers.

Each stage has keys of its own, so that scripts on the shared node never meet. ``until`` plays the
agreement up to a state; tests then do the step they are about through the services.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from coincurve import PrivateKey

from custody.accounts.models import User
from custody.accounts.otp import FreshFactor
from custody.accounts.services import link_person
from custody.chains.bitcoin.psbt import add_signatures, decode
from custody.escrow import selectors, services
from custody.escrow.models import Deal, TermsVersion
from custody.escrow.services import DealSheet
from custody.escrow.states import State
from custody.hsm.models import SigningKey
from custody.wallets import selectors as wallets
from custody.wallets.models import TransferIntent
from custody.wallets.services import scan_chain
from scripts.embedded.bitcoind import Node
from scripts.party.signing import prove, sign_inputs
from tests.cast import AT, client_of
from tests.escrow.answers import answer_last
from tests.escrow.sides import Side, key_of
from tests.harness.bitcoin import REGTEST
from tests.wallets.deals import drive

AMOUNT = 1_000_000
FEE_MAX = 20_000
CONTRACT = b"One machine, delivered to the buyer's door."
PERSON = "per_01KAJ8Q0000000000000000001"
MEDIATOR_KEY = "key_01KAJ8V0000000000000000001"


@dataclass
class Stage:
    """One deal with its people."""

    deal_id: str
    officer: User
    mediator: User
    mediator_key: PrivateKey | None
    buyer: Side
    merchant: Side
    at: datetime = AT

    @property
    def deal(self) -> Deal:
        return Deal.objects.get(pk=self.deal_id)

    @property
    def version(self) -> TermsVersion:
        version = selectors.current_version(self.deal)
        assert version is not None
        return version

    @property
    def sides(self) -> tuple[Side, Side]:
        return self.buyer, self.merchant

    @property
    def address(self) -> str:
        return selectors.decode_terms(self.version).address

    def until(self, state: State, *, node: Node | None = None) -> "Stage":
        """Play the agreement until the deal stands in ``state``."""
        steps: dict[State, Callable[[], None]] = {
            State.DRAFT: self._agree,
            State.TERMS_PROPOSED: self._sign_all,
            State.TERMS_SIGNED: self._prove_all,
            State.KEYS_PROVEN: self._confirm_all,
        }
        if node is not None:
            steps[State.AWAITING_FUNDING] = partial(self.fund, node)
        while self.deal.state != state:
            steps[State(self.deal.state)]()
        return self

    def join(self) -> None:
        for side in self.sides:
            services.join_deal(
                actor=side.user,
                deal_id=self.deal_id,
                public_key=side.public_key,
                payout_address=side.payout,
                at=self.at,
            )

    def propose(self, contract: bytes = CONTRACT) -> TermsVersion:
        return services.propose_terms(
            actor=self.officer, deal_id=self.deal_id, contract=contract, media_type="text/plain", at=self.at
        )

    def sign(self, side: Side, *, key: PrivateKey | None = None) -> None:
        version = self.version
        services.sign_terms(
            actor=side.user,
            deal_id=self.deal_id,
            terms_hash=version.hash,
            signature=prove(key or side.key, version.hash).signature,
            at=self.at,
        )

    def give_nonces(self, *, at: datetime | None = None) -> None:
        for side, nonce in zip(self.sides, ("b0" * 16, "c0" * 16), strict=True):
            services.start_key_challenge(actor=side.user, deal_id=self.deal_id, nonce=nonce, at=at or self.at)

    def prove(self, side: Side, *, key: PrivateKey | None = None, at: datetime | None = None) -> None:
        challenge = selectors.current_challenge(self.version)
        assert challenge is not None
        document = services.challenge_document(challenge, "buyer" if side is self.buyer else "merchant")
        services.prove_key(
            actor=side.user,
            deal_id=self.deal_id,
            signature=prove(key or side.key, document.hash).signature,
            at=at or self.at,
        )

    def confirm(self, user: User, checksum: str = "") -> None:
        stated = checksum or services.descriptor_checksum(self.version)
        services.confirm_address(actor=user, deal_id=self.deal_id, checksum=stated, at=self.at)

    def fund(self, node: Node, amount: int = AMOUNT) -> None:
        """Pay the address on the node and let monitor and deal take it in."""
        node.fund(self.address, amount)
        self.mine(node, 3)

    def mine(self, node: Node, blocks: int) -> None:
        """Mine, scan, and follow whatever changed."""
        node.mine(blocks)
        scan_chain(at=self.at)
        wallet = selectors.wallet_of(self.deal)
        assert wallet is not None
        services.follow_funding(wallet_id=wallet.pk, at=self.at)
        self.follow()

    def drive(self) -> TransferIntent:
        """Let the worker take the current payout as far as it goes."""
        payout = selectors.current_payout(self.deal)
        assert payout is not None
        intent = drive(payout.intent, at=self.at)
        self.follow()
        return intent

    def follow(self) -> None:
        for intent_id in self.deal.payouts.values_list("intent_id", flat=True):
            services.follow_intent(intent_id=intent_id, at=self.at)

    def psbt(self) -> str:
        """What a party downloads."""
        payout = selectors.current_payout(self.deal)
        attempt = wallets.attempt_of(payout.intent) if payout else None
        assert attempt is not None
        return wallets.psbt_with_signatures(attempt)

    def give(self, side: Side, psbt: str = "") -> None:
        """Upload the PSBT signed by the party, or another one."""
        signed = psbt or self.signed(side.key)
        services.upload_signature(actor=side.user, deal_id=self.deal_id, psbt=signed, at=self.at)
        self.follow()

    def signed(self, key: PrivateKey) -> str:
        psbt = self.psbt()
        return add_signatures(psbt, chain=REGTEST, signatures=sign_inputs(key, decode(psbt, chain=REGTEST)))

    def answer(self, kind: str, *, refuse: str = "", key: PrivateKey | None = None) -> str:
        """Insert the signer's answer to the last request of a kind; return the request's id."""
        return answer_last(kind, key=key or self.mediator_key, refuse=refuse)

    def pin(self) -> None:
        services.apply_terms(request_id=self.answer("TERMS"), at=self.at)

    def prove_ours(self) -> None:
        services.apply_key_proof(request_id=self.answer("KEY_PROOF"), at=self.at)

    def award(self, *, to_buyer: int = 0) -> None:
        """Dispute, decide and confirm; the second person is the officer."""
        services.open_dispute(actor=self.merchant.user, deal_id=self.deal_id, claim="Not paid.", at=self.at)
        self.decide(to_buyer=to_buyer)
        services.confirm_decision(
            actor=self.officer, deal_id=self.deal_id, factor=FreshFactor(self.officer.pk, self.at), at=self.at
        )

    def decide(self, *, to_buyer: int = 0) -> None:
        services.propose_decision(
            actor=self.mediator,
            deal_id=self.deal_id,
            to_buyer=to_buyer,
            reasons=["DELIVERED"],
            evidence=[],
            grounds="The delivery note carries the buyer's signature.",
            at=self.at,
        )

    def _agree(self) -> None:
        self.join()
        self.propose()

    def _sign_all(self) -> None:
        for side in self.sides:
            self.sign(side)

    def _prove_all(self) -> None:
        self.pin()
        self.give_nonces()
        self.prove_ours()
        for side in self.sides:
            self.prove(side)

    def _confirm_all(self) -> None:
        for user in (self.buyer.user, self.merchant.user, self.mediator):
            self.confirm(user)


def sheet(buyer: str, merchant: str, mediator: User) -> DealSheet:
    return DealSheet(
        title="One machine",
        buyer=buyer,
        merchant=merchant,
        mediator=mediator.pk,
        amount=AMOUNT,
        fee_max=FEE_MAX,
        second_review_above=50_000_000,
    )


def open_stage(name: str, *, officer: User, mediator: User, buyer: User, merchant: User) -> Stage:
    """Open a deal between two new clients; ``name`` makes its keys, the mediator's included."""
    link_person(actor="system:test", user=mediator, person=PERSON, at=AT)
    key = key_of(f"mediator {name}")
    SigningKey.objects.create(
        id=MEDIATOR_KEY,
        purpose="mediator",
        curve="secp256k1",
        public_key=key.public_key.format().hex(),
        state="ACTIVE",
    )
    return open_between(name, officer=officer, mediator=mediator, key=key, people=(buyer, merchant), at=AT)


def open_between(
    name: str,
    *,
    officer: User,
    mediator: User,
    key: PrivateKey | None,
    people: tuple[User, User],
    at: datetime,
) -> Stage:
    """Open a deal with the mediator key the desk knows; ``key`` is its private half where a test has it."""
    buyer, merchant = (
        Side(user, client_of(user).pk, key_of(f"{role} {name}"))
        for role, user in zip(("buyer", "merchant"), people, strict=True)
    )
    agreed = sheet(buyer.client, merchant.client, mediator)
    deal = services.open_deal(actor=officer, sheet=agreed, at=at)
    return Stage(deal.pk, officer, mediator, key, buyer, merchant, at)
