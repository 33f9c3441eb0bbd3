"""Checkpoints that were signed, out of the store: the promise of one proves nothing."""

from django.db.models import Exists, OuterRef, QuerySet

from custody.hsm.signer.store import journal, models
from custody.statements.checkpoint import Checkpoint, SignedCheckpoint


def signed_heads() -> QuerySet[models.SignedCheckpoint]:
    """Rows of checkpoints whose signature was made, each with the entry that promised it."""
    made = models.Entry.objects.filter(request_hash=OuterRef("entry__request_hash"), kind="SIGNED")
    return models.SignedCheckpoint.objects.filter(Exists(made)).select_related("entry")


def read(row: models.SignedCheckpoint) -> SignedCheckpoint:
    """The checkpoint with its signature, as its entries have them."""
    own = {entry.kind: entry.body for entry in journal.of_request(row.entry.request_hash)}
    (signature,) = own["SIGNED"]["signatures"]
    return SignedCheckpoint(
        checkpoint=Checkpoint.from_json(own["SEEN"]["checkpoint"]),
        public_key=signature["public_key"],
        signature=signature["signature"],
    )
