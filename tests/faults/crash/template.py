"""Prepared once per back-end: the store after its officers' work, and the bytes of every subject."""

import json
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.core.management import call_command

from custody.common import clock
from custody.hsm.signer.store.router import ALIAS
from tests.faults.crash.ground import Ground
from tests.faults.crash.moments import Watch
from tests.faults.crash.signing import TOKEN_LOG, Asked, WatchedToken
from tests.faults.crash.subjects import SUBJECTS
from tests.signer.bench import Bench, Hands, store_database


@dataclass(frozen=True)
class Template:
    """A closed store and what is brought to it, below ``directory``."""

    directory: Path

    def prepare(self) -> None:
        """Genesis, ground, and the requests of every subject; runs in a process of its own."""
        store = self.directory / "store"
        (store / "public").mkdir(parents=True)
        with store_database(store):
            call_command("migrate", ALIAS, database=ALIAS, verbosity=0, skip_checks=True)
            bench = Bench(store, WatchedToken(store, Watch()))
            bench.run_genesis()
            ground = Ground.prepare(bench)
            bench.hands.pass_by(seconds=1)
            for name, subject in SUBJECTS.items():
                requests = [(request.id, request.to_bytes().decode()) for request in subject.make(ground)]
                self._keep(name, requests)
            (self.directory / "now").write_text(clock.write_time(bench.hands.now))
            bench.close()
        (store / TOKEN_LOG).unlink(missing_ok=True)

    def asked(self, subject: str) -> Asked:
        """Ids and bytes of the requests of one wake."""
        kept: list[Any] = json.loads((self._of(subject) / "requests.json").read_text())
        return [(request_id, data.encode()) for request_id, data in kept]

    def copy(self, subject: str, directory: Path) -> None:
        """A store to break, with the orders that wait for it and, where keys live in files, their token."""
        shutil.copytree(self.directory / "store", directory)
        if self._tokens.is_dir():
            shutil.copytree(self._tokens, directory / "tokens")
        if (orders := self._of(subject) / "orders").is_dir():
            shutil.copytree(orders, directory / "orders")

    def bring_back_token(self, directory: Path) -> bool:
        """What an operator does when a dead process has left the token's file empty; was it?

        SoftHSM writes that file anew at each log-in, and a process killed meanwhile leaves nothing of it.
        """
        torn = any(file.stat().st_size == 0 for file in directory.glob("tokens/*/token.object"))
        if torn:
            shutil.rmtree(directory / "tokens")
            shutil.copytree(self._tokens, directory / "tokens")
        return torn

    def hands(self, *, later: float) -> Hands:
        """The clock as it stood when the template was made, ``later`` seconds after."""
        hands = Hands(now=clock.read_time((self.directory / "now").read_text()))
        hands.pass_by(seconds=later)
        return hands

    @property
    def _tokens(self) -> Path:
        return self.directory.parent / "tokens"

    def _keep(self, subject: str, requests: list[tuple[str, str]]) -> None:
        kept = self._of(subject)
        kept.mkdir(parents=True)
        (kept / "requests.json").write_text(json.dumps(requests))
        orders = self.directory / "store" / "orders"
        if orders.is_dir():
            orders.rename(kept / "orders")

    def _of(self, subject: str) -> Path:
        return self.directory / "asked" / subject.replace(" ", "-")
