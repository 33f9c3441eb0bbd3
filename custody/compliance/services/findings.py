"""What a screening found becomes hits and holds; what officers settled before stays settled."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from django.contrib.auth.base_user import AbstractBaseUser

from custody.audit.services import record
from custody.common.ids import new_id
from custody.compliance.matching import Match
from custody.compliance.models import Disposition, Hit, Hold, SanctionsList, Screening
from custody.compliance.services.locks import lock_hits


def settle(
    screening: Screening,
    matches: Sequence[Match],
    *,
    lists: Sequence[SanctionsList],
    actor: AbstractBaseUser | str,
    holds: Iterable[str],
) -> Screening:
    """Save the screening with its hits, place holds on its subject and on ``holds``, record both."""
    hits = _hits_of(screening, matches, actor=actor)
    lock_hits(hit.pk for hit in hits)
    settled = _false_positives(hits)
    counting = [hit for hit in hits if hit.pk not in settled]
    screening.lists = [_list_version(version) for version in lists]
    screening.hits = [hit.pk for hit in counting]
    screening.settled = sorted(settled)
    screening.result = Screening.Result.HIT if counting else Screening.Result.CLEAR
    screening.save(force_insert=True)
    _place_holds(counting, {screening.subject, *holds}, at=screening.screened_at)
    _record_screening(screening, actor=actor)
    return screening


def _hits_of(screening: Screening, matches: Sequence[Match], *, actor: AbstractBaseUser | str) -> list[Hit]:
    """Return the one hit of each match, made where this subject never met this evidence."""
    evidence = [match.evidence for match in matches]
    known = Hit.objects.filter(subject=screening.subject, evidence__in=evidence)
    seen = set(known.values_list("evidence", flat=True))
    new = [_new_hit(screening, match) for match in matches if match.evidence not in seen]
    # Another screening of the same subject may insert the same hit at this moment: one wins.
    Hit.objects.bulk_create(new, ignore_conflicts=True)
    hits = list(known.order_by("pk"))
    for hit in hits:
        if hit.screening_id == screening.pk:
            _record_hit(hit, actor=actor)
    return hits


def _false_positives(hits: Iterable[Hit]) -> set[str]:
    confirmed = Disposition.objects.filter(
        hit__in=list(hits),
        state=Disposition.State.CONFIRMED,
        outcome=Disposition.Outcome.FALSE_POSITIVE,
    )
    return set(confirmed.values_list("hit_id", flat=True))


def _new_hit(screening: Screening, match: Match) -> Hit:
    return Hit(
        id=new_id("hit", at=screening.screened_at),
        subject=screening.subject,
        screening_id=screening.pk,
        entry=match.entry,
        matched=match.matched,
        listed=match.listed,
        is_weak=match.is_weak,
        evidence=match.evidence,
        found_at=screening.screened_at,
    )


def _place_holds(hits: Iterable[Hit], subjects: set[str], *, at: datetime) -> None:
    rows = [Hold(subject=subject, hit=hit, placed_at=at) for hit in hits for subject in sorted(subjects)]
    # A hold that stands already stays as it is.
    Hold.objects.bulk_create(rows, ignore_conflicts=True)


def _list_version(version: SanctionsList) -> dict[str, str | int]:
    return {
        "source": version.source,
        "version": version.version,
        "list_date": version.list_date.isoformat(),
        "sha256": version.sha256,
    }


def _record_screening(screening: Screening, *, actor: AbstractBaseUser | str) -> None:
    payload = {
        "screening": screening.pk,
        "purpose": screening.purpose,
        "matched": str(screening.matched),
        "result": str(screening.result),
        "hits": screening.hits,
        "settled": screening.settled,
        "lists": screening.lists,
    }
    record(
        verb="compliance.subject.screened",
        actor=actor,
        subject=screening.subject,
        payload=payload,
        at=screening.screened_at,
    )


def _record_hit(hit: Hit, *, actor: AbstractBaseUser | str) -> None:
    payload = {"subject": hit.subject, "entry": hit.entry_id, "evidence": hit.evidence}
    record(verb="compliance.hit.found", actor=actor, subject=hit.pk, payload=payload, at=hit.found_at)
