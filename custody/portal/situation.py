"""Where a deal stands as seen by one party: everything its page needs, read once and when asked."""

from dataclasses import dataclass
from functools import cached_property

from custody.accounts.models import User
from custody.accounts.permissions import visible
from custody.accounts.roles import Right
from custody.common.money import show_amount
from custody.escrow import selectors
from custody.escrow.models import (
    Deal,
    Decision,
    Dispute,
    KeyChallenge,
    Participant,
    Payout,
    Role,
    TermsRegistration,
    TermsVersion,
)
from custody.escrow.states import State
from custody.statements.terms import Terms
from custody.wallets import selectors as wallets
from custody.wallets.models import TxAttempt, Wallet
from custody.wallets.selectors import Funding

BITCOIN_DECIMALS = 8
OTHER = {Role.BUYER: Role.MERCHANT, Role.MERCHANT: Role.BUYER}


@dataclass(frozen=True)
class Situation:
    """A deal, and which of its two parties the reader belongs to."""

    deal: Deal
    me: Participant
    may_act: bool

    @property
    def state(self) -> State:
        return State(self.deal.state)

    @property
    def is_buyer(self) -> bool:
        return self.me.role == Role.BUYER

    @cached_property
    def other(self) -> Participant:
        return selectors.participant(self.deal, OTHER[Role(self.me.role)])

    @cached_property
    def is_held(self) -> bool:
        return selectors.is_held(self.deal)

    @cached_property
    def version(self) -> TermsVersion | None:
        return selectors.current_version(self.deal)

    @cached_property
    def terms(self) -> Terms | None:
        return selectors.decode_terms(self.version) if self.version else None

    @cached_property
    def signed(self) -> list[str]:
        """Roles that have signed the terms."""
        return sorted(selectors.roles_signed(self.version)) if self.version else []

    @cached_property
    def registration(self) -> TermsRegistration | None:
        return getattr(self.version, "registration", None)

    @cached_property
    def challenge(self) -> KeyChallenge | None:
        return selectors.current_challenge(self.version) if self.version else None

    @property
    def has_given_nonce(self) -> bool:
        return bool(self.challenge and getattr(self.challenge, f"{self.me.role}_nonce"))

    @cached_property
    def proven(self) -> list[str]:
        """Roles that have proven their key."""
        return sorted(selectors.roles_proven(self.challenge)) if self.challenge else []

    @cached_property
    def confirmed(self) -> set[str]:
        """Roles that have compared the address."""
        return selectors.roles_confirmed(self.version) if self.version else set()

    @cached_property
    def wallet(self) -> Wallet | None:
        return selectors.wallet_of(self.deal)

    @cached_property
    def funding(self) -> Funding | None:
        return wallets.wallet_funding(self.wallet) if self.wallet else None

    @property
    def missing(self) -> int:
        """Satoshi to pay until the agreed amount stands in blocks."""
        agreed: int = self.deal.amount
        return max(agreed - (self.funding.received if self.funding else 0), 0)

    @property
    def missing_bitcoin(self) -> str:
        """What is missing as BIP21 and programs take it, e.g. ``0.01000000``."""
        return show_amount(self.missing, decimals=BITCOIN_DECIMALS, comma=".")

    @cached_property
    def payout(self) -> Payout | None:
        return selectors.current_payout(self.deal)

    @cached_property
    def attempt(self) -> TxAttempt | None:
        return wallets.attempt_of(self.payout.intent) if self.payout else None

    @cached_property
    def payout_signers(self) -> set[str]:
        """Public keys that have signed the current payout."""
        return wallets.signed_keys(self.attempt) if self.attempt else set()

    @cached_property
    def dispute(self) -> Dispute | None:
        return self.deal.disputes.order_by("-opened_at", "-pk").first()

    @cached_property
    def decision(self) -> Decision | None:
        """The decision in force; one that still waits for a second person is not shown."""
        rows = self.deal.decisions.filter(state=Decision.State.CONFIRMED)
        return rows.order_by("-closed_at").first()


def situation_of(user: User, deal: Deal) -> Situation | None:
    """Return the deal as ``user`` sees it, None for somebody who belongs to neither party."""
    clients = user.memberships.values("client_id")
    own = deal.participants.filter(client_id__in=clients).select_related("client").order_by("role").first()
    if own is None:
        return None
    may_act = visible(user, Deal.objects.filter(pk=deal.pk), Right.ACT_IN_DEAL).exists()
    return Situation(deal, own, may_act)
