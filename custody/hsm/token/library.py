"""Loads the PKCS#11 library with operating-system locking, and again after a fork.

python-pkcs11 initialises with ``C_Initialize(NULL)``, which promises the library that there are
no threads, yet it releases the interpreter lock around each call. Threads with such a library
crash, so it is initialised a second time with CKF_OS_LOCKING_OK (PKCS#11 v2.40, 5.4).
"""

import contextlib
import ctypes
from typing import Any

import pkcs11

_CKF_OS_LOCKING_OK = 2


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


def load(module: str) -> Any:  # noqa: ANN401 - the class is not in python-pkcs11's public stubs
    """Return python-pkcs11's library object, freshly initialised; raises PKCS11Error.

    Sessions and handles made before are dead afterwards, in this process.
    """
    library = pkcs11.lib(module)
    # In a forked child the library may not know that the parent initialised it: finalize then
    # fails, which is as good as done.
    with contextlib.suppress(pkcs11.PKCS11Error):
        library.finalize()
    library.initialize()
    _initialize_for_threads(module)
    return library


def _initialize_for_threads(module: str) -> None:
    functions = ctypes.CDLL(module)
    functions.C_Finalize(None)
    arguments = _InitializeArguments(flags=_CKF_OS_LOCKING_OK)
    code = functions.C_Initialize(ctypes.byref(arguments))
    if code != 0:
        raise pkcs11.PKCS11Error(f"C_Initialize with locking failed: 0x{code:x}")
