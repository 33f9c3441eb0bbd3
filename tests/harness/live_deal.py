"""Deals in the live world: real signer, worker, node and token; the parties' keys are the test's.

People exist once per world, deals as many as tests need. What the worker does is waited for on
rows; blocks are taken in here as well, so that nobody waits for the next beat.
"""

from dataclasses import dataclass
from typing import Self

from custody.accounts.models import User
from custody.accounts.otp import FreshFactor
from custody.accounts.roles import Role
from custody.accounts.services import link_person
from custody.common import clock
from custody.compliance.samples import OFAC_SYNTHETIC
from custody.compliance.services import import_list
from custody.escrow import selectors, services
from custody.escrow.states import State
from custody.hsm.selectors import active_key
from custody.hsm.services import mirror_signer
from custody.wallets import selectors as wallets
from custody.wallets.models import TransferIntent, Wallet
from custody.wallets.services import scan_chain
from custody.wallets.states import State as IntentState
from scripts.embedded.bitcoind import Node
from scripts.embedded.genesis import people_of
from scripts.embedded.world import World
from tests.cast import person
from tests.escrow.sides import Side
from tests.escrow.stage import AMOUNT, Stage, open_between
from tests.harness.waiting import eventually

FINALITY_BLOCKS = 6


@dataclass(frozen=True)
class LiveCast:
    """Our people and the parties' people of one world."""

    world: World
    node: Node
    officer: User
    mediator: User
    reviewer: User
    deputy: User
    buyer: User
    merchant: User

    @classmethod
    def hire(cls, world: World, node: Node) -> Self:
        """Make everybody, import the synthetic list and learn who the signer is."""
        now = clock.now()
        eventually(lambda: mirror_signer(at=now), what="identity of the signer")
        import_list(actor="system:test", source="ofac", path=OFAC_SYNTHETIC, at=now)
        roles: dict[str, tuple[Role, ...]] = {
            "officer": (Role.COMPLIANCE_OFFICER,),
            "reviewer": (Role.MEDIATOR,),
            "deputy": (Role.COMPLIANCE_OFFICER,),
            "buyer": (),
            "merchant": (),
        }
        people = {name: person(f"{name}-of-{world.database}", *own) for name, own in roles.items()}
        return cls(world, node, mediator=the_mediator(world), **people)

    def open(self, name: str) -> "LiveDeal":
        """Open a deal; ``name`` makes the parties' keys."""
        stage = open_between(
            f"{name} in {self.world.database}",
            officer=self.officer,
            mediator=self.mediator,
            key=None,
            people=(self.buyer, self.merchant),
            at=clock.now(),
        )
        return LiveDeal(self, stage)

    def open_funded(self, *names: str) -> "list[LiveDeal]":
        """Several funded deals in the time of one: everybody waits for the same blocks."""
        deals = [self.open(name) for name in names]
        for step in (LiveDeal.agree, LiveDeal.prove_keys, LiveDeal.compare_address):
            for deal in deals:
                step(deal)
        for deal in deals:
            self.node.fund(deal.stage.address, AMOUNT)
        deals[0].mine(FINALITY_BLOCKS)
        return [deal.wait_for(State.FUNDED) for deal in deals]


def the_mediator(world: World) -> User:
    """The one account that belongs to the mediator of the world's genesis."""
    known = people_of(world.layout.state / "genesis.json")["mediator"]
    user = User.objects.filter(person=known).first()
    if user is None:
        user = person(f"mediator-of-{world.database}", Role.MEDIATOR)
        link_person(actor="system:test", user=user, person=known, at=clock.now())
    return User.objects.get(pk=user.pk)


