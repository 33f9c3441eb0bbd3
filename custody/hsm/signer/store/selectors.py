"""Reads of the store: the only facts besides the decoded bytes that rules may use."""

from dataclasses import dataclass
from datetime import datetime

from custody.hsm.signer.store import models
from custody.statements.audit_links import FIRST_PREVIOUS
from custody.statements.policy import Policy
from custody.statements.terms import Terms


@dataclass(frozen=True)
class Pinned:
    """What genesis pinned."""

    instance: str
    demo: bool
    genesis: str
    policy: Policy


@dataclass(frozen=True)
class CatalogueKey:
    """A key of ours; ``token_id`` is its CKA_ID in hex, ``public_key`` the compressed point in hex."""

    id: str
    purpose: str
    curve: str
    public_key: str
    token_id: str
    state: str
    certificate: bytes | None


def pinned() -> Pinned | None:
    """Return what genesis pinned, None before genesis."""
    row = models.Genesis.objects.first()
    if row is None:
        return None
    return Pinned(row.instance, row.demo, row.hash, Policy.from_bytes(bytes(row.policy)))


def key(key_id: str) -> CatalogueKey | None:
    row = models.Key.objects.filter(id=key_id).first()
    return _catalogue_key(row) if row else None


def all_keys() -> list[CatalogueKey]:
    """All keys in the order they were made."""
    return [_catalogue_key(row) for row in models.Key.objects.order_by("entry_id", "id")]


def is_known_person(person: str, *, at: datetime) -> bool:
    """True while a credential of this person is valid."""
    return models.Person.objects.filter(id=person, valid_until__gt=at).exists()


def terms(terms_hash: str) -> Terms | None:
    row = models.Terms.objects.filter(hash=terms_hash).first()
    return Terms.from_bytes(bytes(row.document)) if row else None


def terms_of_script(script: str) -> str | None:
    """Hash of the terms that own a witness script (hex)."""
    return models.Terms.objects.filter(script=script).values_list("hash", flat=True).first()


def digest_in(key_id: str, slot: str) -> str | None:
    """The digest a key has signed in a slot."""
    return models.Slot.objects.filter(key_id=key_id, slot=slot).values_list("digest", flat=True).first()


def request_hash(request_id: str) -> str | None:
    """Hash of the first bytes seen under a request id."""
    rows = models.SeenRequest.objects.filter(id=request_id)
    return rows.values_list("request_hash", flat=True).first()


def intent_seen_at(intent: str) -> datetime | None:
    return models.SeenIntent.objects.filter(intent=intent).values_list("at", flat=True).first()


def intent_anchor(intent: str) -> str | None:
    return models.IntentAnchor.objects.filter(intent=intent).values_list("anchor", flat=True).first()


def terms_anchor(terms_hash: str) -> str | None:
    return models.TermsAnchor.objects.filter(terms=terms_hash).values_list("anchor", flat=True).first()


def last_checkpoint(stream: str) -> tuple[int, str]:
    """Position and link of the last checkpoint signed for ``stream``; (0, zeros) before the first."""
    return checkpoint_before(stream, position=2**63 - 1)


def checkpoint_before(stream: str, *, position: int) -> tuple[int, str]:
    """Like ``last_checkpoint``, among those at a lower position."""
    rows = models.SignedCheckpoint.objects.filter(stream=stream, position__lt=position)
    last = rows.order_by("-position").first()
    return (last.position, last.link) if last else (0, FIRST_PREVIOUS)


def entry_hashes(first: int, last: int) -> list[str]:
    """Hashes of our own entries ``first`` to ``last``, both included; shorter when they are not all there."""
    rows = models.Entry.objects.filter(seq__gte=first, seq__lte=last).order_by("seq")
    return list(rows.values_list("hash", flat=True))


def _catalogue_key(row: models.Key) -> CatalogueKey:
    state = row.states.order_by("-entry_id").values_list("state", flat=True).first()
    return CatalogueKey(
        id=row.id,
        purpose=row.purpose,
        curve=row.curve,
        public_key=row.public_key,
        token_id=row.token_id,
        state=state or "PRE_ACTIVE",
        certificate=bytes(row.certificate) if row.certificate is not None else None,
    )
