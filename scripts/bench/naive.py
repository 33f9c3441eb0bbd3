"""The peer of the signer's benchmarks: open a session, log in, find the key, sign 32 bytes, close.

A token is logged in to once per process, so the peer has a process of its own and is asked for
one call at a time: both sides take turns and meet the same machine.
"""

import multiprocessing
import time
from multiprocessing.connection import Connection
from types import TracebackType
from typing import Any, Self

import pkcs11

from custody.hsm.token import ec
from scripts.embedded.softhsm import MODULE
from tests.signer.tokens import PIN, session_on

KEY_ID = b"\x01"


class NaivePeer:
    """Signs on the token ``label`` with a key it makes there; ``call`` gives the seconds of one call."""

    def __init__(self, label: str) -> None:
        holder = session_on(label)
        ec.generate(holder, identifier=KEY_ID, label="naive", curve="secp256k1")
        holder.close()
        context = multiprocessing.get_context("spawn")
        self._pipe, theirs = context.Pipe()
        self._process = context.Process(target=_serve, args=(label, theirs), daemon=True)

    def __enter__(self) -> Self:
        self._process.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._pipe.send(False)
        self._process.join()

    def call(self) -> float:
        """Seconds of one call."""
        self._pipe.send(True)
        return float(self._pipe.recv())


def _serve(label: str, pipe: Connection) -> None:
    while pipe.recv():
        began = time.perf_counter()
        _sign(label)
        pipe.send(time.perf_counter() - began)


def _sign(label: str) -> None:
    token = pkcs11.lib(MODULE).get_token(token_label=label)
    with token.open(user_pin=PIN) as session:
        key: Any = session.get_key(object_class=pkcs11.ObjectClass.PRIVATE_KEY, id=KEY_ID)
        key.sign(bytes(32), mechanism=pkcs11.Mechanism.ECDSA)
