"""The store that every cell begins with: all that any kind of request needs, set up by the officers."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from custody.statements.intent import Intent, Payee
from custody.statements.parts import Window
from custody.statements.request import Request
from custody.statements.terms import RoleKeys, SignedTerms, Terms
from tests.harness.bitcoin import BUYER_ADDRESS, MERCHANT_ADDRESS, public_key
from tests.signer.accounts import Accounts
from tests.signer.actions import Actions
from tests.signer.bench import Bench, party_signature
from tests.signer.test_block import Mine
from tests.signer.test_lapse import token_away

COLD_WALLET = 2
OVERDUE_COIN = 0x44


@dataclass(frozen=True)
class Ground:
    """A furnished house: its wallets on two chains, a mandate, a block key, and a registered deal.

    ``overdue``: a transfer that was granted while the token was away, until its time was over.
    """

    bench: Bench
    accounts: Accounts
    mine: Mine
    actions: Actions
    terms: Terms
    cold: str
    overdue: Request

    @classmethod
    def prepare(cls, bench: Bench) -> "Ground":
        accounts = Accounts(bench)
        key = accounts.make_key(COLD_WALLET)
        accounts.activate(key, wallet=COLD_WALLET, tier="COLD")
        body = accounts.mandate(COLD_WALLET, cap_window=Window(amount=10_000_000, seconds=86_400))
        accounts.officers.enact("MANDATE", body)
        return cls(
            bench,
            accounts,
            Mine(bench, accounts),
            Actions(accounts),
            bench.register(),
            accounts.address(key),
            _overdue(accounts),
        )

    def rival(self) -> Request:
        """Another payment with the coin of ``overdue``."""
        return _transfer(self.accounts, BUYER_ADDRESS)

    def escrow_intent(self, **changes: Any) -> Intent:
        """An award under the policy that is in force by now."""
        policy = self.accounts.intent().policy
        return self.bench.intent(self.terms, **{"policy": policy} | changes)

    def other_terms(self) -> Request:
        """Terms of another deal, which nobody has registered yet."""
        mediator = self.bench.key("mediator").public_key
        buyer, merchant = (public_key(f"{role} of another deal").hex() for role in ("buyer", "merchant"))
        terms = self.bench.terms(
            keys=RoleKeys(buyer=buyer, merchant=merchant, mediator=mediator),
            id="deal_01KAJ8P0000000000000000002",
        )
        signatures = tuple(
            party_signature(terms, role, key=f"{role} of another deal") for role in ("buyer", "merchant")
        )
        document = SignedTerms(document=terms, signatures=signatures)
        return self.bench.request("TERMS", "mediator", documents=(document,))


def _transfer(accounts: Accounts, to: str, **changes: Any) -> Request:
    intent = accounts.intent(payees=(Payee(to=to, amount=990_000),), **changes)
    coins = accounts.coins(1_000_000, salt=OVERDUE_COIN)
    return accounts.transfer(intent, psbt=accounts.psbt(intent.payees, coins=coins))


def _overdue(accounts: Accounts) -> Request:
    hands = accounts.bench.hands
    request = _transfer(accounts, MERCHANT_ADDRESS, expires_at=hands.now + timedelta(hours=1))
    with token_away(accounts.bench):
        accounts.bench.handle(request)
    hands.pass_by(hours=1)
    return request
