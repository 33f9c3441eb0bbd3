"""The harness itself: rollback tests see an empty database as the role ``app``."""

import pytest
from django.db import connection

from custody.audit.models import AuditEntry


@pytest.mark.django_db
def test_rollback_tests_use_the_role_app() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_user")
        assert cursor.fetchone() == ("custody_app",)


@pytest.mark.django_db
def test_rollback_tests_start_empty() -> None:
    assert not AuditEntry.objects.exists()
