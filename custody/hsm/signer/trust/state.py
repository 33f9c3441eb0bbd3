"""``TrustState``: whom and what the signer trusts at a moment, computed from what it has accepted.

Pure: documents in the order of their acceptance, each with the moment it takes effect, are folded
in that order, so that a revocation counts although the credential it revokes still waits for its
delay. A vetoed document never takes effect (trust.md 19).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import TypeVar

from custody.statements.credential import PersonCredential
from custody.statements.form import Form
from custody.statements.genesis import Genesis, Station
from custody.statements.mandate import Mandate, MandateEnd
from custody.statements.policy import Policy
from custody.statements.trust import FIRST_PREVIOUS, TrustDocument, TrustType, book_stream
from custody.statements.trust.assets import Abi, AssetEntry
from custody.statements.trust.book import BookAdd, BookEntry, BookRemove
from custody.statements.trust.deny import DeniedAddresses
from custody.statements.trust.holds import Hold, HoldEnd, Kill, Lease, Restart, Veto
from custody.statements.trust.keys import KeyActivate, KeyTemplate
from custody.statements.trust.people import PersonRevoke
from custody.statements.trust.policies import PolicyBody

F = TypeVar("F", bound=Form)


@dataclass(frozen=True)
class Accepted:
    """What the store has taken in: a document, or an order of the console, which has no stream.

    It counts from ``activates_at`` on, unless vetoed before; ``name`` is what others name it by.
    """

    name: str
    type: TrustType
    body: Form
    activates_at: datetime
    stream: str | None = None
    epoch: int = 0

    @classmethod
    def of_document(cls, document: TrustDocument, activates_at: datetime) -> "Accepted":
        """A trust document, named by its hash."""
        return cls(document.hash, document.type, document.body, activates_at, document.stream, document.epoch)


@dataclass(frozen=True)
class TrustState:
    """``accepted``: every stream in the order of its epochs; nothing here compares two streams."""

    genesis: Genesis
    accepted: tuple[Accepted, ...] = ()

    # --- chains of epochs -------------------------------------------------------------------

    def head(self, stream: str) -> tuple[int, str]:
        """Epoch and hash of the last accepted document of a stream; (0, zeros) before the first."""
        return self.heads.get(stream, (0, FIRST_PREVIOUS))

    def waiting(self, document: str, *, at: datetime) -> bool:
        """True while the document with this hash waits for its delay."""
        item = self._by_hash.get(document)
        return item is not None and item.activates_at > at and document not in self._vetoed

    def counts(self, item: Accepted, at: datetime) -> bool:
        """True once its delay is over, unless it was vetoed before."""
        return item.activates_at <= at and item.name not in self._vetoed

    # --- people and policy ------------------------------------------------------------------

    def credentials(self, *, at: datetime) -> tuple[PersonCredential, ...]:
        """All credentials that are valid now."""
        pinned = {_name(entry): entry for entry in self.genesis.people}
        for body in self._bodies("PERSON_CREDENTIAL", "PERSON_REVOKE", at=at):
            if isinstance(body, PersonCredential):
                pinned[_name(body)] = body
            elif isinstance(body, PersonRevoke):
                pinned = {name: entry for name, entry in pinned.items() if not _revokes(body, entry)}
        return tuple(entry for entry in pinned.values() if entry.valid_until > at)

    def is_known(self, person: str, *, at: datetime) -> bool:
        """True while a credential of this person is valid."""
        return any(entry.person == person for entry in self.credentials(at=at))

    def roles(self, person: str, *, at: datetime) -> frozenset[str]:
        """What a person may act as, by any of the credentials that are valid now."""
        own = (entry.roles for entry in self.credentials(at=at) if entry.person == person)
        return frozenset(role for roles in own for role in roles)

    def policy(self, *, at: datetime) -> Policy:
        """The policy that counts now."""
        bodies = [body for _, body in self._active("POLICY", PolicyBody, at=at)]
        return bodies[-1].policy if bodies else self.genesis.policy

    # --- keys and mandates ------------------------------------------------------------------

    def activation(self, key: str, *, at: datetime) -> KeyActivate | None:
        """What a key was taken into use for."""
        bodies = [body for _, body in self._active("KEY_ACTIVATE", KeyActivate, at=at) if body.key == key]
        return bodies[-1] if bodies else None

    def activations(self, *, at: datetime) -> tuple[KeyActivate, ...]:
        """The activations of all keys, each key's last one."""
        bodies = {body.key: body for _, body in self._active("KEY_ACTIVATE", KeyActivate, at=at)}
        return tuple(bodies.values())

    @cached_property
    def has_cold_keys(self) -> bool:
        """True when a key of tier COLD was ever accepted; spares asking for each key."""
        bodies = (item.body for item in self._by_type.get("KEY_ACTIVATE", ()))
        return any(isinstance(body, KeyActivate) and body.is_cold for body in bodies)

    def templates(self, *, at: datetime) -> dict[str, tuple[str, KeyTemplate]]:
        """Templates of one-time keys by wallet, each wallet's last one with the hash of its document."""
        return {
            body.wallet.wallet: (name, body)
            for name, body in self._active("KEY_TEMPLATE", KeyTemplate, at=at)
        }

    def mandate(self, mandate: str, *, at: datetime) -> Mandate | None:
        """A mandate as it stands, inside its time; None once ended."""
        found: Mandate | None = None
        for body in self._bodies("MANDATE", "MANDATE_END", at=at):
            if isinstance(body, Mandate) and body.mandate == mandate:
                found = body
            elif isinstance(body, MandateEnd) and body.mandate == mandate:
                found = None
        return found if found and found.valid_from <= at < found.valid_until else None

    def stations(self, *, at: datetime) -> tuple[Station, ...]:
        """Approval stations that are believed now; a later one replaces that of the same origin."""
        known = {station.origin: station for station in self.genesis.stations}
        known |= {station.origin: station for _, station in self._active("STATION", Station, at=at)}
        return tuple(known.values())

    # --- addresses and assets ---------------------------------------------------------------

    def book_entry(
        self, document: str, address: str, *, chain: str, client: str | None, at: datetime
    ) -> BookEntry | None:
        """The entry for an address that a document of this client's book brought, unless taken out since."""
        item, stream = self._by_hash.get(document), book_stream(client)
        if item is None or item.stream != stream or not self.counts(item, at):
            return None
        own = self.accepted[self.accepted.index(item) :]
        later = [entry.body for entry in own if entry.stream == stream]
        if BookRemove(chain=chain, address=address) in later or not isinstance(later[0], BookAdd):
            return None
        found = (entry for entry in later[0].entries if (entry.chain, entry.address) == (chain, address))
        return next(found, None)

    def is_denied(self, address: str, *, chain: str) -> bool:
        """True when the last word about an address is a denial; neither word ever waits."""
        return (chain, address) in self._denied

    def asset(self, asset: str, *, at: datetime) -> AssetEntry | None:
        """The entry of an asset, unless removed."""
        bodies = [body for _, body in self._active("ASSET", AssetEntry, at=at) if body.asset == asset]
        return bodies[-1] if bodies and not bodies[-1].removed else None

    def abi(self, contract: str, *, chain: str, at: datetime) -> Abi | None:
        """The methods of a contract that may be called."""
        bodies = [body for _, body in self._active("ABI", Abi, at=at)]
        own = [body for body in bodies if (body.chain, body.contract) == (chain, contract)]
        return own[-1] if own and own[-1].methods else None

    # --- what stands still ------------------------------------------------------------------

    def holds(self, *, at: datetime) -> dict[str, Hold]:
        """Holds that stand, by the hash of their document."""
        ended = {body.hold for _, body in self._active("HOLD_END", HoldEnd, at=at)}
        return {name: body for name, body in self._active("HOLD", Hold, at=at) if name not in ended}

    def kills(self, *, at: datetime) -> dict[str, Kill]:
        """Kills that no restart has named, by the hash of their document."""
        ended = {body.kill for _, body in self._active("RESTART", Restart, at=at)}
        return {name: body for name, body in self._active("KILL", Kill, at=at) if name not in ended}

    def is_killed(self, key: str, *, at: datetime) -> bool:
        """True while a kill of this key, or of all keys, stands."""
        return any(kill.key in {None, key} for kill in self.kills(at=at).values())

    def duty(self, *, at: datetime) -> tuple[datetime, ...]:
        """Ends of the leases that run, of people who are still known; empty when nobody is on duty."""
        leases = [body for _, body in self._active("LEASE", Lease, at=at)]
        running = (lease for lease in leases if lease.until > at)
        return tuple(lease.until for lease in running if self.is_known(lease.person, at=at))

    # --- folding ----------------------------------------------------------------------------

    @cached_property
    def heads(self) -> dict[str, tuple[int, str]]:
        """Stream → epoch and hash of its last document."""
        return {item.stream: (item.epoch, item.name) for item in self.accepted if item.stream}

    @cached_property
    def _by_hash(self) -> dict[str, Accepted]:
        return {item.name: item for item in self.accepted}

    @cached_property
    def _vetoed(self) -> frozenset[str]:
        bodies = (item.body for item in self.accepted)
        return frozenset(body.document for body in bodies if isinstance(body, Veto))

    @cached_property
    def _denied(self) -> frozenset[tuple[str, str]]:
        denied: set[tuple[str, str]] = set()
        for item in self.accepted:
            if isinstance(body := item.body, DeniedAddresses):
                named = {(body.chain, address) for address in body.addresses}
                denied = denied | named if item.type == "DENY_ADD" else denied - named
        return frozenset(denied)

    @cached_property
    def _by_type(self) -> dict[str, list[Accepted]]:
        sorted_out: dict[str, list[Accepted]] = {}
        for item in self.accepted:
            sorted_out.setdefault(item.type, []).append(item)
        return sorted_out

    def _active(self, kind: TrustType, form: type[F], *, at: datetime) -> Iterator[tuple[str, F]]:
        """Hash and body of the documents of one type that count now."""
        for item in self._by_type.get(kind, ()):
            if self.counts(item, at) and isinstance(item.body, form):
                yield item.name, item.body

    def _bodies(self, *kinds: TrustType, at: datetime) -> Iterator[Form]:
        """Bodies of several types in the order of acceptance."""
        if any(kind in self._by_type for kind in kinds):
            for item in self.accepted:
                if item.type in kinds and self.counts(item, at):
                    yield item.body


def _name(entry: PersonCredential) -> tuple[str, str]:
    return entry.person, entry.credential.name


def _revokes(body: PersonRevoke, entry: PersonCredential) -> bool:
    return body.person == entry.person and body.credential in {None, entry.credential.name}
