"""Audit verbs in words, for timelines and lists."""

from django.utils.translation import gettext

from custody.web.verb_tables import ACTIONS, VERBS


def words(verb: str) -> str:
    """The verb in the reader's language; what the tables do not know stays as it is recorded."""
    if verb in VERBS:
        return str(VERBS[verb])
    action, _dot, outcome = verb.rpartition(".")
    what = {"action": _action(action)}
    if outcome == "refused":
        return gettext("Refused: %(action)s") % what
    if outcome == "failed":
        return gettext("Failed: %(action)s") % what
    return verb


def _action(action: str) -> str:
    """What was tried; pages without an action of their own are recorded as "web.<page>"."""
    if action in ACTIONS:
        return str(ACTIONS[action])
    return gettext("page %(name)s") % {"name": action[4:]} if action.startswith("web.") else action
