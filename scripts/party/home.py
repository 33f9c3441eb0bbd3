"""The party's directory: key, payout address, own nonces and signed terms, for its owner alone.

Files are made once and never overwritten.
"""

import os
from dataclasses import dataclass
from pathlib import Path

from coincurve import PrivateKey

from custody.chains.bitcoin.address import canonical_address
from custody.common.errors import RefusedError
from custody.statements.fields import Address, Chain, CompressedKey, Text
from custody.statements.form import Document
from custody.statements.terms import Terms
from scripts.private_files import check_rights, make_private_directory, write_once

KEY_SIZE = 32
NONCE_SIZE = 16


@dataclass(frozen=True, kw_only=True)
class Identity(Document):
    """What the party wrote down at the beginning; ``payout`` is where it wants to be paid."""

    FORMAT = "custody-party/identity/v1"

    name: Text
    chain: Chain
    public_key: CompressedKey
    payout: Address | None = None


@dataclass(frozen=True)
class Home:
    """An opened directory; made by ``create`` or found by ``find``."""

    path: Path
    identity: Identity

    @classmethod
    def create(cls, path: Path, *, name: str, chain: str, payout: str | None) -> "Home":
        """Make directory and key.

        ``chain`` is a known CAIP-2 id. Raises RefusedError when a key lies there, InvalidInputError for a
        bad address.
        """
        spelled = canonical_address(payout, chain, field="payout") if payout else None
        make_private_directory(path)
        secret = os.urandom(KEY_SIZE)
        public_key = PrivateKey(secret).public_key.format().hex()
        identity = Identity(name=name, chain=chain, public_key=public_key, payout=spelled)
        write_once(path / "key", secret.hex().encode(), code="key_exists")
        write_once(path / "identity.json", identity.to_bytes(), code="key_exists")
        return cls(path, identity)

    @classmethod
    def find(cls, path: Path) -> "Home":
        """Open a directory that ``create`` made; raises RefusedError when others may read it."""
        for place in (path, path / "key", path / "identity.json"):
            check_rights(place)
        return cls(path, Identity.from_bytes((path / "identity.json").read_bytes()))

    def key(self) -> PrivateKey:
        return PrivateKey(bytes.fromhex((self.path / "key").read_text()))

    def make_nonce(self) -> str:
        """Make and remember 16 random bytes for one challenge."""
        nonce = os.urandom(NONCE_SIZE).hex()
        write_once(self._nonce(nonce), b"", code="nonce_exists")
        return nonce

    def knows_nonce(self, nonce: str) -> bool:
        """True when this party made the nonce."""
        return self._nonce(nonce).exists()

    def bind_nonce(self, nonce: str, *, challenge: str) -> None:
        """Use a nonce for the challenge with this hash; raises RefusedError when it served another."""
        write_once(self._nonce(nonce).with_suffix(".used"), challenge.encode(), code="nonce_used")

    def remember_terms(self, terms: Terms) -> None:
        """Keep signed terms; raises RefusedError when others were signed for the same script."""
        write_once(self._terms(terms.address), terms.to_bytes(), code="script_already_signed")

    def has_signed(self, terms: Terms) -> bool:
        """True when exactly these terms were signed here."""
        place = self._terms(terms.address)
        return place.exists() and place.read_bytes() == terms.to_bytes()

    def signed_terms(self, hash_: str) -> Terms:
        """Return signed terms by hash; raises RefusedError when these were not signed here."""
        for place in sorted((self.path / "terms").glob("*.json")):
            terms = Terms.from_bytes(place.read_bytes())
            if terms.hash == hash_:
                return terms
        raise RefusedError("these terms were not signed here", code="terms_not_signed", field="/terms")

    def _nonce(self, nonce: str) -> Path:
        return self.path / "nonces" / nonce

    def _terms(self, address: str) -> Path:
        return self.path / "terms" / f"{address}.json"
