"""``TokenSession``: the one logged-in session of a process, opened late and reopened when stale.

Login state belongs to process and token, and closing the session that logged in logs out all of
them. Therefore there is exactly one, behind the module's lock, never opened at import or before a
fork. Every failure but a refused PIN is answered by one reconnect, because a token directory or
network HSM that went away and came back leaves dead handles. Relies on hsm.md section 2.
"""

import contextlib
import random
import time
from collections.abc import Callable
from typing import Any, TypeVar

import pkcs11

from custody.hsm.token.errors import KeyUnknownError, TokenPinError, TokenUnavailableError
from custody.hsm.token.library import library_of

T = TypeVar("T")

PIN_ERRORS = (pkcs11.PinIncorrect, pkcs11.PinLocked, pkcs11.PinExpired, pkcs11.PinInvalid, pkcs11.PinLenRange)
OPEN_ATTEMPTS = 4
_FIRST_PAUSE_SECONDS = 0.05


class TokenSession:
    """Runs operations on the token ``label``; safe for threads and forks."""

    def __init__(self, *, module: str, label: str, pin: Callable[[], str]) -> None:
        """``pin`` is called when a session opens, so that the PIN is not kept."""
        self._library, self._label, self._pin = library_of(module), label, pin
        self._pin_refused = False
        self._session: pkcs11.Session | None = None
        self._generation = -1
        self._handles: dict[tuple[pkcs11.ObjectClass, bytes], Any] = {}

    def run(self, operation: Callable[["TokenSession"], T]) -> T:
        """Call ``operation(self)`` under the lock; once more after a reconnect when it fails.

        ``operation`` must be harmless when repeated. Raises TokenUnavailableError, TokenPinError,
        or KeyUnknownError when a session that was just opened does not find a key.
        """
        with self._library.lock:
            self._forget_if_stale()
            reused = self._session is not None
            try:
                return operation(self)
            except pkcs11.PKCS11Error as error:
                self.close()
                if not reused:
                    raise _failure(error) from None
            try:
                # A library that lost its token finds it again only when it starts anew.
                self._session = self._open(anew=True)
                return operation(self)
            except pkcs11.PKCS11Error as error:
                self.close()
                raise _failure(error) from None

    @property
    def session(self) -> pkcs11.Session:
        """The open session; use it only inside ``run``."""
        if self._session is None:
            self._session = self._open()
        return self._session

    def key(self, object_class: pkcs11.ObjectClass, identifier: bytes) -> Any:  # noqa: ANN401 - its abilities depend on the key
        """Return a key by CKA_ID; handles are cached because SoftHSM searches all objects."""
        handle = self._handles.get((object_class, identifier))
        if handle is None:
            handle = self.session.get_key(object_class=object_class, id=identifier)
            self._handles[object_class, identifier] = handle
        return handle

    def forget(self, object_class: pkcs11.ObjectClass, identifier: bytes) -> None:
        """Drop the cached handle of a key that was destroyed."""
        self._handles.pop((object_class, identifier), None)

    def close(self) -> None:
        """Forget session and handles; the next ``run`` opens again."""
        with self._library.lock:
            self._forget_if_stale()
            session, self._session = self._session, None
            self._handles.clear()
            if session is not None:
                # It may be dead already, which is why we close it.
                with contextlib.suppress(pkcs11.PKCS11Error):
                    session.close()

    def _forget_if_stale(self) -> None:
        """After a fork or a new start of the library, the old session must not even be closed."""
        if self._generation != self._library.generation:
            self._session = None
            self._handles = {}

    def _open(self, *, anew: bool = False) -> pkcs11.Session:
        if self._pin_refused:
            raise TokenPinError("the PIN was refused before; restart this process with the right one")
        pin, pause = self._pin(), _FIRST_PAUSE_SECONDS
        for attempt in range(OPEN_ATTEMPTS):
            try:
                return self._log_in(pin, anew=anew or attempt > 0)
            except pkcs11.UserAlreadyLoggedIn:
                continue  # by a session of this process that nobody holds; starting anew ends it
            except pkcs11.PKCS11Error as error:
                if attempt == OPEN_ATTEMPTS - 1:
                    raise _failure(error) from None
            # Another process that logs in makes SoftHSM's token unreadable for a moment.
            time.sleep(pause + random.uniform(0, pause))  # noqa: S311 - jitter, not a secret
            pause *= 2
        raise TokenUnavailableError("the token stays logged in elsewhere")

    def _log_in(self, pin: str, *, anew: bool) -> pkcs11.Session:
        library = self._library.initialise() if anew else self._library.ready()
        self._generation = self._library.generation
        token = library.get_token(token_label=self._label)
        try:
            session: pkcs11.Session = token.open(rw=True, user_pin=pin)
        except PIN_ERRORS:
            self._pin_refused = True
            raise TokenPinError("the token refused the PIN") from None
        return session


def _failure(error: Exception) -> TokenUnavailableError | KeyUnknownError:
    if isinstance(error, pkcs11.NoSuchKey):
        return KeyUnknownError("the token has no such key")
    return TokenUnavailableError(f"token does not answer ({type(error).__name__})")
