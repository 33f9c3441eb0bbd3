"""A signer process of a cell: tells its moments, and notes each digest that its token is asked for."""

import json
import os
import traceback
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from custody.hsm.backends.interface import MadeKey
from custody.hsm.signer.keys import SigningToken
from custody.hsm.signer.orders import OrderFolder
from custody.hsm.signer.store import journal
from custody.hsm.signer.store.head import HeadFile
from custody.hsm.signer.store.selectors import CatalogueKey
from tests.faults.crash.backends import LABEL
from tests.faults.crash.moments import Between, Watch
from tests.signer.bench import Bench, Hands, store_database
from tests.signer.tokens import session_on, use_tokens_below

TOKEN_LOG, ANSWERS = "token-log.jsonl", "answers.json"
Asked = Sequence[tuple[str, bytes]]


@dataclass(frozen=True)
class TokenCall:
    """A digest on its way to a key, and where the head file stood on disk at that moment."""

    key: str
    digest: str
    head: int


class WatchedToken(SigningToken):
    """The real token; what it is asked stands in a file first, which survives whoever asks."""

    def __init__(self, directory: Path, watch: Watch) -> None:
        super().__init__(session_on(LABEL))
        self._directory, self._watch = directory, watch

    def make(self, key: CatalogueKey, digest: bytes) -> bytes:
        head = HeadFile(self._directory / "head").read()
        call = TokenCall(key.id, digest.hex(), head.seq if head else -1)
        with (self._directory / TOKEN_LOG).open("a") as log:
            log.write(json.dumps(asdict(call)) + "\n")
        self._watch(Between.ASKED)
        signature = super().make(key, digest)
        self._watch(Between.ANSWERED)
        return signature

    def generate(self, **wanted: Any) -> MadeKey:
        made = super().generate(**wanted)
        self._watch(Between.GENERATED)
        return made


@dataclass
class WatchedBench(Bench):
    """A bench whose orders are watched, too."""

    watch: Watch | None = None

    @property
    def orders(self) -> OrderFolder:
        folder = OrderFolder(self.directory)
        if self.watch is not None:
            self.watch.after(folder, "taken", Between.ORDER_TAKEN)
        return folder


@contextmanager
def signer(directory: Path, hands: Hands, watch: Watch) -> Iterator[Bench]:
    """An open signer on the store in ``directory``; everything it does is told to ``watch``."""
    if (directory / "tokens").is_dir():
        use_tokens_below(directory)
    with store_database(directory):
        bench = WatchedBench(directory, WatchedToken(directory, watch), hands, watch, watch)
        watch.after(bench.store, "commit", Between.ORDER_COMMITTED)
        watch.after(bench.store.head_file, "advance", Between.HEAD_WRITTEN)
        watch.after(bench.public, "publish_identity", Between.IDENTITY_WRITTEN)
        watch.after(journal, "append", Between.APPENDED)
        yield bench
        bench.close()


def work(directory: Path, hands: Hands, watch: Watch, asked: Asked) -> None:
    """Handle one wake, then the same bytes again, and leave both answers in a file."""
    with signer(directory, hands, watch) as bench:
        first = bench.signer.handle_all(asked)
        reached = [asdict(moment) for moment in watch.reached]
        again = bench.signer.handle_all(asked)
    answers = {
        "first": [data.decode() for data in first],
        "again": [data.decode() for data in again],
        "reached": reached,
    }
    (directory / ANSWERS).write_text(json.dumps(answers))


def fork(task: Callable[[], object], *, errors: Path) -> int:
    """Begin ``task`` in a child of this process and return its id; what goes wrong stands in ``errors``."""
    child = os.fork()
    if child:
        return child
    try:
        task()
    except BaseException:  # noqa: BLE001 - nothing of the child may go on in the parent's code
        errors.write_text(traceback.format_exc())
        os._exit(1)
    os._exit(0)


def ended(child: int) -> int:
    """Wait for a child; its exit code, or the negative number of the signal that ended it."""
    _, status = os.waitpid(child, 0)
    return os.waitstatus_to_exitcode(status)
