"""Imports a list and takes it into use in one transaction: all of it or nothing."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from django.contrib.auth.base_user import AbstractBaseUser
from django.db import connection, transaction

from custody.audit.services import record
from custody.common.errors import RefusedError
from custody.compliance import bulk
from custody.compliance.lists import reader_of
from custody.compliance.lists.base import ParsedList
from custody.compliance.lists.files import open_list
from custody.compliance.models import ActiveList, ListEntry, SanctionsList


@dataclass(frozen=True)
class ImportOutcome:
    """The list now in use, and what changed against the one before (numbers of parties)."""

    list: SanctionsList
    is_new: bool
    added: int
    removed: int
    changed: int


def import_list(*, actor: AbstractBaseUser | str, source: str, path: Path, at: datetime) -> ImportOutcome:
    """Read a list file (XML, plain or bzip2) and make it the active version of its source.

    The file already in use is no change. Raises InvalidInputError for an unknown source,
    BrokenListError for a file that is broken, truncated or of another format, RefusedError
    ``list_is_older`` for one published before the active version. Nothing is changed then.
    """
    reader = reader_of(source)
    with open_list(path) as stream:
        parsed = reader(stream)
        stream.drain()
        sha256 = stream.sha256
    with transaction.atomic():
        _lock_source(source)
        before = SanctionsList.objects.filter(active__source=source).first()
        if before is not None and before.sha256 == sha256:
            return ImportOutcome(before, is_new=False, added=0, removed=0, changed=0)
        return _replace(actor=actor, source=source, before=before, parsed=parsed, sha256=sha256, at=at)


def _replace(
    *,
    actor: AbstractBaseUser | str,
    source: str,
    before: SanctionsList | None,
    parsed: ParsedList,
    sha256: str,
    at: datetime,
) -> ImportOutcome:
    if before is not None and parsed.list_date < before.list_date:
        raise RefusedError("list is older than the one in use", code="list_is_older", field="file")
    imported = _create(source=source, before=before, parsed=parsed, sha256=sha256, at=at)
    bulk.insert_parties(imported, parsed.parties)
    ActiveList.objects.update_or_create(source=source, defaults={"list": imported})
    added, removed, changed = _difference(before, imported)
    record(
        verb="compliance.list.imported",
        actor=actor,
        subject=f"list:{source}:{imported.version}",
        payload={
            "sha256": sha256,
            "list_date": parsed.list_date.isoformat(),
            "parties": imported.parties,
            "names": imported.names,
            "addresses": imported.addresses,
            "added": added,
            "removed": removed,
            "changed": changed,
        },
        at=at,
    )
    return ImportOutcome(imported, is_new=True, added=added, removed=removed, changed=changed)


def _create(
    *, source: str, before: SanctionsList | None, parsed: ParsedList, sha256: str, at: datetime
) -> SanctionsList:
    names = [name for party in parsed.parties for name in party.names]
    return SanctionsList.objects.create(
        source=source,
        version=before.version + 1 if before else 1,
        list_date=parsed.list_date,
        sha256=sha256,
        parties=len(parsed.parties),
        names=len(names),
        weak_names=sum(name.is_weak for name in names),
        addresses=sum(len(party.addresses) for party in parsed.parties),
        imported_at=at,
    )


def _lock_source(source: str) -> None:
    """Serialise imports of one source; a row lock cannot, before the first version exists."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext(%s))", [f"compliance.list.{source}"])


def _difference(before: SanctionsList | None, after: SanctionsList) -> tuple[int, int, int]:
    """Numbers of parties added, removed and changed."""
    old = _digests(before) if before else {}
    new = _digests(after)
    changed = sum(old[profile] != new[profile] for profile in old.keys() & new.keys())
    return len(new.keys() - old.keys()), len(old.keys() - new.keys()), changed


def _digests(imported: SanctionsList) -> dict[str, str]:
    return dict(ListEntry.objects.filter(list=imported).values_list("profile_id", "digest"))
