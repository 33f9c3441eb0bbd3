"""Reads of the store: the only facts besides the decoded bytes that rules may use."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from custody.common import clock
from custody.hsm.backends.registry import DEFAULT
from custody.hsm.signer.store import models, sql
from custody.hsm.signer.store.documents import account_from, one_time_from, terms_from
from custody.hsm.signer.trust.state import Accepted, TrustState
from custody.policy.facts import PastSpend
from custody.statements.audit_links import FIRST_PREVIOUS
from custody.statements.genesis import Genesis
from custody.statements.key_account import KeyAccount
from custody.statements.one_time import OneTime
from custody.statements.request import CertificateUse
from custody.statements.store_entry import StoreEntry
from custody.statements.terms import Terms
from custody.statements.trust import TYPES, TrustDocument

_PINNED = "SELECT instance, demo, hash FROM signer_store_genesis"
_KEYS = f"""
    SELECT id, purpose, curve, public_key, token_id, certificate, key_class,
        (SELECT state FROM signer_store_keystate WHERE key_id = k.id ORDER BY id DESC LIMIT 1),
        coalesce(backend, '{DEFAULT}'), account, binding,
        EXISTS (SELECT 1 FROM signer_store_keybackup WHERE key_id = k.id)
    FROM signer_store_key AS k
"""
_CERTIFICATES = """
    SELECT use, certificate, chain FROM signer_store_keycertificate WHERE key_id = ? ORDER BY entry_id
"""
_DEMO_CA = "SELECT certificate FROM signer_store_key WHERE purpose = 'demo_ca'"
_GENESIS = "SELECT body FROM signer_store_entry WHERE seq = 0"
# The hash of an entry names the whole chain up to it.
_LAST_TRUST = """
    SELECT seq, hash FROM signer_store_entry
    WHERE seq = max(
        coalesce((SELECT max(entry_id) FROM signer_store_trustdocument), 0),
        coalesce((SELECT max(entry_id) FROM signer_store_consoleorder), 0)
    )
"""
_TRUST = "SELECT entry_id, document, activates_at FROM signer_store_trustdocument"
_ORDERS = """
    SELECT seq, body FROM signer_store_consoleorder JOIN signer_store_entry ON seq = entry_id
"""
_STATEMENTS = "SELECT nonce, statement FROM signer_store_seenstatement WHERE nonce IN"
_COUNTER = "SELECT max(counter) FROM signer_store_seenstatement WHERE credential = ?"
_SPENDS = """
    SELECT asset, amount, fee, mandate, at FROM signer_store_intentanchor
    WHERE wallet = ?1 AND at > ?2 AND intent <> ?3
        AND intent NOT IN (SELECT intent FROM signer_store_attempt WHERE wallet = ?1 AND at > ?2)
    UNION ALL
    SELECT asset, amount, max(t.fee), mandate, max(t.at)
    FROM signer_store_attempt AS t JOIN signer_store_intentanchor USING (intent)
    WHERE intent IN (SELECT intent FROM signer_store_attempt WHERE wallet = ?1 AND at > ?2) AND intent <> ?3
    GROUP BY intent ORDER BY 5
"""
_CHECKPOINT_BEFORE = """
    SELECT position, link FROM signer_store_signedcheckpoint
    WHERE stream = ? AND position < ? ORDER BY position DESC LIMIT 1
"""
_LAST_NONCE = """
    SELECT max(nonce) FROM (
        SELECT max(nonce) AS nonce FROM signer_store_signednonce WHERE chain = ?1 AND account = ?2
        UNION ALL
        SELECT max(nonce) - 1 FROM signer_store_nextnonce WHERE chain = ?1 AND account = ?2
    )
"""
# Nonces of promises that lapsed and that nobody has used since; below an officers' word none counts.
_FREE_NONCE = """
    SELECT min(nonce) FROM signer_store_lapse AS lapse WHERE chain = ?1 AND account = ?2
    AND nonce >= coalesce(
        (SELECT max(nonce) FROM signer_store_nextnonce WHERE chain = ?1 AND account = ?2), 0
    ) AND NOT EXISTS (
        SELECT 1 FROM signer_store_signednonce
        WHERE chain = ?1 AND account = ?2 AND nonce = lapse.nonce
    )
"""
# Key by key, as the primary key of slots begins with the key.
_DIGESTS = """
    SELECT digest FROM signer_store_key AS k JOIN signer_store_slot AS s ON s.key_id = k.id AND s.slot = ?
"""
_LAST_BLOCK = """
    SELECT height, round FROM signer_store_signedblock
    WHERE key_id = ? AND chain = ? ORDER BY height DESC, round DESC LIMIT 1
"""
_STANDING_HEAD = """
    SELECT entry.hash FROM signer_store_presentedhead JOIN signer_store_entry AS entry ON seq = entry_id
    WHERE entry_id > coalesce((SELECT max(entry_id) FROM signer_store_recovery), -1)
    ORDER BY entry_id DESC LIMIT 1
