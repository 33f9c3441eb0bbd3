"""Screens parties and addresses, keeps the proof, and stops the subjects of what was found."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from django.contrib.auth.base_user import AbstractBaseUser
from django.db import transaction

from custody.audit.services import actor_name, record
from custody.common.errors import InvalidInputError
from custody.common.ids import new_id
from custody.compliance import matching
from custody.compliance.models import Party, Screening
from custody.compliance.normalise import name_key
from custody.compliance.services.findings import settle

ONBOARDING, RELEASE = "ONBOARDING", "RELEASE"


@transaction.atomic
def register_party(
    *, actor: AbstractBaseUser | str, subject: str, names: Sequence[str], at: datetime
) -> Party:
    """Keep the names (main name first, then aliases) under which ``subject`` is screened.

    A known subject gets the new names; the same names change nothing. Raises InvalidInputError
    for a name that cannot be matched.
    """
    _check_names(names)
    party = Party.objects.select_for_update().filter(subject=subject).first()
    if party is not None and party.names() == tuple(names):
        return party
    if party is None:
        party = Party(id=new_id("par", at=at), subject=subject, created_at=at)
    party.name, party.aliases = names[0], "\n".join(names[1:])
    party.save()
    payload = {"party": party.pk, "names": len(names)}
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
    return settle(screening, matching.match_names(names, lists=lists), lists=lists, actor=actor, holds=holds)


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
    return settle(screening, matches, lists=lists, actor=actor, holds=holds)


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
