"""What a program under another user tries against files, processes and sockets; needs Python alone.

Run as ``python burglar.py JSON`` with {"files": [...], "folders": [...], "pids": [...]}; prints a
JSON list of everything that succeeded, so that an empty list means that nothing did.
"""

import ctypes
import json
import os
import signal
import sys
from collections.abc import Callable, Iterator

# Attaches without stopping the process, and detaches when the burglar ends (ptrace(2)).
PTRACE_SEIZE = 0x4206
LIBC = ctypes.CDLL(None, use_errno=True)
Attempt = tuple[str, Callable[[], object]]


def read(path: str) -> None:
    with open(path, "rb") as file:
        file.read(1)


def write(path: str) -> None:
    with open(path, "r+b"):
        pass


def attach(pid: int) -> None:
    if LIBC.ptrace(PTRACE_SEIZE, pid, None, None) != 0:
        raise OSError(ctypes.get_errno(), "ptrace")


def read_memory(pid: int) -> None:
    """process_vm_readv(2): one byte from wherever; refused before the address is looked at."""
    buffer = ctypes.create_string_buffer(1)
    vector = (ctypes.c_void_p * 2)(ctypes.addressof(buffer), 1)
    if LIBC.process_vm_readv(pid, ctypes.byref(vector), 1, ctypes.byref(vector), 1, 0) < 0:
        raise OSError(ctypes.get_errno(), "process_vm_readv")


def attempts_on_file(path: str) -> Iterator[Attempt]:
    yield "read", lambda: read(path)
    yield "write", lambda: write(path)
    yield "truncate", lambda: os.truncate(path, os.stat(path).st_size)
    yield "give away", lambda: os.chmod(path, 0o600)
    yield "link", lambda: os.link(path, f"/tmp/stolen-{os.getpid()}")
    yield "replace", lambda: os.rename(path, f"{path}.stolen")


def attempts_on_folder(path: str) -> Iterator[Attempt]:
    yield "list", lambda: os.listdir(path)
    yield "put a file", lambda: os.mkdir(f"{path}/planted")
    yield "give away", lambda: os.chmod(path, 0o700)
    yield "move away", lambda: os.rename(path, f"{path}.stolen")


def attempts_on_process(pid: int) -> Iterator[Attempt]:
    for name in ("mem", "environ", "maps", "auxv"):
        yield name, lambda name=name: os.close(os.open(f"/proc/{pid}/{name}", os.O_RDONLY))  # type: ignore[misc]
    yield "descriptors", lambda: os.listdir(f"/proc/{pid}/fd")
    yield "root", lambda: os.listdir(f"/proc/{pid}/root/")
    yield "working directory", lambda: os.listdir(f"/proc/{pid}/cwd/")
    yield "attach", lambda: attach(pid)
    yield "read memory", lambda: read_memory(pid)
    yield "stop", lambda: os.kill(pid, signal.SIGSTOP)
    yield "kill", lambda: os.kill(pid, signal.SIGKILL)


def all_attempts(targets: dict[str, list[str]]) -> Iterator[tuple[str, Attempt]]:
    for path in targets.get("files", []):
        yield from ((path, attempt) for attempt in attempts_on_file(path))
    for path in targets.get("folders", []):
        yield from ((path, attempt) for attempt in attempts_on_folder(path))
    for pid in targets.get("pids", []):
        yield from ((f"process {pid}", attempt) for attempt in attempts_on_process(int(pid)))


def successes(targets: dict[str, list[str]]) -> list[str]:
    """Try everything; return what was possible."""
    found = []
    for target, (name, attempt) in all_attempts(targets):
        try:
            attempt()
        except OSError:
            continue
        found.append(f"{name}: {target}")
    return found


if __name__ == "__main__":
    print(json.dumps(successes(json.loads(sys.argv[1]))))  # noqa: T201 - its only output
