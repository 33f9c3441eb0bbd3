"""What happened to a record, from the audit entries about it: when, what, who, at which position."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlencode

from django.contrib.auth import get_user_model
from django.contrib.auth.base_user import AbstractBaseUser
from django.db.models import Q
from django.urls import reverse

from custody.audit.models import AuditEntry
from custody.audit.selectors import entries_about
from custody.web.verbs import words

LIMIT = 200
PERSON = "user:"
_REFUSED = Q(verb__endswith=".refused") | Q(verb__endswith=".failed")


@dataclass(frozen=True)
class Step:
    """One entry. ``position`` is None until the linker has given it one."""

    at: datetime
    what: str
    is_refusal: bool
    actor: str
    hash: str
    position: int | None
    address: str


def timeline(subjects: Iterable[str], *, user: AbstractBaseUser) -> list[Step]:
    """Return the last entries about any of ``subjects``, newest first; links for who may follow them.

    Refusals are counted apart: who is refused again and again pushes no deed out.
    """
    about = entries_about(list(subjects)).reverse()
    shown = [entry.pk for kind in (about.exclude(_REFUSED), about.filter(_REFUSED)) for entry in kind[:LIMIT]]
    entries = list(about.filter(pk__in=shown))
    names = names_of(entry.actor_text for entry in entries)
    return [_step(entry, names, may_follow=_may_follow(user)) for entry in entries]


def all_entries(subjects: Iterable[str], *, user: AbstractBaseUser) -> list[tuple[str, str]]:
    """Return (subject, address of the list of its entries) for those who may read the record."""
    if not _may_follow(user):
        return []
    address = reverse("admin:audit_auditentry_changelist")
    return [(subject, f"{address}?{urlencode({'q': subject})}") for subject in subjects]


def _may_follow(user: AbstractBaseUser) -> bool:
    return bool(user.has_perm("audit.view_audit"))  # type: ignore[attr-defined]


def names_of(actors: Iterable[str]) -> dict[str, str]:
    """Return the people's names for actors of the form "user:<id>"."""
    ids = {actor.removeprefix(PERSON) for actor in actors if actor.startswith(PERSON)}
    people = get_user_model().objects.in_bulk(ids)
    return {f"{PERSON}{pk}": person.get_full_name() for pk, person in people.items()}


def _step(entry: AuditEntry, names: Mapping[str, str], *, may_follow: bool) -> Step:
    link = getattr(entry, "link", None)
    return Step(
        at=entry.created_at,
        what=words(entry.verb),
        is_refusal=entry.verb.endswith((".refused", ".failed")),
        actor=names.get(entry.actor_text, entry.actor_text),
        hash=entry.hash,
        position=link.position if link else None,
        address=reverse("admin:audit_auditentry_change", args=[entry.pk]) if may_follow else "",
    )
