"""Gives an order at the console, with the PIN it needs, and waits until the signer has taken it in."""

import getpass
import time

from custody.common.errors import InvalidInputError, RefusedError, UnavailableError
from custody.hsm.backends import registry
from custody.hsm.backends.interface import KeyBackend, TakesPin
from custody.hsm.signer.orders import Order, OrderBody, OrderFolder, OrderType
from custody.hsm.signer.pin_pipe import MAX_PIN_BYTES
from custody.hsm.signer.store import tokens

# The web side has a checkpoint made, and so wakes the signer, every minute.
PATIENCE_SECONDS = 120
PAUSE_SECONDS = 0.2


def ask_pin(backend: KeyBackend) -> str | None:
    """Ask for the PIN of a back-end whose settings name no file with it; never echoed, never written.

    Raises InvalidInputError for what can be no PIN.
    """
    if not (isinstance(backend, TakesPin) and backend.asks_pin):
        return None
    try:
        pin = getpass.getpass(f"PIN of {backend.name}: ")
    except EOFError:
        pin = ""
    if not 0 < len(pin.encode()) <= MAX_PIN_BYTES:
        raise InvalidInputError("no PIN was typed", code="token_pin_missing")
    return pin


def give_and_wait(
    orders: OrderFolder, *, kind: OrderType, body: OrderBody, reason: str, pin: str | None = None
) -> Order:
    """Give an order and wait until it is taken in.

    Raises RefusedError with the signer's rule, UnavailableError when the signer is not awake; then the
    order is taken back.
    """
    order = orders.new(kind=kind, body=body, reason=reason)
    if pin is None:
        orders.write(order)
        _wait(orders, order)
    else:
        with orders.pin_pipe(order).offering(pin):
            orders.write(order)
            _wait(orders, order)
    if refusal := tokens.refusal_of_order(order.nonce):
        rule, culprit = refusal
        raise RefusedError(rule, code=rule, field=culprit)
    return order


def configured_backend(name: str) -> KeyBackend:
    """A back-end of the installation's file, not connected yet; raises InvalidInputError."""
    return registry.open_configured(name)


def pause() -> None:
    """Let the signer have its turn."""
    time.sleep(PAUSE_SECONDS)


def _wait(orders: OrderFolder, order: Order) -> None:
    for _ in range(int(PATIENCE_SECONDS / PAUSE_SECONDS)):
        if not orders.is_waiting(order):
            return
        pause()
    orders.taken(order)
    raise UnavailableError("the signer does not take orders; is it running?", code="signer_not_awake")
