"""DENY_ADD: addresses that no key pays."""

from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from custody.hsm.admin.trust_types.kind import Author, ChainField, DraftForm, DraftKind, LinesField
from custody.statements.trust.deny import DeniedAddresses
from custody.web.admin import Fields


class DenyForm(DraftForm):
    """Addresses of the chain."""

    chain = ChainField()
    addresses = LinesField(label=_("Addresses"), help_text=_("One per line."))


def denied(fields: Fields, _author: Author) -> DeniedAddresses:
    """The body of additions and removals."""
    return DeniedAddresses(chain=fields["chain"], addresses=tuple(fields["addresses"]))


def _say(body: DeniedAddresses) -> str:
    return _t("No key pays these addresses any more: %(addresses)s.") % {
        "addresses": ", ".join(body.addresses)
    }


DENY_ADD = DraftKind(
    name="DENY_ADD",
    effect=_("Counts at once. One officer or the importer signs, who may be the maker."),
    form=DenyForm,
    body=denied,
    say=_say,
)
