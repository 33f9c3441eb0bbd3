"""SoftHSM behind ``p11-kit server``: a process of its own, reached through a second PKCS#11 module."""

import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from scripts.embedded.process import Running, clean_environment, wait_until
from scripts.embedded.softhsm import MODULE


def client_module() -> str:
    """Path of p11-kit-client.so, which the distribution keeps below its architecture's folder."""
    found = sorted(Path("/usr/lib").glob("*/pkcs11/p11-kit-client.so"))
    assert found, "p11-kit-client.so is missing; install p11-kit and p11-kit-modules"
    return str(found[0])


@contextmanager
def p11kit_server(directory: Path, *, label: str, configuration: Path) -> Iterator[dict[str, str]]:
    """Serve the token ``label``; yields the environment its clients need."""
    path, log = directory / "p11-kit.sock", directory / "p11-kit.log"
    with log.open("wb") as output:
        popen = subprocess.Popen(
            ["p11-kit", "server", "-f", "-n", str(path), "--provider", MODULE, f"pkcs11:token={label}"],
            env={**clean_environment(), "SOFTHSM2_CONF": str(configuration)},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    server = Running("p11-kit", popen, log, signal.SIGTERM)
    try:
        wait_until(path.exists, seconds=15, what="p11-kit's socket", process=server)
        yield {"P11_KIT_SERVER_ADDRESS": f"unix:path={path}"}
    finally:
        server.stop()
