"""The harness itself: rollback tests see an empty database as the role ``app``."""

import socket

import pytest
from django.db import connection
from pytest_socket import SocketConnectBlockedError

from custody.audit.models import AuditEntry


@pytest.mark.django_db
def test_rollback_tests_use_the_role_app() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_user")
        assert cursor.fetchone() == ("custody_app",)


@pytest.mark.django_db
def test_rollback_tests_start_empty() -> None:
    assert not AuditEntry.objects.exists()


def test_no_test_reaches_beyond_this_machine() -> None:
    # An address of RFC 5737 that nobody has; the attempt itself is refused.
    with pytest.warns(UserWarning, match="192.0.2.1"), pytest.raises(SocketConnectBlockedError):
        socket.create_connection(("192.0.2.1", 443), timeout=1)
