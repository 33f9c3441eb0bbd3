"""Between the message queue and the signer: fetches bytes, posts results, keeps out everything else."""

import logging
import re
from contextlib import ExitStack

from django.conf import settings

from custody.common.errors import CustodyError
from custody.common.ids import check_id
from custody.hsm.signer import program
from custody.hsm.signer.mailbox import Mailbox
from custody.hsm.signer.signer import Signer
from custody.statements.result import Result

logger = logging.getLogger(__name__)

_NAME = re.compile(r"[^A-Za-z0-9_.:-]")


class Office:
    """One per signer process."""

    def __init__(self) -> None:
        self._resources = ExitStack()
        self._signer: Signer | None = None
        self._mailbox: Mailbox | None = None

    def open(self) -> None:
        """Open store and mailbox; raises StoreStoppedError."""
        store = self._resources.enter_context(program.own_store())
        self._signer = program.build_signer(store)
        self._mailbox = Mailbox(settings.MAIN_DATABASE)
        self._resources.callback(self._mailbox.close)

    def close(self) -> None:
        self._resources.close()
        self._signer = self._mailbox = None

    def wake(self, request_id: object) -> None:
        """Handle a request, and those that wait beside it, through one commit.

        What cannot be handled now is woken again by the web side.
        """
        if self._signer is None or self._mailbox is None:
            raise SystemExit("signer: not open")
        try:
            identifier = check_id(str(request_id), "req", field="request_id")
            requests = self._mailbox.read(identifier)
            if not requests:
                logger.warning("signer: no request %s", identifier)
                return
            bodies = self._signer.handle_all(requests)
            self._mailbox.write(
                (request_id, *_columns(Result.from_bytes(body)), body)
                for (request_id, _), body in zip(requests, bodies, strict=True)
            )
        except CustodyError as error:
            logger.error("signer: wake failed (%s)", error.code)

    def refuse_message(self, rule: str, name: str) -> None:
        """Journal a message that is no ``wake``; it reaches the audit record with the next result."""
        logger.warning("signer: message refused (%s)", rule)
        if self._signer is not None:
            self._signer.refuse_message(rule, _NAME.sub("?", name)[:100])


def _columns(result: Result) -> tuple[str, str]:
    """Outcome, and the rule of a failure."""
    return result.outcome, (result.rule or "") if result.outcome == "FAILED" else ""
