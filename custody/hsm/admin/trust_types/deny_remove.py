"""DENY_REMOVE: addresses that may be paid again."""

from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from custody.hsm.admin.trust_types.deny_add import DenyForm, denied
from custody.hsm.admin.trust_types.kind import DraftKind
from custody.statements.trust.deny import DeniedAddresses


def _say(body: DeniedAddresses) -> str:
    return _t("These addresses may be paid again: %(addresses)s.") % {"addresses": ", ".join(body.addresses)}


DENY_REMOVE = DraftKind(
    name="DENY_REMOVE",
    effect=_("Counts at once. The maker and the quorum of officers sign."),
    form=DenyForm,
    body=denied,
    say=_say,
)
