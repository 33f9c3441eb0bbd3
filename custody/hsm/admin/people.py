"""People of the trust store beside the accounts that say they belong to them."""

from collections.abc import Iterable, Mapping

from django.utils.safestring import SafeString

from custody.accounts.models import User
from custody.web import show


def names_of_people(people: Iterable[str]) -> dict[str, str]:
    """Names of the accounts linked to these persons; what the signer pins is the id alone."""
    rows = User.objects.filter(person__in=set(people))
    return {str(user.person): user.get_full_name() for user in rows}


def person_cell(person: str, names: Mapping[str, str]) -> SafeString:
    """Name by our accounts, and the id."""
    named = [names[person]] if person in names else []
    return show.lines([*named, show.code(person)])
