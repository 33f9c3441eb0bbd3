"""Reads of the store about keys that are kept as blobs: one-time keys, derived wallets, wrapped ones."""

from dataclasses import dataclass
from datetime import datetime

from custody.hsm.signer.store import journal, models, sql
from custody.statements.store_entry import StoreEntry

_NEXT = "SELECT count(*) FROM signer_store_onetimekey WHERE wallet = ?"
_OPEN = """
    SELECT count(*) FROM signer_store_onetimekey AS o WHERE wallet = ? AND NOT EXISTS (
        SELECT 1 FROM signer_store_keystate AS s WHERE s.key_id = o.key AND s.state = 'DESTROYED'
    )
"""
_WITHOUT_BACKUP = """
    SELECT id FROM signer_store_key AS k WHERE blob IS NOT NULL AND NOT EXISTS (
        SELECT 1 FROM signer_store_keybackup WHERE key_id = k.id
    ) AND NOT EXISTS (
        SELECT 1 FROM signer_store_keystate WHERE key_id = k.id AND state = 'DESTROYED'
    ) ORDER BY entry_id
"""
_TO_REMOVE = """
    SELECT id FROM signer_store_key AS k WHERE blob IS NOT NULL AND EXISTS (
        SELECT 1 FROM signer_store_keystate WHERE key_id = k.id AND state = 'DESTROYED'
    ) ORDER BY entry_id
"""
_STATE_ENTRIES = """
    SELECT request_hash, body FROM signer_store_entry
    WHERE seq IN (SELECT entry_id FROM signer_store_keystate WHERE key_id = ?) ORDER BY seq
"""
_SIGNED_IN = """
    SELECT request_hash FROM signer_store_entry
    WHERE seq IN (SELECT entry_id FROM signer_store_slot WHERE key_id = ?) ORDER BY seq
"""


@dataclass(frozen=True)
class SignedSpend:
    """A transaction that a key was asked to sign, and when."""

    txid: str
    at: datetime


def next_index(wallet: str) -> int:
    """Number of the next one-time key of a wallet; those that are promised count."""
    ((count,),) = sql.rows(_NEXT, wallet)
    return int(count)


def open_keys(wallet: str) -> int:
    """How many one-time keys of a wallet are not destroyed; those that are promised count."""
    ((count,),) = sql.rows(_OPEN, wallet)
    return int(count)


def one_time_key(wallet: str, index: int) -> str | None:
    """Id of the key that was promised as this number of the wallet; it may not be made yet."""
    found = sql.value(models.OneTimeKey, "key", wallet=wallet, number=index)
    return None if found is None else str(found)


def blob_of(key_id: str) -> bytes | None:
    """The wrapped private key or seed; None once it was removed."""
    found = sql.value(models.Key, "blob", id=key_id)
    return None if found is None else bytes(found)


def issued_as(address: str) -> tuple[str, int] | None:
    """Key and number of an address that was attested."""
    statement = "SELECT key_id, number FROM signer_store_issuedaddress WHERE address = ?"
    for key_id, index in sql.rows(statement, address):
        return key_id, index
    return None


def highest_issued(key_id: str) -> int:
    """The highest number of an address that was attested for a key; 0 before the first."""
    statement = "SELECT max(number) FROM signer_store_issuedaddress WHERE key_id = ?"
    ((index,),) = sql.rows(statement, key_id)
    return int(index or 0)


def without_backup() -> list[str]:
    """Keys whose blob is not known to be durable in its second place."""
    return [key for (key,) in sql.rows(_WITHOUT_BACKUP)]


def to_remove() -> list[str]:
    """Destroyed keys whose blob is still there."""
    return [key for (key,) in sql.rows(_TO_REMOVE)]


def state_entries(key_id: str) -> list[tuple[str, StoreEntry]]:
    """The entries about a key, oldest first, each with the request that caused it (empty: none)."""
    return [
        (request, StoreEntry.from_bytes(bytes(body))) for request, body in sql.rows(_STATE_ENTRIES, key_id)
    ]


def spends_signed(key_id: str) -> list[SignedSpend]:
    """The transactions that a key has signed, or was about to."""
    found = []
    for (request_hash,) in sql.rows(_SIGNED_IN, key_id):
        seen = journal.of_request(request_hash)[0]
        found.append(SignedSpend(txid=seen.body["spend"]["txid"], at=seen.at))
    return found
