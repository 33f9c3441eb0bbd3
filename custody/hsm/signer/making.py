"""Makes a key on its back-end and writes it into the catalogue with the evidence of its origin.

Used by genesis, by ceremonies and, for one-time keys, under a template of the officers.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from custody.chains.bitcoin import hd
from custody.common.errors import RefusedError
from custody.common.ids import new_id
from custody.hsm.backends.interface import KeyClass
from custody.hsm.backends.registry import DEFAULT
from custody.hsm.signer.keys import SigningToken
from custody.hsm.signer.store.blobs import digest_of
from custody.hsm.signer.store.journal import Draft
from custody.hsm.signer.store.selectors import CatalogueKey, SealCertificate
from custody.statements.key_account import KeyAccount

# What else the entry of a key says, once its id and public key are known.
Extra = Callable[[CatalogueKey], Mapping[str, Any]]
# What a token must say of a key that it wraps out.
_BORN_WRAPPED = ("sensitive", "always_sensitive", "local", "wrap_with_trusted")


@dataclass(frozen=True)
class Wanted:
    """``state`` is the first one: ACTIVE in genesis, PRE_ACTIVE elsewhere.

    ``chain`` belongs to class DERIVED_IN_RAM; ``id`` is given where it was promised before.
    """

    purpose: str
    curve: str
    label: str
    state: str
    backend: str = DEFAULT
    key_class: str = "NEVER_LEAVES"
    chain: str | None = None
    id: str | None = None


@dataclass(frozen=True)
class _Born:
    """What came of it; without a handle, the key exists as its blob alone."""

    public_key: str
    attributes: Mapping[str, bool | str]
    handle: str | None = None
    blob: bytes | None = None
    account: KeyAccount | None = None


def make_key(
    wanted: Wanted, *, token: SigningToken, at: datetime, extra: Extra = lambda key: {}
) -> tuple[CatalogueKey, Draft]:
    """Generate on the back-end and return the key with its entry, which is not written yet.

    Raises RefusedError for a key whose evidence is not that of its class, and what the back-end raises.
    """
    born = _MAKERS[wanted.key_class](wanted, token)
    identifier = wanted.id or new_id("key", at=at)
    key = CatalogueKey(
        id=identifier,
        purpose=wanted.purpose,
        curve=wanted.curve,
        public_key=born.public_key,
        token_id=born.handle or identifier,
        state=wanted.state,
        certificate=None,
        key_class=wanted.key_class,
        backend=wanted.backend,
    )
    return key, Draft("KEY", _entry(key, born) | dict(extra(key)), born.blob)


def _never_leaves(wanted: Wanted, token: SigningToken) -> _Born:
    made = token.generate(label=wanted.label, curve=wanted.curve, backend=wanted.backend)
    if not made.never_leaves:
        raise RefusedError("the token's key is not of class NEVER_LEAVES", code="key_class")
    return _Born(made.public_key.hex(), made.attributes, handle=made.handle)


def _wrapped(wanted: Wanted, token: SigningToken) -> _Born:
    made = token.generate(
        label=wanted.label, curve=wanted.curve, backend=wanted.backend, key_class=KeyClass.WRAPPED
    )
    _check_born_wrapped(made.attributes)
    return _Born(made.public_key.hex(), made.attributes, blob=made.blob)


def _derived(wanted: Wanted, token: SigningToken) -> _Born:
    """``public_key`` is that of the first address, so that whoever pays to a key pays to the wallet."""
    seed, account = token.generate_seed(chain=wanted.chain or "", backend=wanted.backend)
    _check_born_wrapped(seed.attributes)
    first = hd.child_key(account.xpub, 0).hex()
    return _Born(first, seed.attributes, blob=seed.blob, account=account)


def _check_born_wrapped(attributes: Mapping[str, bool | str]) -> None:
    if not all(attributes.get(name) is True for name in _BORN_WRAPPED):
        raise RefusedError("the token's key was not born inside and wrapped there", code="key_class")


_MAKERS: Mapping[str, Callable[[Wanted, SigningToken], _Born]] = {
    "NEVER_LEAVES": _never_leaves,
    "WRAPPED": _wrapped,
    "DERIVED_IN_RAM": _derived,
}


def _entry(key: CatalogueKey, born: _Born) -> dict[str, Any]:
    return {
        "key": key.id,
        "purpose": key.purpose,
        "curve": key.curve,
        "public_key": key.public_key,
        "token_id": key.token_id,
        "backend": key.backend,
        "class": key.key_class,
        "attributes": dict(born.attributes),
        "state": key.state,
        **({"blob": digest_of(born.blob)} if born.blob is not None else {}),
        **({"account": born.account.to_json()} if born.account is not None else {}),
    }


def certified(key: CatalogueKey, known: SealCertificate) -> Draft:
    """The entry that gives a key a certificate for one use; its state stays."""
    body = {
        "key": key.id,
        "state": key.state,
        "use": known.use,
        "certificate": known.certificate.hex(),
        "chain": [item.hex() for item in known.chain],
    }
    return Draft("KEY", body)
