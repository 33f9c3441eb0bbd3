"""Fixtures shared by all tests: databases as the role ``app`` sees them, tokens, the live world."""

from collections.abc import Iterator

import pytest
from django.conf import settings
from django.core.management import call_command
from django.db import connections
from pytest_django.plugin import DjangoDbBlocker

from custody import celery as celery  # the application that enqueues
from scripts.embedded.world import World
from tests.harness.databases import cluster, copy_database
from tests.harness.plugin import worker_id
from tests.harness.signer_role import let_it_answer

pytest_plugins = [
    "tests.cast",
    "tests.harness.selection",
    "tests.harness.separation",
    "tests.harness.live",
    "tests.harness.signer_bench",
]


@pytest.fixture(scope="session")
def django_db_setup(own_world: World, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """Rollback tests get an empty copy of the migrated template, used as the role ``app``."""
    let_it_answer(cluster(), database=copy_database(str(settings.DATABASES["default"]["NAME"])))
    settings.SIGNER_DIR.mkdir(parents=True, exist_ok=True)
    with django_db_blocker.unblock():
        call_command("migrate", database="signer_store", verbosity=0, interactive=False)
        yield
        for connection in connections.all():
            connection.close()


@pytest.fixture(scope="session")
def worker() -> str:
    """Name of this xdist worker, for unique names of clients and files."""
    return worker_id()
