"""Keys of house wallets whose time ends, and where their coins can go.

A key is due for rotation from 30 days before its cryptoperiod ends, and once it is no longer active.
Coins move by the mandated sweep where a mandate names the successor and the key may still sign;
everything else is for people, and the worklist says what.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from custody.hsm import standing
from custody.policy.mandate import STRICTNESS, TOKEN_MADE
from custody.statements.mandate import Mandate
from custody.wallets.house import HouseKey, house_wallets, key_of
from custody.wallets.models import Wallet

ROTATION_NOTICE = timedelta(days=30)


@dataclass(frozen=True)
class Route:
    """A mandate and the wallet of ours it lets coins move to."""

    mandate: Mandate
    destination: Wallet


def is_rotation_due(key: HouseKey, *, at: datetime) -> bool:
    """True near the end of the key's time, and for a key that is no longer active."""
    return key.row.state != "ACTIVE" or key.activation.valid_until <= at + ROTATION_NOTICE


def routes(wallet: Wallet, key: HouseKey, *, at: datetime) -> Iterator[Route]:
    """Where mandates let coins of the wallet go: wallets of ours with a usable key, no laxer tier."""
    known = {other.pk: other for other in house_wallets().exclude(pk=wallet.pk)}
    for mandate in standing.mandates(at=at):
        if (mandate.key, mandate.intent_kind, mandate.asset) != (key.row.pk, "SWEEP", wallet.asset):
            continue
        for named in mandate.destinations:
            destination = known.get(named.wallet or "")
            if destination is not None and _may_receive(destination, key, at=at):
                yield Route(mandate, destination)


def rotation_route(wallet: Wallet, key: HouseKey, *, at: datetime) -> Route | None:
    """The first route to a successor: a wallet whose own key is not due."""
    for route in routes(wallet, key, at=at):
        other = key_of(route.destination)
        if other is not None and not is_rotation_due(other, at=at):
            return route
    return None


def _may_receive(destination: Wallet, source: HouseKey, *, at: datetime) -> bool:
    other = key_of(destination)
    return (
        other is not None
        and other.is_usable(at=at)
        and other.activation.class_ in TOKEN_MADE
        and STRICTNESS[other.binding.tier] >= STRICTNESS[source.binding.tier]
    )
