"""Screens parties and addresses, keeps the proof, and stops the subjects of what was found."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from django.contrib.auth.base_user import AbstractBaseUser
from django.db import transaction

from custody.audit.services import actor_name, record
from custody.common.clock import write_time
from custody.common.errors import InvalidInputError
from custody.common.ids import new_id
from custody.compliance import matching
from custody.compliance.matching import Match
from custody.compliance.models import Disposition, Hit, Hold, Party, SanctionsList, Screening
from custody.compliance.normalise import name_key

ONBOARDING, RELEASE = "ONBOARDING", "RELEASE"


@transaction.atomic
def register_party(
    *,
    actor: AbstractBaseUser | str,
    subject: str,
    kind: str,
    names: Sequence[str],
    at: datetime,
) -> Party:
    """Keep the names (main name first, then aliases) under which ``subject`` is screened.

    Known subjects get the new names. Raises InvalidInputError for a name that cannot be matched
    or an unknown kind.
    """
    if kind not in Party.Kind.values:
        raise InvalidInputError("not a kind of party", code="bad_kind", field="kind")
    _check_names(names)
    party = Party.objects.select_for_update().filter(subject=subject).first()
    if party is None:
        party = Party(id=new_id("par", at=at), subject=subject, created_at=at)
    party.kind, party.name, party.aliases = kind, names[0], "\n".join(names[1:])
    party.save()
    payload = {"kind": kind, "names": len(names)}
    record(verb="compliance.party.registered", actor=actor, subject=subject, payload=payload, at=at)
    return party


@transaction.atomic
def screen_party(
    *,
    actor: AbstractBaseUser | str,
    subject: str,
    purpose: str,
    holds: Iterable[str] = (),
    at: datetime,
) -> Screening:
    """Screen all names of a registered party.

    A hit puts a Hold on ``subject`` and on every further subject in ``holds``. Raises
    InvalidInputError ``unknown_party`` or RefusedError ``no_sanctions_list``.
    """
    party = Party.objects.filter(subject=subject).first()
    if party is None:
        raise InvalidInputError("party has no names to screen", code="unknown_party", field="subject")
    lists = matching.active_lists()
    names = party.names()
    screening = _new_screening(actor, subject, purpose, Screening.Matched.NAME, at)
    screening.query = "\n".join(names)
    return _settle(screening, matching.match_names(names, lists=lists), lists, actor=actor, holds=holds)


@transaction.atomic
def screen_address(
    *,
    actor: AbstractBaseUser | str,
    subject: str,
    chain: str,
    address: str,
    purpose: str,
    holds: Iterable[str] = (),
    at: datetime,
) -> Screening:
    """Screen an address (``chain``: CAIP-2) that belongs to or is paid for ``subject``.

    A hit puts a Hold on ``subject`` and on every further subject in ``holds``. Raises
    InvalidInputError for an unknown chain or address, RefusedError ``no_sanctions_list``.
    """
    lists = matching.active_lists()
    matches = matching.match_address(chain=chain, address=address, lists=lists)
    screening = _new_screening(actor, subject, purpose, Screening.Matched.ADDRESS, at)
    screening.query = f"{chain} {address}"
    return _settle(screening, matches, lists, actor=actor, holds=holds)


def _check_names(names: Sequence[str]) -> None:
    if not names:
        raise InvalidInputError("a party has at least one name", code="bad_name", field="names")
    for name in names:
        name_key(name)
        if len(name.splitlines()) != 1:
            raise InvalidInputError("a name is one line", code="bad_name", field="names")


def _new_screening(
    actor: AbstractBaseUser | str, subject: str, purpose: str, matched: Screening.Matched, at: datetime
) -> Screening:
    return Screening(
        id=new_id("scr", at=at),
        subject=subject,
        purpose=purpose,
        matched=matched,
        method=matching.METHOD,
        actor=actor_name(actor),
        screened_at=at,
    )


def _settle(
    screening: Screening,
    matches: Sequence[Match],
    lists: Sequence[SanctionsList],
    *,
    actor: AbstractBaseUser | str,
    holds: Iterable[str],
) -> Screening:
    """Save the screening with its hits, place the holds, record."""
    known = {hit.evidence: hit for hit in _known_hits(screening.subject, matches)}
    new = [_new_hit(screening, match) for match in matches if match.evidence not in known]
    settled = _false_positives(known.values())
    counting = [hit for hit in (*known.values(), *new) if hit.pk not in settled]
    screening.lists = [_list_version(version) for version in lists]
    screening.hits = sorted(hit.pk for hit in counting)
    screening.settled = sorted(settled)
    screening.result = Screening.Result.HIT if counting else Screening.Result.CLEAR
    screening.save(force_insert=True)
    Hit.objects.bulk_create(new)
    _place_holds(counting, {screening.subject, *holds}, at=screening.screened_at)
    _record(screening, actor=actor, new=new)
    return screening


def _known_hits(subject: str, matches: Sequence[Match]) -> Iterable[Hit]:
    evidence = [match.evidence for match in matches]
    return Hit.objects.filter(subject=subject, evidence__in=evidence).order_by("pk")


def _false_positives(hits: Iterable[Hit]) -> set[str]:
    settled = Disposition.objects.filter(
        hit__in=[hit.pk for hit in hits],
        state=Disposition.State.CONFIRMED,
        outcome=Disposition.Outcome.FALSE_POSITIVE,
    )
    return set(settled.values_list("hit_id", flat=True))


def _new_hit(screening: Screening, match: Match) -> Hit:
    return Hit(
        id=new_id("hit", at=screening.screened_at),
        subject=screening.subject,
        screening=screening,
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


def _record(screening: Screening, *, actor: AbstractBaseUser | str, new: Sequence[Hit]) -> None:
    at = screening.screened_at
    payload = {
        "screening": screening.pk,
        "purpose": screening.purpose,
        "matched": str(screening.matched),
        "result": str(screening.result),
        "hits": screening.hits,
        "settled": screening.settled,
        "lists": screening.lists,
        "at": write_time(at),
    }
    record(verb="compliance.subject.screened", actor=actor, subject=screening.subject, payload=payload, at=at)
    for hit in new:
        entry = {"list": hit.entry.list_id, "profile": hit.entry.profile_id, "evidence": hit.evidence}
        record(
            verb="compliance.hit.found",
            actor=actor,
            subject=hit.pk,
            payload={"subject": hit.subject, **entry},
            at=at,
        )
