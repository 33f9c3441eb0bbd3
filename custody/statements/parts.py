"""Small forms that several documents share."""

from dataclasses import dataclass

from custody.statements.fields import Amount, Positive
from custody.statements.form import Form


@dataclass(frozen=True, kw_only=True)
class Window(Form):
    """At most ``amount`` base units within the last ``seconds``."""

    amount: Amount
    seconds: Positive


@dataclass(frozen=True, kw_only=True)
class MaxFee(Form):
    """``max``: base units over all attempts together."""

    max: Amount
