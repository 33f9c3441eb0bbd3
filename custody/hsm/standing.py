"""What the signer last published of its trust store: mandates, and what stands still.

A mirror for the web side: it spares requests that the signer would refuse and says why a payment
waits. Nothing rests on it; the signer judges for itself.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from custody.common import clock
from custody.hsm.models import SignerIdentity, SigningKey
from custody.hsm.selectors import offline_signer
from custody.statements.mandate import Mandate
from custody.statements.trust.keys import KeyActivate


def mandates(*, at: datetime) -> list[Mandate]:
    """The mandates that count now, each as it stands; by id."""
    found: dict[str, Mandate] = {}
    for item in _standing().get("mandates", ()):
        if clock.read_time(item["active_from"]) <= at:
            body = Mandate.read(item["body"])
            found[body.mandate] = body
    current = (body for body in found.values() if body.valid_from <= at < body.valid_until)
    return sorted(current, key=lambda body: body.mandate)


def is_on_duty(*, at: datetime) -> bool:
    """True while somebody's lease runs."""
    return any(clock.read_time(until) > at for until in _standing().get("duty", ()))


def stop_of(*, key: str, touched: Mapping[str, set[str]]) -> str:
    """Code of what stops a spend of ``key``: ``killed``, ``held`` or nothing.

    ``touched``: ids by scope of a hold (WALLET, ADDRESS, DEAL, CLIENT).
    """
    standing = _standing(key)
    if any(kill.get("key") in {None, key} for kill in standing.get("kills", ())):
        return "killed"
    ids = {**touched, "KEY": {key}}
    held = any(hold["ref"] in ids.get(hold["scope"], ()) for hold in standing.get("holds", ()))
    return "held" if held else ""


def activations() -> list[tuple[SigningKey, KeyActivate]]:
    """Keys that were taken into use, with what for, in the order of their making."""
    keys = SigningKey.objects.filter(activation__isnull=False).order_by("id")
    return [(key, KeyActivate.read(key.activation)) for key in keys]


def activation_of(key_id: str) -> tuple[SigningKey, KeyActivate] | None:
    """The key and what it was taken into use for; None without an activation."""
    key = SigningKey.objects.filter(pk=key_id, activation__isnull=False).first()
    return (key, KeyActivate.read(key.activation)) if key else None


def _standing(key: str = "") -> dict[str, Any]:
    """Of the signer whose key it is; of the one on the queue without."""
    row = (offline_signer(key=key) if key else None) or SignerIdentity.objects.first()
    return row.standing if row else {}
