"""Uses keys of the catalogue, each on its back-end, and proves every signature before it leaves."""

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from functools import cached_property

from custody.chains.bitcoin import hd
from custody.common.errors import InvalidInputError
from custody.hsm.backends import guards, registry
from custody.hsm.backends.interface import (
    CURVE_OF,
    SCHEME_OF,
    KeyBackend,
    KeyClass,
    MadeKey,
    MadeSeed,
    SeedHolder,
    TakesPin,
)
from custody.hsm.signer import derived
from custody.hsm.signer.store import kept_keys
from custody.hsm.signer.store.selectors import CatalogueKey
from custody.hsm.token.errors import KeyUnknownError, TokenClosedError, TokenPinError, TokenResultError
from custody.hsm.token.session import TokenSession
from custody.statements.key_account import KeyAccount
from custody.statements.proof import verify_p256, verify_secp256k1
from custody.statements.store_entry import Slot


class SigningToken:
    """The signer's keys: its own token, and the back-ends its installation names, opened at first use.

    Cold ones answer only between ``unlock`` and ``lock``. Raises what ``KeyBackend`` raises, and
    TokenResultError for a signature that does not verify.
    """

    def __init__(self, token: TokenSession) -> None:
        self.session = token
        self._backends: dict[str, KeyBackend] = {}
        self._timers: dict[str, threading.Timer] = {}
        # Ids of the sessions that this process has opened; kept by custody.hsm.signer.sessions.
        self.sessions: set[str] = set()
        # A back-end must not be locked between being found open and being used: it would log in again.
        self._in_use = threading.RLock()

    @cached_property
    def cold(self) -> frozenset[str]:
        """Names of the back-ends that are closed by default; as configured when this process began."""
        return registry.cold_names()

    def backend(self, name: str = registry.DEFAULT) -> KeyBackend:
        """The back-end of this name.

        Raises InvalidInputError when none is configured so, TokenClosedError while a cold one is locked.
        """
        if name not in self._backends:
            if name in self.cold:
                raise TokenClosedError(f"key back-end {name} is closed")
            self._backends[name] = self._opened(name)
        return self._backends[name]

    def opened(self) -> dict[str, KeyBackend]:
        """Back-ends that were used and are not locked, by name."""
        return dict(self._backends)

    def unlock(self, name: str, *, pin: str | None, seconds: float) -> KeyBackend:
        """Log in to a cold back-end and return it; it is locked again after ``seconds`` at the latest.

        Raises TokenPinError when it asks for a PIN and there is none, and what its log-in raises.
        """
        self.lock(name)
        backend = self._opened(name)
        if isinstance(backend, TakesPin) and backend.asks_pin:
            if pin is None:
                raise TokenPinError(f"key back-end {name} asks for a PIN", code="token_pin_missing")
            backend.take_pin(pin)
        try:
            backend.describe()
        except Exception:
            _locked(backend)
            raise
        self._backends[name] = backend
        self._timers[name] = timer = threading.Timer(seconds, self.lock, (name,))
        timer.daemon = True
        timer.start()
        return backend

    def lock(self, name: str) -> None:
        """Log out of a cold back-end and forget its PIN; nothing to do is fine."""
        with self._in_use:
            if timer := self._timers.pop(name, None):
                timer.cancel()
            if name in self.cold and (backend := self._backends.pop(name, None)):
                _locked(backend)

    def _opened(self, name: str) -> KeyBackend:
        own = name == registry.DEFAULT
        return registry.open_own(self.session) if own else registry.open_configured(name)

    def sign(self, key: CatalogueKey, digest: bytes) -> bytes:
        """Return r || s (low S for secp256k1) that verifies under the pinned public key."""
        signature = self.make(key, digest)
        check_signature(key, digest=digest, signature=signature)
        return signature

    def make(self, key: CatalogueKey, digest: bytes) -> bytes:
        """Like ``sign``, for callers who check the signature themselves before anything leaves."""
        with self._in_use:
            if key.key_class == KeyClass.WRAPPED:
                return self.backend(key.backend).sign_wrapped(
                    blob=_blob(key),
                    curve=CURVE_OF[SCHEME_OF[key.curve]],
                    digest32=digest,
                    public_key=bytes.fromhex(key.public_key),
                )
            return self.backend(key.backend).sign(
                handle=key.token_id, scheme=SCHEME_OF[key.curve], digest32=digest
            )

    def make_all(self, key: CatalogueKey, slots: Sequence[Slot]) -> dict[str, bytes]:
        """Signatures by slot; a derived key's seed is opened once for all of them."""
        if key.account is None:
            return {slot.slot: self.make(key, bytes.fromhex(slot.digest)) for slot in slots}
        wanted = [(slot.child or 0, bytes.fromhex(slot.digest)) for slot in slots]
        with self._seed(key.backend, _blob(key)) as seed:
            made = derived.sign_children(seed, account=key.account, wanted=wanted)
        return {slot.slot: signature for slot, signature in zip(slots, made, strict=True)}

    def destroy(self, key: CatalogueKey) -> None:
        """End a key that its back-end holds, for good; one that is gone already is fine."""
        with suppress(KeyUnknownError), self._in_use:
            self.backend(key.backend).destroy(key.token_id)

    def generate(
        self,
        *,
        label: str,
        curve: str,
        backend: str = registry.DEFAULT,
        key_class: KeyClass = KeyClass.NEVER_LEAVES,
    ) -> MadeKey:
        """Make a key of this class."""
        with self._in_use:
            return self.backend(backend).generate(
                label=label, curve=CURVE_OF[SCHEME_OF[curve]], key_class=key_class
            )

    def generate_seed(self, *, chain: str, backend: str = registry.DEFAULT) -> tuple[MadeSeed, KeyAccount]:
        """Make the seed of a derived key, and read the account off it."""
        with self._in_use:
            made = self._seeds(backend).generate_seed()
            with self._seed(backend, made.blob) as seed:
                return made, derived.account_of(seed, chain=chain)

    @contextmanager
    def _seed(self, backend: str, blob: bytes) -> Iterator[bytearray]:
        """An opened seed, overwritten at the end of the block."""
        with self._in_use:
            seed = self._seeds(backend).open_seed(blob)
        try:
            yield seed
        finally:
            seed[:] = bytes(len(seed))

    def _seeds(self, name: str) -> SeedHolder:
        backend = self.backend(name)
        if not isinstance(backend, SeedHolder):
            raise guards.missing(name, "seeds of derived keys")
        return backend


def public_key_of(key: CatalogueKey, child: int | None) -> str:
    """The compressed key (hex) that signs: the key's own, or that of a child of a derived one."""
    if key.account is None:
        return key.public_key
    return hd.child_key(key.account.xpub, child or 0).hex()


def check_signature(key: CatalogueKey, *, digest: bytes, signature: bytes, child: int | None = None) -> None:
    """Raise TokenResultError unless the signature verifies under the key of the catalogue."""
    verify = {"secp256k1": verify_secp256k1, "secp256r1": verify_p256}[key.curve]
    try:
        verify(public_key=public_key_of(key, child), digest=digest.hex(), signature=signature.hex())
    except InvalidInputError:
        raise TokenResultError(f"signature of key {key.id} does not verify") from None


def _locked(backend: KeyBackend) -> None:
    backend.close()
    if isinstance(backend, TakesPin):
        backend.take_pin(None)


def _blob(key: CatalogueKey) -> bytes:
    blob = kept_keys.blob_of(key.id)
    if blob is None:
        raise KeyUnknownError("the key's blob was removed")
    return blob
