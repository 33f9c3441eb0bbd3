"""The facts every spend is judged by, whatever its chain: intent, source, approvals, what is known around it.

The source is a deal with registered terms, or a wallet of the catalogue with a key of its own.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cached_property

from custody.hsm.signer import approvals
from custody.hsm.signer.addresses import address_of_key
from custody.hsm.signer.approvals import Verdicts, Wanted
from custody.hsm.signer.case import Case, Message
from custody.hsm.signer.facts import proven
from custody.hsm.signer.refusal import Refusal
from custody.hsm.signer.store import kept_keys, selectors
from custody.hsm.signer.store.selectors import CatalogueKey
from custody.hsm.signer.trust.quorum import NO_PERSON
from custody.policy.facts import Approver, OwnWallet, SpendFacts
from custody.policy.windows import longest_window
from custody.statements.approval import Subject
from custody.statements.fact import Fact
from custody.statements.intent import Intent
from custody.statements.mandate import Mandate
from custody.statements.store_entry import Anchor
from custody.statements.terms import Terms
from custody.statements.trust.keys import KeyActivate, WalletBinding

APPROVALS = "/approvals"


@dataclass(frozen=True)
class IntentCase(Case, ABC):
    """Decoded lazily: a rule that refuses early spares the rest.

    A chain says what its transaction does, what it may cost at most, and what of it is signed.
    """

    @property
    @abstractmethod
    def paid(self) -> SpendFacts:
        """What the decoded transaction does, and nothing around it."""

    @property
    @abstractmethod
    def anchor(self) -> Anchor:
        """What every attempt of the intent must use."""

    @property
    @abstractmethod
    def messages(self) -> tuple[Message, ...]:
        """What is signed, slot by slot."""

    @property
    def txid(self) -> str | None:
        """Id the transaction will have, where that is known before it is signed."""
        return None

    @abstractmethod
    def place_of(self, message: Message) -> str:
        """Where the request asks for it, as a JSON pointer."""

    @cached_property
    def intent(self) -> Intent:
        if self.request.intent is None:
            raise Refusal("bad_field", "/intent")
        return self.request.intent

    @property
    def is_escrow(self) -> bool:
        return self.intent.source.owner == "ESCROW"

    @cached_property
    def first_seen_at(self) -> datetime:
        """When this intent was first presented, in whatever request."""
        return selectors.intent_seen_at(self.intent.hash) or self.at

    @cached_property
    def registered(self) -> Terms | None:
        return selectors.terms(self.intent.source.terms or "")

    @cached_property
    def wallet(self) -> WalletBinding:
        """The wallet of the key, by its activation."""
        if self.activation.wallet is None:
            raise Refusal("key_without_wallet", "/key")
        return self.activation.wallet

    @cached_property
    def address(self) -> str:
        """The one address of the key on the chain of its wallet."""
        return address_of_key(self.key.public_key, self.wallet.chain)

    @cached_property
    def mandate(self) -> Mandate | None:
        """The mandate the request names, as the trust store holds it now."""
        if self.request.mandate is None:
            return None
        mandate = self.trust.mandate(self.request.mandate, at=self.at)
        if mandate is None:
            raise Refusal("no_such_mandate", "/mandate")
        return mandate

    @cached_property
    def verdicts(self) -> Verdicts:
        """The approvals of this very intent."""
        subject = Subject(format="custody/intent/v1", hash=self.intent.hash)
        return approvals.verify(
            self.request.approvals, Wanted(subject, self.intent.expires_at),
            trust=self.trust, at=self.at, pointer=APPROVALS,
        )  # fmt: skip

    @cached_property
    def proven(self) -> tuple[Fact, ...]:
        """Facts signed by a witness whose key the trust store pins; what scripts hold is none for a spend."""
        facts = proven(self.request.facts, trust=self.trust, at=self.at)
        return tuple(fact for fact in facts if isinstance(fact, Fact))

    @cached_property
    def facts(self) -> SpendFacts:
        """What the policy engine judges: decoded bytes, our own store, proved words; nothing stated."""
        window = timedelta(seconds=longest_window(self.policy, self.mandate))
        return replace(
            self.paid,
            at=self.at,
            approvers=tuple(
                Approver(person=person, roles=tuple(roles))  # type: ignore[arg-type]
                for person, roles in self.verdicts.roles.items()
                if person != self.intent.maker and not roles & NO_PERSON
            ),
            past=selectors.spends_of(
                self.intent.source.wallet, since=self.at - window, besides=self.intent.hash
            )
            if window
            else (),
            own=tuple(self._own_wallets()),
            booked=tuple(payee.to for payee in self.intent.payees if self._is_booked(payee.to, payee.entry)),
            mandate=self.mandate,
            source_tier=None if self.is_escrow else self.wallet.tier,
            proven=self.proven,
        )

    def _own_wallets(self) -> Iterator[OwnWallet]:
        """Payees that are single-key wallets of our catalogue whose key may be used now.

        Never a Safe: its other owners are none of ours to vouch for.
        """
        payees = {payee.to for payee in self.intent.payees}
        yield from self._issued_wallets(payees)
        for item in self.trust.activations(at=self.at):
            binding = item.wallet
            if binding is None or binding.safe is not None or binding.chain != self.intent.chain:
                continue
            address = address_of_key(item.public_key, binding.chain)
            if address in payees and self._may_receive(selectors.key(item.key), item):
                yield _own(address, item, binding)

    def _issued_wallets(self, payees: set[str]) -> Iterator[OwnWallet]:
        """Payees that are attested addresses of one-time keys, or further ones of derived wallets."""
        for address in sorted(payees):
            issued = kept_keys.issued_as(address) or ("", 0)
            key = selectors.key(issued[0])
            # The first address of any other key is found by its activation.
            if key is None or not (key.one_time or issued[1]):
                continue
            item = key.one_time.activation if key.one_time else self.trust.activation(key.id, at=self.at)
            if item is None or not self._may_receive(key, item):
                continue
            if item.wallet is not None and item.wallet.chain == self.intent.chain:
                yield _own(address, item, item.wallet)

    def _may_receive(self, key: CatalogueKey | None, item: KeyActivate) -> bool:
        """Can what arrives there be spent again? A one-time key that was used may be gone any moment."""
        return (
            key is not None
            and key.state == "ACTIVE"
            and item.valid_from <= self.at < item.valid_until
            and not self.trust.is_killed(key.id, at=self.at)
            and (bool(key.is_backed_up) or not key.is_kept_outside)
            and not (key.one_time and kept_keys.spends_signed(key.id))
        )

    def _is_booked(self, address: str, entry: str | None) -> bool:
        """Under the entry that the payee names, in a book of the source's owner."""
        if entry is None:
            return False
        known = self.trust.book_entry(
            entry, address, chain=self.intent.chain, client=self.intent.source.client, at=self.at
        )
        return known is not None


def _own(address: str, item: KeyActivate, binding: WalletBinding) -> OwnWallet:
    return OwnWallet(
        address=address,
        wallet=binding.wallet,
        owner=binding.owner,
        client=binding.client,
        tier=binding.tier,
        key_class=item.class_,
    )
