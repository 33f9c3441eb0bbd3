"""Checks of a connection that breaks, of threads and of forks."""

import os
import select
import signal
import socket
import threading
from contextlib import suppress

from custody.hsm.backends.conformance.subject import DIGESTS, Failed, NotOffered, Subject, connections

THREADS = 8
FORK_SECONDS = 60


def reopens(subject: Subject) -> str:
    """After it was closed, and after every connection it had was cut, the next call works."""
    subject.backend.close()
    subject.signs_well()
    cut = connections() - subject.connections_before
    for descriptor, _ in cut:
        _cut(descriptor)
    subject.signs_well()
    return f"after closing and {len(cut)} cut connections" if cut else "after closing; it had no connections"


def threads(subject: Subject) -> str:
    """Threads that sign at the same time get right signatures."""
    if not subject.offered.threads:
        raise NotOffered("threads are not claimed")
    failures: list[str] = []

    def work() -> None:
        try:
            subject.signs_well(DIGESTS[:8])
        except Exception as error:
            failures.append(f"{type(error).__name__}: {error}")

    running = [threading.Thread(target=work) for _ in range(THREADS)]
    for thread in running:
        thread.start()
    for thread in running:
        thread.join()
    if failures:
        raise Failed(failures[0])
    return f"{THREADS} threads"


def forks(subject: Subject) -> str:
    """A forked child signs by itself, and its parent still does."""
    if not subject.offered.forks:
        raise NotOffered("forks are not claimed")
    subject.signs_well()
    answer, pen = os.pipe()
    child = os.fork()
    if child == 0:
        _sign_in_child(subject, pen)
    os.close(pen)
    try:
        ready, _, _ = select.select([answer], [], [], FORK_SECONDS)
        said = os.read(answer, 1) if ready else b""
    finally:
        os.close(answer)
        with suppress(ProcessLookupError):
            os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
    if said != b"1":
        raise Failed("a forked child could not sign" if ready else "a forked child hangs")
    subject.signs_well()
    return "child and parent"


def _sign_in_child(subject: Subject, pen: int) -> None:
    """Say 1 or 0 and end, without the parent's exit handlers."""
    said = b"0"
    with suppress(BaseException):
        subject.signs_well(DIGESTS[:4])
        said = b"1"
    os.write(pen, said)
    os._exit(0)


def _cut(descriptor: int) -> None:
    """Shut a socket down behind its owner's back, as a broken network would."""
    with suppress(OSError), socket.socket(fileno=os.dup(descriptor)) as connection:
        connection.shutdown(socket.SHUT_RDWR)
