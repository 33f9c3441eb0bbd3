"""ABI: the methods of one contract that may be called."""

from django import forms
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from custody.hsm.admin.trust_types.kind import (
    Author,
    ChainField,
    DraftForm,
    DraftKind,
    LinesField,
    written_address,
)
from custody.statements.trust.assets import Abi
from custody.web.admin import Fields


class AbiForm(DraftForm):
    """The contract and its methods."""

    chain = ChainField()
    contract = forms.CharField(label=_("Contract"), max_length=128)
    methods = LinesField(
        label=_("Methods that may be called"),
        required=False,
        help_text=_("One per line, like transfer(address,uint256). None: the contract is not called at all."),
    )


def _body(fields: Fields, _author: Author) -> Abi:
    return Abi(
        chain=fields["chain"],
        contract=written_address(fields, "contract"),
        methods=tuple(fields["methods"]),
    )


def _say(body: Abi) -> str:
    if not body.methods:
        return _t("The contract %(contract)s is not called any more.") % {"contract": body.contract}
    return _t("Of the contract %(contract)s these methods may be called: %(methods)s.") % {
        "contract": body.contract,
        "methods": ", ".join(body.methods),
    }


ABI = DraftKind(
    name="ABI",
    effect=_(
        "The maker and the quorum of officers sign, and the delay runs; fewer methods of a known contract"
        " count at once with one officer."
    ),
    form=AbiForm,
    body=_body,
    say=_say,
)
