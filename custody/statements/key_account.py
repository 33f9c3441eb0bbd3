"""The public side of a derived key: its account, from which every address of the wallet follows (BIP32)."""

from dataclasses import dataclass
from typing import Annotated

from custody.statements.codecs import Pattern
from custody.statements.fields import Chain
from custody.statements.form import Form

Xpub = Annotated[str, Pattern("an extended public key", r"[xt]pub[1-9A-HJ-NP-Za-km-z]{107}")]
Fingerprint = Annotated[str, Pattern("a key fingerprint of 4 bytes in hex", r"[0-9a-f]{8}")]
HardenedPath = Annotated[str, Pattern("a hardened path", r"(0|[1-9][0-9]{0,9})h(/(0|[1-9][0-9]{0,9})h)*")]


@dataclass(frozen=True, kw_only=True)
class KeyAccount(Form):
    """``fingerprint`` of the master key and ``path`` from it to the account, whose key is ``xpub``."""

    chain: Chain
    fingerprint: Fingerprint
    path: HardenedPath
    xpub: Xpub
