"""Prepares the environment before Django's settings are read; loaded by ``-p`` ahead of all else.

The first process of a run starts one PostgreSQL and one Redis; xdist workers inherit their
addresses. Each worker then has its own databases, broker database, token and store.
"""

import atexit
import os
import shutil
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

from scripts.embedded.layout import Layout, test_run_prefix
from scripts.embedded.translations import compile_all
from scripts.embedded.world import database_services, stop_all

RUN_DIR = "CUSTODY_TEST_RUN_DIR"


def worker_id() -> str:
    """``gw0``, ``gw1`` … under xdist, ``main`` otherwise."""
    return os.environ.get("PYTEST_XDIST_WORKER", "main")


def run_layout() -> Layout:
    """Directories shared by all workers of this run."""
    return Layout.create(Path(os.environ[RUN_DIR]))


def _start_run() -> None:
    compile_all()
    root = Path(tempfile.mkdtemp(prefix=test_run_prefix()))
    root.chmod(0o755)
    os.environ[RUN_DIR] = str(root)
    postgres, redis = database_services(Layout.create(root), durable=False)
    # Not a hook of pytest: a run that ends before its configuration stands calls none.
    atexit.register(_end_run, root, (redis.stop, postgres.stop))
    postgres.start()
    redis.start()


def _end_run(root: Path, stops: Sequence[Callable[[], None]]) -> None:
    stop_all(*stops)
    if not os.environ.get("CUSTODY_TEST_KEEP"):
        shutil.rmtree(root, ignore_errors=True)


def _set_environment() -> None:
    run = Path(os.environ[RUN_DIR])
    own = run / worker_id()
    own.mkdir(exist_ok=True)
    own.chmod(0o755)
    (own / "static").mkdir(exist_ok=True)  # WhiteNoise warns when it is missing
    database = run / "run" / "database"
    os.environ.update(
        {
            "DJANGO_SETTINGS_MODULE": "custody.settings",
            "CUSTODY_PROCESS": "test",
            "CUSTODY_PROFILE": "test",
            "CUSTODY_SECRET_KEY": "a key that is used by rollback tests alone, and by nothing else",
            "CUSTODY_STATE_DIR": str(own),
            "CUSTODY_SIGNER_DIR": str(own / "test-signer"),
            "CUSTODY_SIGNER_PUBLIC_DIR": str(own / "test-signer" / "public"),
            "CUSTODY_KEYS_SOCKET": str(own / "run" / "keys" / "keys.sock"),
            "CUSTODY_DB_NAME": f"test_{worker_id()}",
            "CUSTODY_DB_HOST": str(database),
            "CUSTODY_DB_PASSWORD_FILE": str(run / "secrets" / "custody_app"),
            "CUSTODY_BROKER_URL": f"redis+socket://{database}/redis.sock?virtual_host={_broker_database()}",
        }
    )


def _broker_database() -> int:
    """Each worker has its own Redis database; 0 belongs to a run without xdist."""
    return 0 if worker_id() == "main" else int(worker_id().removeprefix("gw")) + 1


if worker_id() == "main":
    _start_run()
_set_environment()