@dataclass(frozen=True)
class LiveDeal:
    """A deal of the live world; ``stage`` does what people do."""

    cast: LiveCast
    stage: Stage

    @property
    def id(self) -> str:
        return self.stage.deal_id

    @property
    def state(self) -> str:
        return self.stage.deal.state

    @property
    def wallet(self) -> Wallet:
        wallet = selectors.wallet_of(self.stage.deal)
        assert wallet is not None
        return wallet

    @property
    def intent(self) -> TransferIntent:
        """Intent of the current payout."""
        payout = selectors.current_payout(self.stage.deal)
        assert payout is not None
        return payout.intent

    def wait_for(self, *states: State, timeout: float = 40) -> Self:
        eventually(lambda: self.state in states, timeout=timeout, what=f"{self.id} in {'/'.join(states)}")
        return self

    def wait_for_intent(self, *states: IntentState, timeout: float = 40) -> TransferIntent:
        eventually(lambda: self.intent.state in states, timeout=timeout, what=f"payout in {'/'.join(states)}")
        return self.intent

    def funded(self) -> Self:
        """From nothing to coins at finality depth, every proof by its own key."""
        self.agree()
        self.prove_keys()
        self.compare_address()
        self.pay(AMOUNT)
        return self.wait_for(State.FUNDED)

    def agree(self) -> None:
        self.stage.join()
        self.stage.propose()
        for side in self.stage.sides:
            self.stage.sign(side)

    def prove_keys(self) -> None:
        eventually(lambda: hasattr(self.stage.version, "registration"), what="terms pinned by the signer")
        self.stage.give_nonces()
        for side in self.stage.sides:
            self.stage.prove(side)

    def compare_address(self) -> None:
        self.wait_for(State.KEYS_PROVEN)
        for user in (self.stage.buyer.user, self.stage.merchant.user, self.stage.mediator):
            self.stage.confirm(user)

    def pay(self, satoshi: int) -> None:
        """Pay the address and bury the payment."""
        self.cast.node.fund(self.stage.address, satoshi)
        self.mine(FINALITY_BLOCKS)

    def mine(self, blocks: int = 1) -> None:
        self.cast.node.mine(blocks)
        scan_chain(at=clock.now())

    def decided(self) -> Self:
        """A dispute with a decision for the merchant that waits for its second person."""
        self.stage.at = clock.now()
        services.open_dispute(
            actor=self.stage.merchant.user, deal_id=self.id, claim="Not paid.", at=self.stage.at
        )
        self.stage.decide()
        return self

    def confirm_decision(self, actor: User | None = None) -> None:
        person = actor or self.cast.officer
        now = clock.now()
        services.confirm_decision(actor=person, deal_id=self.id, factor=FreshFactor(person.pk, now), at=now)

    def awarded(self) -> Self:
        """Our key has signed an award to the merchant, who has not signed yet."""
        self.decided().confirm_decision()
        eventually(lambda: self.signed_by_us, what="signature of the signer")
        return self

    @property
    def signed_by_us(self) -> bool:
        attempt = wallets.attempt_of(self.intent)
        return attempt is not None and active_key("mediator").public_key in wallets.signed_keys(attempt)

    def give(self, side: Side) -> None:
        """Return the PSBT signed by a party."""
        services.upload_signature(
            actor=side.user, deal_id=self.id, psbt=self.stage.signed(side.key), at=clock.now()
        )

    def coins(self) -> list[tuple[str, int]]:
        """Unspent outputs at the address as (outpoint, satoshi), by the node's own word."""
        found = self.cast.node.client().call("scantxoutset", "start", [f"addr({self.stage.address})"])
        return sorted(
            (f"{item['txid']}:{item['vout']}", int(item["amount"] * 100_000_000))
            for item in found["unspents"]
        )

    def spends(self) -> list[str]:
        """Transactions in the mempool that spend a coin of the wallet."""
        coins = [{"txid": coin.txid, "vout": coin.vout} for coin in wallets.mined_utxos(self.wallet)]
        answer = self.cast.node.client().call("gettxspendingprevout", coins)
        return [item["spendingtxid"] for item in answer if "spendingtxid" in item]
