"""The form that asks for a one-time key of a wallet whose template the officers have accepted."""

from datetime import datetime

from django import forms
from django.urls import reverse
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from custody.accounts.models import User
from custody.accounts.roles import Right
from custody.common.errors import InvalidInputError
from custody.hsm.models import SigningKey
from custody.hsm.one_time_keys import request_one_time_key
from custody.web.admin import Deed, Fields, Next

MAX_INDEX = 2**31 - 1


class OneTimeKeyForm(forms.Form):
    """Which key of which wallet, and for what."""

    wallet = forms.CharField(label=_("Wallet"), max_length=40)
    index = forms.IntegerField(label=_("Number of the key"), min_value=0, max_value=MAX_INDEX)
    ref = forms.CharField(
        label=_("For"), max_length=40, help_text=_("Id of the deal or client that pays there, once.")
    )


def _ask(user: User, _record: object, fields: Fields, at: datetime) -> Next:
    wallet, index, ref = fields["wallet"], fields["index"], fields["ref"]
    try:
        row = request_one_time_key(actor=user, wallet=wallet, index=index, ref=ref, at=at)
    except InvalidInputError as error:
        raise error.at("ref" if (error.field or "").endswith("/ref") else "wallet") from None
    address = reverse("admin:hsm_signingrequest_change", args=[row.pk])
    return Next(
        _t("Asked. The signer makes it where the template allows; then have its address issued."), address
    )


ASK_FOR_KEY = Deed[SigningKey](
    name="",  # the form stands alone on its page
    action="hsm.one_time_key.ask",
    label=_("Ask for a one-time key"),
    right=Right.DRAFT_TRUST,
    form=OneTimeKeyForm,
    perform=_ask,
    explanation=_("For one deposit. The signer judges by the template of the wallet that officers accepted."),
)
