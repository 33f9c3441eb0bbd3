"""DENY_ADD: addresses that no key pays."""

from typing import Any

from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from custody.hsm.admin.trust_types.kind import (
    Author,
    ChainField,
    DraftForm,
    DraftKind,
    LinesField,
    say_bad_lines,
)
from custody.statements.chains import canonical_of
from custody.statements.trust.deny import DeniedAddresses
from custody.web.admin import Fields


class DenyForm(DraftForm):
    """Addresses of the chain."""

    chain = ChainField()
    addresses = LinesField(label=_("Addresses"), help_text=_("One per line."))

    def clean(self) -> dict[str, Any]:
        fields: dict[str, Any] = super().clean() or {}
        if fields.get("chain") and fields.get("addresses"):
            say_bad_lines(self, fields, "addresses")
        return fields


def denied(fields: Fields, _author: Author) -> DeniedAddresses:
    """The body of additions and removals."""
    chain = fields["chain"]
    written = {canonical_of(line, chain=chain, field="addresses") for line in fields["addresses"]}
    return DeniedAddresses(chain=chain, addresses=tuple(sorted(written)))


def _say(body: DeniedAddresses) -> str:
    return _t("No key pays these addresses any more: %(addresses)s.") % {
        "addresses": ", ".join(body.addresses)
    }


DENY_ADD = DraftKind(
    name="DENY_ADD",
    effect=_(
        "Counts at once. The maker signs; that is enough of an officer or the importer, any other maker needs"
        " one of them besides."
    ),
    form=DenyForm,
    body=denied,
    say=_say,
)
