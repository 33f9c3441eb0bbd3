"""Audit verbs in words, for timelines. A verb without an entry is shown as it is recorded."""

from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

VERBS: dict[str, Promise] = {
    "accounts.user.created": _("Person created"),
    "accounts.user.deactivated": _("Person deactivated"),
    "accounts.role.granted": _("Role granted"),
    "accounts.role.revoked": _("Role revoked"),
    "accounts.person.linked": _("Linked to a person of the trust store"),
    "accounts.client.opened": _("Client opened"),
    "accounts.membership.added": _("Member added"),
    "accounts.membership.removed": _("Member removed"),
    "accounts.login.succeeded": _("Logged in"),
    "accounts.second_factor.enrolled": _("Second factor set up"),
    "accounts.second_factor.reset": _("Second factor removed"),
    "accounts.password.changed": _("Password changed"),
}


def words(verb: str) -> str:
    """The verb in the reader's language; what the table does not know stays as it is recorded."""
    base, _dot, outcome = verb.rpartition(".")
    if outcome in {"refused", "failed"}:
        return gettext("Refused: %(action)s") % {"action": base}
    return str(VERBS.get(verb, verb))
