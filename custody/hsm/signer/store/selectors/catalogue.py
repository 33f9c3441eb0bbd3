"""The keys of ours and their certificates, as the store has them."""

from dataclasses import dataclass

from custody.hsm.backends.registry import DEFAULT
from custody.hsm.signer.store import sql
from custody.hsm.signer.store.documents import account_from, one_time_from
from custody.statements.key_account import KeyAccount
from custody.statements.one_time import OneTime
from custody.statements.request import CertificateUse

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
_OF_BEFORE_RECOVERY = """
    SELECT id FROM signer_store_key
    WHERE id = ? AND entry_id < (SELECT max(entry_id) FROM signer_store_recovery)
"""


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


def is_of_before_recovery(key_id: str) -> bool:
    """True for a key that a lost part of this store may have used."""
    return bool(sql.rows(_OF_BEFORE_RECOVERY, key_id))
