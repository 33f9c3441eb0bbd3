"""Rules for every kind: the right instance, a usable key of the right purpose, nothing unread."""

from datetime import datetime

from custody.hsm.signer.case import Case, Message
from custody.hsm.signer.refusal import Refusal
from custody.hsm.signer.rules.kept import check_kept
from custody.hsm.signer.store import selectors
from custody.statements.trust.keys import KeyActivate


def same_instance(case: Case) -> None:
    """A request of another installation is none of ours."""
    if case.request.instance != case.pinned.instance:
        raise Refusal("wrong_instance", "/instance")


def active_key(case: Case) -> None:
    """Only a key whose last state is ACTIVE signs, and a blob only while both its places agree."""
    if case.key.state != "ACTIVE":
        raise Refusal("key_not_active", "/key")
    check_kept(case.key, culprit="/key")


def check_cryptoperiod(activation: KeyActivate, *, at: datetime, culprit: str) -> None:
    """A key signs within the time its activation gave it; a successor is due before (SP 800-57)."""
    if not activation.valid_from <= at < activation.valid_until:
        raise Refusal("cryptoperiod_over", culprit)


def check_slot(case: Case, message: Message, *, culprit: str) -> None:
    """A key signs one digest per slot, for ever."""
    if selectors.digest_in(case.key.id, message.slot) is not None:
        raise Refusal("slot_already_signed", culprit)


class HasPurpose:
    """One key, one purpose, one message kind (trust.md 14)."""

    def __init__(self, purposes: frozenset[str]) -> None:
        self._purposes = purposes

    def __call__(self, case: Case) -> None:
        if case.key.purpose not in self._purposes:
            raise Refusal("wrong_key_purpose", "/key")


class ReadsOnly:
    """Refuses parts of a request that nothing here verifies: unread must not look like checked.

    ``stated`` may always be there; it travels with the request and is never read.
    """

    PARTS = frozenset({"intent", "mandate", "approvals", "documents", "facts", "payload"})

    def __init__(self, reads: frozenset[str]) -> None:
        self._unread = sorted(self.PARTS - reads)

    def __call__(self, case: Case) -> None:
        for part in self._unread:
            if getattr(case.request, part):
                raise Refusal("part_not_supported", f"/{part}")
