"""Cryptoperiods of keys (NIST SP 800-57 part 1, 5.3): until when a key may sign, and what is due before."""

from datetime import datetime, timedelta
from enum import StrEnum

from custody.hsm.models import SigningKey
from custody.statements.trust.keys import KeyActivate

# So long before its end a key's successor is due.
NOTICE = timedelta(days=30)
IN_USE = ("ACTIVE", "SUSPENDED")


class Due(StrEnum):
    """What the end of a cryptoperiod asks for now."""

    NOTHING = "NOTHING"
    SOON = "SOON"
    OVER = "OVER"


def period_of(key: SigningKey) -> KeyActivate | None:
    """The activation as the signer published it; None for keys that genesis took into use."""
    return KeyActivate.read(key.activation) if key.activation else None


def due_of(key: SigningKey, *, at: datetime) -> Due:
    """Nothing is due for keys that are out of use."""
    period = period_of(key)
    if period is None or key.state not in IN_USE or at < period.valid_until - NOTICE:
        return Due.NOTHING
    return Due.OVER if period.valid_until <= at else Due.SOON
