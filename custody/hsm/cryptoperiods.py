"""Cryptoperiods of keys (NIST SP 800-57 part 1, 5.3), as the signer published their activations."""

from custody.hsm.models import SigningKey
from custody.statements.trust.keys import KeyActivate


def period_of(key: SigningKey) -> KeyActivate | None:
    """The activation as the signer published it; None for keys that genesis took into use."""
    return KeyActivate.read(key.activation) if key.activation else None
