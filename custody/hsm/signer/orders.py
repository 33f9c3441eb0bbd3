"""Orders given at the signer's own console (trust.md 15, 19, 20, 21): kill, revoke a person, make a key,
open a closed token, record a probe, present a head, go on after one, take in a certificate,
resync a nonce, name the coin of a deal.

A file below the signer's directory, which nobody but its host can write: no web page, queue or
database carries it. The signer takes it in before it decides anything else, also while it runs.
Kill, revoke, present and the end of a session only take away, so one person at the console is enough;
everything else is done when the approvals that come along hold.
"""

import logging
import os
import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

from custody.common import canonical
from custody.common.errors import InvalidInputError
from custody.hsm.signer.ceremony import Ceremony
from custody.hsm.signer.certificate_import import CertificateImport
from custody.hsm.signer.cold_session import ColdSession, SessionEnd
from custody.hsm.signer.deal_coins import DealCoin
from custody.hsm.signer.heads import Recovery
from custody.hsm.signer.modules import PassedProbe
from custody.hsm.signer.nonces import NonceResync
from custody.hsm.signer.pin_pipe import PinPipe
from custody.hsm.signer.store.head import sync_directory
from custody.statements.checkpoint import SignedCheckpoint
from custody.statements.fields import Nonce, Text
from custody.statements.form import BySibling, Form
from custody.statements.trust.holds import Kill
from custody.statements.trust.people import PersonRevoke

logger = logging.getLogger(__name__)

OrderType = Literal[
    "BIND_DEAL",
    "CLOSE_TOKEN",
    "IMPORT_CERTIFICATE",
    "KILL",
    "MAKE_KEY",
    "OPEN_TOKEN",
    "PERSON_REVOKE",
    "PRESENT_HEAD",
    "PROBED",
    "RECOVER",
    "RESYNC_NONCE",
]
OrderBody = (
    CertificateImport
    | Ceremony
    | ColdSession
    | DealCoin
    | Kill
    | NonceResync
    | PassedProbe
    | PersonRevoke
    | Recovery
    | SessionEnd
    | SignedCheckpoint
)
_FORMS: dict[str, type[Form]] = {
    "BIND_DEAL": DealCoin,
    "CLOSE_TOKEN": SessionEnd,
    "IMPORT_CERTIFICATE": CertificateImport,
    "KILL": Kill,
    "MAKE_KEY": Ceremony,
    "OPEN_TOKEN": ColdSession,
    "PERSON_REVOKE": PersonRevoke,
    "PRESENT_HEAD": SignedCheckpoint,
    "PROBED": PassedProbe,
    "RECOVER": Recovery,
    "RESYNC_NONCE": NonceResync,
}


@dataclass(frozen=True, kw_only=True)
class Order(Form):
    """``nonce`` makes taking it in twice the same as once."""

    type: OrderType
    body: Annotated[OrderBody, BySibling("type", _FORMS)]
    reason: Text
    nonce: Nonce


class OrderFolder:
    """Orders that wait to be taken in, one file each, named by the nonce."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory / "orders"

    def give(self, *, kind: OrderType, body: OrderBody, reason: str) -> Order:
        """Write an order durably; raises OSError where this is not the signer's console."""
        order = self.new(kind=kind, body=body, reason=reason)
        self.write(order)
        return order

    def new(self, *, kind: OrderType, body: OrderBody, reason: str) -> Order:
        """An order that is not given yet; raises OSError like ``give``."""
        self._directory.mkdir(mode=0o700, exist_ok=True)
        return Order(type=kind, body=body, reason=reason, nonce=secrets.token_hex(16))

    def write(self, order: Order) -> None:
        """Give an order that ``new`` made."""
        temporary = self._directory / f".{order.nonce}"
        temporary.write_bytes(canonical.encode(order.to_json()))
        with temporary.open("rb") as file:
            os.fsync(file.fileno())
        temporary.rename(self._path(order))
        sync_directory(self._directory)

    def waiting(self) -> list[Order]:
        """All whole orders."""
        return self.look()[0]

    def look(self) -> tuple[list[Order], list[Path]]:
        """All whole orders, and the files that are none; what cannot be read now waits for the next look."""
        orders: list[Order] = []
        others: list[Path] = []
        for file in sorted(self._directory.glob("*.json")) if self._directory.is_dir() else ():
            try:
                orders.append(_read(file))
            except InvalidInputError:
                others.append(file)
            except OSError as error:
                logger.critical("signer: order %s cannot be read (%s)", file.name, error.strerror)
        return orders, others

    def set_aside(self, file: Path) -> bool:
        """Keep a file that is no order under a name that is not looked at; False where that fails."""
        try:
            file.rename(file.with_suffix(".unreadable"))
            sync_directory(self._directory)
        except OSError as error:
            logger.critical("signer: %s cannot be set aside (%s)", file.name, error.strerror)
            return False
        return True

    def taken(self, order: Order) -> None:
        """Forget an order that stands in the journal."""
        self._path(order).unlink(missing_ok=True)
        self.pin_pipe(order).remove()

    def is_waiting(self, order: Order) -> bool:
        """True until the signer has taken it in."""
        return self._path(order).exists()

    def pin_pipe(self, order: Order) -> PinPipe:
        """Where the PIN that belongs to an order is handed over."""
        return PinPipe(self._directory / f"{order.nonce}.pin")

    def _path(self, order: Order) -> Path:
        return self._directory / f"{order.nonce}.json"


def _read(file: Path) -> Order:
    """Raises InvalidInputError for what is no order of this name, OSError for what does not let us."""
    order = Order.read(canonical.decode(file.read_bytes()))
    if order.nonce != file.stem:
        raise InvalidInputError("an order under another name")
    return order
