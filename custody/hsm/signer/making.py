"""Makes a key on its back-end and writes it into the catalogue with the evidence of its origin.

Used by genesis and by ceremonies, and by nothing a message could reach.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from custody.common.errors import RefusedError
from custody.common.ids import new_id
from custody.hsm.backends.interface import MadeKey
from custody.hsm.backends.registry import DEFAULT
from custody.hsm.signer.keys import SigningToken
from custody.hsm.signer.store.journal import Draft
from custody.hsm.signer.store.selectors import CatalogueKey, SealCertificate

# What else the entry of a key says, once its id and public key are known.
Extra = Callable[[CatalogueKey], Mapping[str, Any]]


@dataclass(frozen=True)
class Wanted:
    """``state`` is the first one: ACTIVE in genesis, PRE_ACTIVE in a ceremony."""

    purpose: str
    curve: str
    label: str
    state: str
    backend: str = DEFAULT


def make_key(
    wanted: Wanted, *, token: SigningToken, at: datetime, extra: Extra = lambda key: {}
) -> tuple[CatalogueKey, Draft]:
    """Generate on the back-end and return the key with its entry, which is not written yet.

    Raises RefusedError for a key that could leave the token, and what the back-end raises.
    """
    made = token.generate(label=wanted.label, curve=wanted.curve, backend=wanted.backend)
    if not made.never_leaves:
        raise RefusedError("the token's key is not of class NEVER_LEAVES", code="key_class")
    key = CatalogueKey(
        id=new_id("key", at=at),
        purpose=wanted.purpose,
        curve=wanted.curve,
        public_key=made.public_key.hex(),
        token_id=made.handle,
        state=wanted.state,
        certificate=None,
        key_class="NEVER_LEAVES",
        backend=wanted.backend,
    )
    return key, Draft("KEY", _entry(key, made) | dict(extra(key)))


def _entry(key: CatalogueKey, made: MadeKey) -> dict[str, Any]:
    return {
        "key": key.id,
        "type": "KEY_ACTIVATE",
        "purpose": key.purpose,
        "curve": key.curve,
        "public_key": key.public_key,
        "token_id": key.token_id,
        "backend": key.backend,
        "class": key.key_class,
        "attributes": dict(made.attributes),
        "state": key.state,
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
