"""``Standing``: what a signer last published of its trust store: heads, mandates, and what stands still.

A mirror for the web side: it spares requests that the signer would refuse and says why a payment
waits. Nothing rests on it; the signer judges for itself, and refuses a draft built on an old head.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from custody.common import clock
from custody.hsm.models import JournalEntry, OfflineSigner, SignerIdentity, SigningKey
from custody.hsm.selectors import offline_signer
from custody.statements.genesis import Genesis
from custody.statements.mandate import Mandate
from custody.statements.store_entry import StoreEntry
from custody.statements.trust import FIRST_PREVIOUS
from custody.statements.trust.keys import KeyActivate

Said = tuple[dict[str, Any], ...]


@dataclass(frozen=True)
class Standing:
    """Heads by stream; what waits, holds and kills as published, each with the hash ``document``.

    ``allowed``: mandates that were not ended, each with the time from which it counts.
    """

    heads: dict[str, tuple[int, str]] = field(default_factory=dict)
    waiting: Said = ()
    holds: Said = ()
    kills: Said = ()
    allowed: Said = ()
    duty: tuple[datetime, ...] = ()

    def head(self, stream: str) -> tuple[int, str]:
        """Epoch and hash of a stream's last document; (0, zeros) before the first."""
        return self.heads.get(stream, (0, FIRST_PREVIOUS))

    def on_duty_until(self, *, at: datetime) -> datetime | None:
        """End of the longest lease that runs; None when nobody is on duty."""
        return max((until for until in self.duty if until > at), default=None)

    def mandates(self, *, at: datetime) -> list[Mandate]:
        """The mandates that count now, each as it stands; by id."""
        found: dict[str, Mandate] = {}
        for item in self.allowed:
            if clock.read_time(item["active_from"]) <= at:
                body = Mandate.read(item["body"])
                found[body.mandate] = body
        current = (body for body in found.values() if body.valid_from <= at < body.valid_until)
        return sorted(current, key=lambda body: body.mandate)

    def stop_of(self, key: str, *, touched: Mapping[str, set[str]]) -> str:
        """Code of what stops a spend of ``key``: ``killed``, ``held`` or nothing.

        ``touched``: ids by scope of a hold (WALLET, ADDRESS, DEAL, CLIENT).
        """
        if any(kill.get("key") in {None, key} for kill in self.kills):
            return "killed"
        ids = {**touched, "KEY": {key}}
        return "held" if any(hold["ref"] in ids.get(hold["scope"], ()) for hold in self.holds) else ""


def standing(of: OfflineSigner | None = None) -> Standing:
    """The mirror of a signer without network, else of the one on the queue; empty while it is not known."""
    row = of or SignerIdentity.objects.first()
    published: dict[str, Any] = row.standing if row else {}
    return Standing(
        heads={head["stream"]: (head["epoch"], head["hash"]) for head in published.get("heads", ())},
        waiting=tuple(published.get("waiting", ())),
        holds=tuple(published.get("holds", ())),
        kills=tuple(published.get("kills", ())),
        allowed=tuple(published.get("mandates", ())),
        duty=tuple(clock.read_time(until) for until in published.get("duty", ())),
    )


def genesis() -> Genesis | None:
    """The genesis as the mirrored journal reports it; None before its entry was mirrored."""
    row = JournalEntry.objects.filter(kind="GENESIS").order_by("seq").first()
    return Genesis.from_json(StoreEntry.from_bytes(bytes(row.body)).body["genesis"]) if row else None


def mandates(*, at: datetime) -> list[Mandate]:
    """The mandates of the signer on the queue that count now."""
    return standing().mandates(at=at)


def is_on_duty(*, at: datetime) -> bool:
    """True while somebody's lease runs."""
    return standing().on_duty_until(at=at) is not None


def stop_of(*, key: str, touched: Mapping[str, set[str]]) -> str:
    """What stops a spend of ``key`` at the signer whose key it is; see ``Standing.stop_of``."""
    return standing(offline_signer(key=key)).stop_of(key, touched=touched)


def activations() -> list[tuple[SigningKey, KeyActivate]]:
    """Keys that were taken into use, with what for, in the order of their making."""
    keys = SigningKey.objects.filter(activation__isnull=False).order_by("id")
    return [(key, KeyActivate.read(key.activation)) for key in keys]


def activation_of(key_id: str) -> tuple[SigningKey, KeyActivate] | None:
    """The key and what it was taken into use for; None without an activation."""
    key = SigningKey.objects.filter(pk=key_id, activation__isnull=False).first()
    return (key, KeyActivate.read(key.activation)) if key else None
