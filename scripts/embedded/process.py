"""Start, watch and stop background processes; their output goes to one log file each."""

import os
import signal
import subprocess
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from scripts.embedded.users import as_user


class StartError(RuntimeError):
    """A process did not come up; the message ends with the tail of its log."""


@dataclass
class Running:
    """A background process with its log."""

    name: str
    popen: "subprocess.Popen[bytes]"
    log: Path
    stop_signal: signal.Signals

    @property
    def pid(self) -> int:
        return self.popen.pid

    def is_alive(self) -> bool:
        return self.popen.poll() is None

    def stop(self, *, seconds: float = 15) -> None:
        """Ask, wait, then kill the whole process group."""
        if self.is_alive():
            self.popen.send_signal(self.stop_signal)
            with suppress(subprocess.TimeoutExpired):
                self.popen.wait(seconds)
        with suppress(ProcessLookupError):
            os.killpg(self.popen.pid, signal.SIGKILL)
        self.popen.wait()

    def kill(self) -> None:
        """kill -9 for the process and its children, as a crash would."""
        os.killpg(self.popen.pid, signal.SIGKILL)
        self.popen.wait()

    def tail(self, lines: int = 25) -> str:
        return (
            "\n".join(self.log.read_text(errors="replace").splitlines()[-lines:]) if self.log.exists() else ""
        )


def start(
    name: str,
    command: list[str],
    *,
    user: str,
    log: Path,
    cwd: Path,
    environment: Mapping[str, str] | None = None,
    stop_signal: signal.Signals = signal.SIGTERM,
) -> Running:
    """Start ``command`` as ``user`` in a process group of its own."""
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("ab") as output:
        popen = subprocess.Popen(
            as_user(user, command, death_signal=stop_signal.name.removeprefix("SIG")),
            env={**clean_environment(), **(environment or {})},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            cwd=cwd,
        )
    return Running(name, popen, log, stop_signal)


def run(
    command: list[str], *, user: str, cwd: Path, environment: Mapping[str, str] | None = None
) -> "subprocess.CompletedProcess[str]":
    """Run ``command`` as ``user`` to its end; raise StartError with its output on failure."""
    done = subprocess.run(
        as_user(user, command),
        env={**clean_environment(), **(environment or {})},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        cwd=cwd,
        check=False,
    )
    if done.returncode != 0:
        raise StartError(f"{' '.join(command[:4])} failed ({done.returncode}):\n{done.stdout}{done.stderr}")
    return done


def clean_environment() -> dict[str, str]:
    """Only what any process needs: nothing of the caller's environment leaks into ours."""
    keep = ("PATH", "LANG", "TZ", "SSL_CERT_FILE", "SSL_CERT_DIR")
    return {"PATH": "/usr/bin:/bin", "LANG": "C.UTF-8"} | {k: os.environ[k] for k in keep if k in os.environ}


def wait_until(
    condition: Callable[[], bool], *, seconds: float, what: str, process: Running | None = None
) -> None:
    """Poll ``condition``; raise StartError when time is up or ``process`` has died."""
    deadline = time.monotonic() + seconds
    while not condition():
        if process is not None and not process.is_alive():
            raise StartError(f"{process.name} ended while waiting for {what}:\n{process.tail()}")
        if time.monotonic() > deadline:
            tail = f":\n{process.tail()}" if process else ""
            raise StartError(f"{what} not ready after {seconds:.0f} s{tail}")
        time.sleep(0.05)
