"""Celery's consumer, which outlives a broker that goes away with a message in hand."""

import logging

from celery.worker.consumer import Consumer

logger = logging.getLogger(__name__)


class SteadyConsumer(Consumer):
    """Connects anew also when the lost connection cannot be closed.

    Closing it, kombu's Redis transport gives unacknowledged messages back through the very connection
    that it has just taken apart, and the AttributeError would end the worker. Nothing is lost: such a
    message is delivered again after its visibility timeout, and rows, not messages, say what is due.
    """

    def on_connection_error_after_connected(self, exc: Exception) -> None:
        """Give the connection up; Celery's loop then connects anew."""
        try:
            super().on_connection_error_after_connected(exc)
        except AttributeError:
            logger.warning("broker lost with a message in hand; it will come again")
