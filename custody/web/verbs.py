"""Audit verbs in words, for timelines and lists."""

from django.utils.translation import gettext

from custody.web.verb_tables import ACTIONS, VERBS


def words(verb: str) -> str:
    """The verb in the reader's language; what the tables do not know stays as it is recorded."""
    if verb in VERBS:
        return str(VERBS[verb])
    action, _dot, outcome = verb.rpartition(".")
    what = {"action": str(ACTIONS.get(action, action))}
    if outcome == "refused":
        return gettext("Refused: %(action)s") % what
    if outcome == "failed":
        return gettext("Failed: %(action)s") % what
    return verb
