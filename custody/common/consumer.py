"""Celery's consumer, which outlives a broker that goes away with a message in hand."""

import logging
from collections.abc import Callable
from typing import Any

from celery.worker.consumer import Consumer

logger = logging.getLogger(__name__)


class LostConnectionError(ConnectionError):
    """Celery answers a connection error by connecting anew and listening on."""


class SteadyConsumer(Consumer):
    """Connects anew also when the lost connection can neither be closed nor used to acknowledge.

    Kombu's Redis transport then looks for the connection that it has just taken apart, and its
    AttributeError would end the worker. Nothing is lost: the message is delivered again after its
    visibility timeout, tasks may run twice, and rows, not messages, say what is due.
    """

    loop: Callable[..., None]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._listen = self.loop
        self.loop = self._listen_on

    def on_connection_error_after_connected(self, exc: Exception) -> None:
        """Give the connection up; Celery's loop then connects anew."""
        try:
            super().on_connection_error_after_connected(exc)
        except AttributeError:
            logger.warning("broker lost with a message in hand; it will come again")

    def _listen_on(self, *args: Any) -> None:
        try:
            self._listen(*args)
        except AttributeError as error:
            raise LostConnectionError from error
