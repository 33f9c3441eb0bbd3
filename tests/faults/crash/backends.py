"""Where the keys of a cell live: each back-end as a context that says how a signer process reaches it."""

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from importlib import import_module
from pathlib import Path
from typing import Any

from custody.hsm.backends import registry
from scripts.embedded.layout import PROJECT
from scripts.embedded.process import clean_environment
from tests.harness.kms import kms_server
from tests.signer.tokens import make_token

LABEL = "crash-matrix"
Environment = dict[str, str]


@contextmanager
def _soft_hsm(directory: Path) -> Iterator[Environment]:
    """A SoftHSM token in files."""
    make_token(directory, LABEL)
    yield {"SOFTHSM2_CONF": str(directory / "softhsm2.conf")}


@contextmanager
def _aws_kms(directory: Path) -> Iterator[Environment]:
    credentials = directory / "aws-credentials"
    credentials.write_text("[default]\naws_access_key_id = AKIATESTS\naws_secret_access_key = none\n")
    with kms_server() as address:
        settings = {"region": "eu-central-1", "endpoint": address, "credentials_file": str(credentials)}
        yield _as_own_token(directory, "aws_kms", settings)


@contextmanager
def _azure_key_vault(directory: Path) -> Iterator[Environment]:
    """The vault is a process of its own: a process that forks must not have threads."""
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.faults.crash.vault", str(directory)],
        cwd=PROJECT,
        env=clean_environment(),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        yield _as_own_token(directory, "azure_key_vault", json.loads(process.stdout.readline()))
    finally:
        process.stdin.close()  # which ends it
        process.wait(15)
        process.stdout.close()


def _as_own_token(directory: Path, kind: str, settings: dict[str, Any]) -> Environment:
    """The installation's file says that the signer's own keys are made and used there.

    Its library is loaded before anything forks: each signer of the matrix would load it again.
    """
    import_module(registry.BACKENDS[kind])
    file = directory / "key-backends.json"
    file.write_text(json.dumps({"pkcs11": {"backend": kind, "settings": settings}}))
    return {"CUSTODY_KEY_BACKENDS_FILE": str(file)}


BACKENDS: dict[str, Callable[[Path], AbstractContextManager[Environment]]] = {
    "pkcs11": _soft_hsm,
    "aws_kms": _aws_kms,
    "azure_key_vault": _azure_key_vault,
}
