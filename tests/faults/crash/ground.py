"""The store that every cell begins with: all that any kind of request needs, set up by the officers."""

from dataclasses import dataclass
from typing import Any

from custody.statements.intent import Intent
from custody.statements.parts import Window
from custody.statements.request import Request
from custody.statements.terms import RoleKeys, SignedTerms, Terms
from tests.harness.bitcoin import public_key
from tests.signer.accounts import Accounts
from tests.signer.actions import Actions
from tests.signer.bench import Bench, party_signature
from tests.signer.test_block import Mine

COLD_WALLET = 2


@dataclass(frozen=True)
class Ground:
    """A furnished house: its wallets on two chains, a mandate, a block key, and a registered deal."""

    bench: Bench
    accounts: Accounts
    mine: Mine
    actions: Actions
    terms: Terms
    cold: str

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
        )

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
