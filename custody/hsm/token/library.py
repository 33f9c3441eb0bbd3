"""PKCS#11 modules of this process: each loaded once, initialised for threads, and again after a fork.

python-pkcs11 initialises with ``C_Initialize(NULL)``, which promises the library that there are
no threads, yet it releases the interpreter lock around each call. Threads with such a library
crash, so it is initialised a second time with CKF_OS_LOCKING_OK (PKCS#11 v2.40, 5.4).

Initialising anew kills every session of the process on that module, also those on other tokens.
Therefore all sessions of a module share one lock, and a generation number tells them that
theirs is gone.
"""

import contextlib
import ctypes
import os
import threading
from typing import Any

import pkcs11

_CKF_OS_LOCKING_OK = 2


class Library:
    """One module; use it only under its ``lock``."""

    def __init__(self, module: str) -> None:
        self.lock = threading.RLock()
        self.generation = 0
        self._module = module
        self._loaded: Any = None

    def ready(self) -> Any:  # noqa: ANN401 - the class is not in python-pkcs11's public stubs
        """Return python-pkcs11's library object, initialised in this process; raises PKCS11Error."""
        return self._loaded if self._loaded is not None else self.initialise()

    def initialise(self) -> Any:  # noqa: ANN401
        """Like ``ready``, but freshly initialised: sessions and handles made before are dead."""
        self._loaded = None
        self.generation += 1
        loaded = pkcs11.lib(self._module)
        # In a forked child the library may not know that the parent initialised it: finalize then
        # fails, which is as good as done.
        with contextlib.suppress(pkcs11.PKCS11Error):
            loaded.finalize()
        loaded.initialize()
        _initialise_for_threads(self._module)
        self._loaded = loaded
        return loaded

    def forget(self) -> None:
        """In a forked child: what the parent initialised and opened is not ours."""
        self.lock = threading.RLock()
        self.generation += 1
        self._loaded = None


_libraries: dict[str, Library] = {}


def library_of(module: str) -> Library:
    """The one ``Library`` of a module's path; nothing is loaded yet."""
    return _libraries.setdefault(module, Library(module))


def _forget_all() -> None:
    for library in _libraries.values():
        library.forget()


os.register_at_fork(after_in_child=_forget_all)


class _InitializeArguments(ctypes.Structure):
    """CK_C_INITIALIZE_ARGS without own mutex functions."""

    _fields_ = [
        ("create_mutex", ctypes.c_void_p),
        ("destroy_mutex", ctypes.c_void_p),
        ("lock_mutex", ctypes.c_void_p),
        ("unlock_mutex", ctypes.c_void_p),
        ("flags", ctypes.c_ulong),
        ("reserved", ctypes.c_void_p),
    ]


def _initialise_for_threads(module: str) -> None:
    functions = ctypes.CDLL(module)
    if not hasattr(functions, "C_Initialize"):
        # p11-kit's client exports its function list alone and makes a new instance for each who
        # asks: ours cannot be reached, and the lock has to do for it.
        return
    functions.C_Finalize(None)
    arguments = _InitializeArguments(flags=_CKF_OS_LOCKING_OK)
    code = functions.C_Initialize(ctypes.byref(arguments))
    if code != 0:
        raise pkcs11.PKCS11Error(f"C_Initialize with locking failed: 0x{code:x}")
