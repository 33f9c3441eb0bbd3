"""One-time keys: what the signer is asked, and what it keeps of each beside its blob.

A template (stream ``keys``) allows them for a wallet; each serves one business, ``ref``, and is destroyed
once that is settled.
"""

from dataclasses import dataclass

from custody.statements.fields import AnyId, Count, Hash, Positive, WalletId
from custody.statements.form import Form
from custody.statements.trust.keys import KeyActivate


@dataclass(frozen=True, kw_only=True)
class MakeKeyPayload(Form):
    """Payload of KEY_MAKE: number ``index`` of the wallet's one-time keys, which is the next one."""

    wallet: WalletId
    index: Count
    ref: AnyId


@dataclass(frozen=True, kw_only=True)
class DestroyKeyPayload(Form):
    """Payload of KEY_DESTROY: the business the key was made for, said again."""

    ref: AnyId


@dataclass(frozen=True, kw_only=True)
class OneTime(Form):
    """The bindings of a one-time key; ``template`` is the hash of the document that allowed it."""

    template: Hash
    index: Count
    ref: AnyId
    settled_depth: Positive
    dispute_seconds: Count
    activation: KeyActivate
