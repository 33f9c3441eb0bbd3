"""Heads that somebody presents: proof that this store was rewound, and the officers' way on (trust.md 20).

Every signature of ours stands in the journal before it is made. So a checkpoint with a valid signature
of our checkpoint key that the journal does not know means that this store has lost a part of its past,
or that a copy of it signs elsewhere. Whoever brings one stops the signer, and only a quorum at the
console lets it go on.
"""

import json
import logging
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from custody.common.errors import InvalidInputError, UnavailableError
from custody.hsm.signer.agreement import Agreement, Plan
from custody.hsm.signer.refusal import Refusal, refusing
from custody.hsm.signer.store import selectors
from custody.hsm.signer.store.journal import Draft
from custody.hsm.signer.trust.state import TrustState
from custody.statements.checkpoint import Checkpoint, SignedCheckpoint
from custody.statements.fields import Hash

logger = logging.getLogger(__name__)

ACTION = "RECOVER"


class NewerHeadError(UnavailableError):
    """Nothing is decided or signed until a quorum at the console says how to go on."""

    code = "newer_head_presented"


@dataclass(frozen=True, kw_only=True)
class LostPast(Plan):
    """What officers approve: ``entry`` is the hash of the entry that stopped the signer."""

    entry: Hash


@dataclass(frozen=True, kw_only=True)
class Recovery(Agreement):
    """The officers' order to go on with a store that was stopped; ``entry`` is the hash of the entry that
    stopped it, and so names all that this store knows."""

    ACTION = ACTION

    entry: Hash

    @property
    def parameters(self) -> str:
        return LostPast(entry=self.entry).parameters

    def draft(self, *, trust: TrustState, at: datetime) -> Draft:
        """The entry that lets the signer go on; raises Refusal."""
        if self.entry != selectors.standing_head():
            raise Refusal("nothing_to_recover", "/entry")
        return Draft("HEAD", {"recovery": self.record(self.check(trust=trust, at=at))})


def standstill() -> NewerHeadError | None:
    """Why nothing may be decided or signed; None while nobody has presented an unknown head."""
    if selectors.standing_head() is None:
        return None
    return NewerHeadError("somebody presented a signed head that this store does not know")


def presented(head: SignedCheckpoint, *, pointer: str = "") -> Draft:
    """The entry for an unknown head of ours; raises Refusal for any other, its culprit below ``pointer``."""
    checkpoint = head.checkpoint
    pinned = selectors.pinned()
    if pinned is None or checkpoint.instance != pinned.instance:
        raise Refusal("wrong_instance", f"{pointer}/checkpoint/instance")
    own = [
        key
        for key in selectors.all_keys()
        if (key.purpose, key.public_key) == ("checkpoint", head.public_key)
    ]
    if not own:
        raise Refusal("head_of_another_key", f"{pointer}/public_key")
    with refusing(pointer):
        head.verify()
    if selectors.digest_in(own[0].id, f"msg:{Checkpoint.FORMAT}:{checkpoint.hash}") is not None:
        raise Refusal("head_is_known", pointer)
    recovered = selectors.recovered_at()
    if recovered is not None and checkpoint.at <= recovered:
        raise Refusal("head_of_before_recovery", f"{pointer}/checkpoint/at")
    return Draft("HEAD", {"head": checkpoint.hash, "presented": head.to_json()})


def lost_head(published: Path) -> Draft | None:
    """The entry for the last head in the file of checkpoints, where this store does not know it."""
    try:
        line = published.read_bytes().rstrip(b"\n").rpartition(b"\n")[2]
        return presented(SignedCheckpoint.read(json.loads(line)))
    except FileNotFoundError:
        return None
    except Refusal:
        return None
    except (ValueError, InvalidInputError):
        # A crash inside an append leaves half a line; it is cut off with the next one.
        logger.warning("signer: the last line of the published checkpoints cannot be read")
        return None
