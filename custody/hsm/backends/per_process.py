"""Something that must not be shared with a forked child, such as a client with open connections."""

import os
import threading
import weakref
from collections.abc import Callable
from typing import Generic, TypeVar

T = TypeVar("T")


class PerProcess(Generic[T]):
    """Builds its value at the first ``get`` of each process, once for all threads."""

    def __init__(self, build: Callable[[], T]) -> None:
        self._build = build
        self._lock = threading.Lock()
        self._value: T | None = None
        holder = weakref.ref(self)
        os.register_at_fork(after_in_child=lambda: _forget(holder))

    def get(self) -> T:
        with self._lock:
            if self._value is None:
                self._value = self._build()
            return self._value

    def drop(self) -> T | None:
        """Return the value and forget it; the next ``get`` builds a new one."""
        with self._lock:
            value, self._value = self._value, None
            return value


def _forget(holder: "weakref.ref[PerProcess[T]]") -> None:
    instance = holder()
    if instance is not None:
        instance._lock = threading.Lock()
        instance._value = None
