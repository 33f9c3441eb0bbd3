"""A worker outlives its broker whatever it holds at that moment."""

import pytest
from celery.worker.consumer import Consumer

from custody.celery import app
from custody.common.consumer import SteadyConsumer
from custody.hsm.signer.consumer import SignerConsumer


def test_gives_up_a_connection_that_cannot_be_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    def cannot_close(self: Consumer, exc: Exception) -> None:
        raise AttributeError("'NoneType' object has no attribute 'hostname'")

    monkeypatch.setattr(Consumer, "on_connection_error_after_connected", cannot_close)
    SteadyConsumer.__new__(SteadyConsumer).on_connection_error_after_connected(ConnectionError("gone"))


def test_connects_anew_when_a_message_cannot_be_acknowledged() -> None:
    def cannot_acknowledge() -> None:
        raise AttributeError("'NoneType' object has no attribute 'hostname'")

    consumer = SteadyConsumer.__new__(SteadyConsumer)
    consumer._listen = cannot_acknowledge
    with pytest.raises(ConnectionError):
        consumer._listen_on()


def test_worker_and_signer_listen_with_it() -> None:
    assert app.conf.worker_consumer == "custody.common.consumer:SteadyConsumer"
    assert issubclass(SignerConsumer, SteadyConsumer)
