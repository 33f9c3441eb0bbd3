"""Listens to the queue and survives whatever lies on it.

Celery lets an exception out of its loop when a message breaks it where nobody expects that: an
envelope that is no JSON, a body that is no base64, a task name that is a list. Whoever owns the
broker could end the signer with each of them. Here such a message is refused like any other.
"""

import logging
from collections.abc import Callable
from typing import Any

from celery import signals
from kombu import Message

from custody.common.consumer import SteadyConsumer

logger = logging.getLogger(__name__)


class BrokenMessageError(ConnectionError):
    """Celery answers a connection error by connecting anew and listening on."""


class SignerConsumer(SteadyConsumer):
    """Celery's consumer with refusals where it has none."""

    connection_errors: tuple[type[Exception], ...]
    channel_errors: tuple[type[Exception], ...]

    def create_task_handler(self, *args: Any, **kwargs: Any) -> Callable[[Message], None]:
        handle = super().create_task_handler(*args, **kwargs)

        def guarded(message: Message) -> None:
            try:
                handle(message)
            except Exception as error:  # noqa: BLE001 - a message can break anything; see above
                message.reject_log_error(logger, self.connection_errors)
                self._refuse(error)

        return guarded

    def on_decode_error(self, message: Message, exc: Exception) -> None:
        """A body that cannot be read is refused on record; Celery would only log it, with its content."""
        message.reject_log_error(logger, self.connection_errors)
        self._refuse(exc)

    def _listen_on(self, *args: Any) -> None:
        try:
            self._listen(*args)
        except (*self.connection_errors, *self.channel_errors):
            raise
        except Exception as error:  # noqa: BLE001 - raised before the message had a handler
            self._refuse(error)
            raise BrokenMessageError("a message broke the connection") from None

    def _refuse(self, error: Exception) -> None:
        signals.task_rejected.send(sender=self, message=None, exc=error)