"""
_RECOVERED = "SELECT max(at) FROM signer_store_recovery"
_OF_BEFORE_RECOVERY = """
    SELECT id FROM signer_store_key
    WHERE id = ? AND entry_id < (SELECT max(entry_id) FROM signer_store_recovery)
"""
_LAST_RECOVERY = "SELECT coalesce(max(entry_id), -1) FROM signer_store_recovery"
_HASHES = "SELECT hash FROM signer_store_entry WHERE seq BETWEEN ? AND ? ORDER BY seq"
_NO_LIMIT = 2**63 - 1


@dataclass(frozen=True)
class Pinned:
    """What genesis pinned for ever."""

    instance: str
    demo: bool
    genesis: str


@dataclass(frozen=True)
class CatalogueKey:
    """A key of ours; ``public_key``: compressed point in hex, ``token_id``: its handle on ``backend``."""

    id: str
    purpose: str
    curve: str
    public_key: str
    token_id: str
    certificate: bytes | None
    key_class: str
    state: str
    backend: str = DEFAULT
    account_bytes: bytes | None = None
    binding_bytes: bytes | None = None
    is_backed_up: bool | int = False

    @property
    def is_kept_outside(self) -> bool:
        """True for classes of which no token keeps the private key: what there is of it is a blob."""
        return self.key_class in {"WRAPPED", "DERIVED_IN_RAM"}

    @property
    def account(self) -> KeyAccount | None:
        """Of a derived key, where its public keys come from."""
        return account_from(self.account_bytes) if self.account_bytes else None

    @property
    def one_time(self) -> OneTime | None:
        """Of a one-time key, what it is for."""
        return one_time_from(self.binding_bytes) if self.binding_bytes else None


@dataclass(frozen=True)
class SealCertificate:
    """What seals of one use name: DER of the certificate, and of those above it."""

    use: CertificateUse
    certificate: bytes
    chain: tuple[bytes, ...]


def pinned() -> Pinned | None:
    """Return what genesis pinned, None before genesis."""
    for instance, demo, genesis in sql.rows(_PINNED):
        return Pinned(instance, bool(demo), genesis)
    return None


def key(key_id: str) -> CatalogueKey | None:
    found = sql.rows(f"{_KEYS} WHERE id = ?", key_id)
    return CatalogueKey(*found[0]) if found else None


def all_keys() -> list[CatalogueKey]:
    """All keys in the order they were made."""
    return [CatalogueKey(*row) for row in sql.rows(f"{_KEYS} ORDER BY entry_id")]


def certificates_of(key: CatalogueKey) -> list[SealCertificate]:
    """All certificates a key ever had, oldest first; the one it was made with is a DRAFT."""
    ca = tuple(bytes(authority) for (authority,) in sql.rows(_DEMO_CA))
    first = [SealCertificate("DRAFT", key.certificate, ca)] if key.certificate else []
    return first + [
        SealCertificate(use, bytes(own), tuple(map(bytes.fromhex, filter(None, chain.split(",")))))
        for use, own, chain in sql.rows(_CERTIFICATES, key.id)
    ]


def certificate_of(key: CatalogueKey, use: CertificateUse) -> SealCertificate | None:
    """The certificate that a key seals with for one use: the last that came."""
    return next((item for item in reversed(certificates_of(key)) if item.use == use), None)


def trust(*, before: int | None = None) -> TrustState:
    """The trust store with everything accepted so far; folded anew only when something was.

    ``before``: as it stood when the entry of this number was written.
    """
    ((seq, last),) = sql.rows(_LAST_TRUST)
    return _trust(last) if before is None or seq < before else _folded(before)


def statements_of(nonces: Collection[str]) -> dict[str, str]:
    """Nonces that statements were proved with → hash of the statement."""
    places = ", ".join("?" * len(nonces))
    return dict(sql.rows(f"{_STATEMENTS} ({places})", *nonces)) if nonces else {}


def last_counter(credential: str) -> int | None:
    """The highest counter an authenticator has shown."""
    ((counter,),) = sql.rows(_COUNTER, credential)
    return counter if counter is None else int(counter)


def is_rejected(subject: str) -> bool:
    """True when somebody rejected the document with this hash."""
    return sql.value(models.RejectedSubject, "subject", subject=subject) is not None


def terms(terms_hash: str) -> Terms | None:
    document = sql.value(models.Terms, "document", hash=terms_hash)
    return terms_from(bytes(document)) if document is not None else None


def terms_of_script(script: str) -> str | None:
    """Hash of the terms that own a witness script (hex)."""
    return _text(sql.value(models.Terms, "hash", script=script))


def digest_in(key_id: str, slot: str) -> str | None:
    """The digest a key has signed in a slot."""
    return _text(sql.value(models.Slot, "digest", key_id=key_id, slot=slot))


def digests_in(slot: str) -> set[str]:
    """What keys of ours have signed in a slot, each its own."""
    return {digest for (digest,) in sql.rows(_DIGESTS, slot)}


def request_hash(request_id: str) -> str | None:
    """Hash of the first bytes seen under a request id."""
    return _text(sql.value(models.SeenRequest, "request_hash", id=request_id))


def intent_seen_at(intent: str) -> datetime | None:
    at = sql.value(models.SeenIntent, "at", intent=intent)
    return clock.read_time(at) if at is not None else None


def intent_anchor(intent: str) -> str | None:
    return _text(sql.value(models.IntentAnchor, "anchor", intent=intent))


def spends_of(wallet: str, *, since: datetime, besides: str = "") -> tuple[PastSpend, ...]:
    """What signed intents took from a wallet after ``since``; each intent counts once, and for ever.

    Of an intent whose transaction was replaced the largest fee counts, from the last attempt on.
    ``besides``: hash of the intent that is judged, which an owner of a Safe may have signed already.
    """
    return tuple(
        PastSpend(
            asset=asset, amount=int(amount), fee=int(fee), mandate=mandate or None, at=clock.read_time(at)
        )
        for asset, amount, fee, mandate, at in sql.rows(_SPENDS, wallet, clock.write_time(since), besides)
    )


def last_nonce(chain: str, account: str) -> int | None:
    """The highest nonce signed for an account or a Safe, or that officers have said is used."""
    ((nonce,),) = sql.rows(_LAST_NONCE, chain, account)
    return nonce if nonce is None else int(nonce)


def next_nonce(chain: str, account: str) -> int | None:
    """The nonce that an account of ours signs next; None when nobody has said where it begins.

    One that a lapsed promise has left comes first, whatever was promised behind it: the chain waits for it.
    """
    ((free,),) = sql.rows(_FREE_NONCE, chain, account)
    if free is not None:
        return int(free)
    last = last_nonce(chain, account)
    return None if last is None else last + 1


def is_nonce_used(chain: str, account: str, nonce: int) -> bool:
    """True when something was signed with this nonce of an account or a Safe."""
    return sql.value(models.SignedNonce, "entry_id", chain=chain, account=account, nonce=nonce) is not None


def terms_anchor(terms_hash: str) -> str | None:
    return _text(sql.value(models.TermsAnchor, "anchor", terms=terms_hash))


def last_checkpoint(stream: str) -> tuple[int, str]:
    """Position and link of the last checkpoint signed for ``stream``; (0, zeros) before the first."""
    return checkpoint_before(stream, position=_NO_LIMIT)


def checkpoint_before(stream: str, *, position: int) -> tuple[int, str]:
    """Like ``last_checkpoint``, among those at a lower position."""
    for last, link in sql.rows(_CHECKPOINT_BEFORE, stream, position):
        return last, link
    return 0, FIRST_PREVIOUS


def last_block(key_id: str, chain: str) -> tuple[int, int] | None:
    """Height and round of the last header that a key signed for a network."""
    for height, number in sql.rows(_LAST_BLOCK, key_id, chain):
        return height, number
    return None


def entry_hashes(first: int, last: int) -> list[str]:
    """Hashes of our own entries ``first`` to ``last``, both included; shorter when some are not there."""
    return [entry for (entry,) in sql.rows(_HASHES, first, last)]


def standing_head() -> str | None:
    """Hash of the entry with the last head that was presented and not known; None after a recovery."""
    for (entry,) in sql.rows(_STANDING_HEAD):
        return str(entry)
    return None


def recovered_at() -> datetime | None:
    """When officers last ordered to go on with a store that was rewound."""
    ((at,),) = sql.rows(_RECOVERED)
    return clock.read_time(at) if at is not None else None


def is_of_before_recovery(key_id: str) -> bool:
    """True for a key that a lost part of this store may have used."""
    return bool(sql.rows(_OF_BEFORE_RECOVERY, key_id))


def last_recovery() -> int:
    """Number of the entry that ordered it; -1 while there is none."""
    ((seq,),) = sql.rows(_LAST_RECOVERY)
    return int(seq)


@lru_cache(maxsize=2)
def _trust(last: str) -> TrustState:
    """``last``: hash of the entry that accepted the newest document. Rows never change, so it names all."""
    return _folded(_NO_LIMIT)


def _folded(before: int) -> TrustState:
    ((genesis,),) = sql.rows(_GENESIS)
    by_entry = {
        seq: Accepted.of_document(TrustDocument.from_bytes(bytes(document)), clock.read_time(at))
        for seq, document, at in sql.rows(_TRUST)
    }
    by_entry |= {seq: _ordered(StoreEntry.from_bytes(bytes(body))) for seq, body in sql.rows(_ORDERS)}
    return TrustState(
        genesis=Genesis.from_json(StoreEntry.from_bytes(bytes(genesis)).body["genesis"]),
        accepted=tuple(by_entry[seq] for seq in sorted(by_entry) if seq < before),
    )


def _ordered(entry: StoreEntry) -> Accepted:
    """An order of the console counts like a document of its type, named by its entry."""
    order = entry.body["order"]
    _, form = TYPES[order["type"]]
    return Accepted(entry.hash, order["type"], form.read(order["body"]), entry.at)


def is_order_taken(nonce: str) -> bool:
    """True when an order of the console stands in the journal."""
    return sql.value(models.ConsoleOrder, "nonce", nonce=nonce) is not None


def _text(value: object) -> str | None:
    return None if value is None else str(value)
