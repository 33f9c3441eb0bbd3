"""KEY_ACTIVATE: takes a spend key into use for a wallet of the house."""

from django import forms
from django.conf import settings
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from custody.common.errors import InvalidInputError
from custody.common.ids import new_id
from custody.hsm.admin.trust_types.kind import (
    AmountField,
    Author,
    DayField,
    DraftForm,
    DraftKind,
    LinesField,
    choose_key,
    midnight,
)
from custody.hsm.models import SigningKey
from custody.hsm.words import purpose_word
from custody.statements.trust.keys import KeyActivate, KeyLimits, WalletBinding
from custody.web import show
from custody.web.admin import Fields

TIERS = {"HOT": _("hot: works while somebody is on duty"), "WARM": _("warm"), "COLD": _("cold")}
KINDS = {"TRANSFER": _("Transfer"), "SWEEP": _("Sweep")}


class KeyActivateForm(DraftForm):
    """Which key, for which wallet, how long, within which limits."""

    key = forms.ChoiceField(label=_("Key"), help_text=_("Spend keys made at a ceremony and not in use yet."))
    wallet = forms.CharField(
        label=_("Wallet"), max_length=40, required=False, help_text=_("Empty: a new wallet.")
    )
    tier = forms.ChoiceField(label=_("Tier"), choices=list(TIERS.items()))
    valid_from = DayField(label=_("In use from"))
    valid_until = DayField(label=_("Cryptoperiod ends"), help_text=_("A successor is due 30 days before."))
    kinds = forms.MultipleChoiceField(
        label=_("Kinds of payments"),
        choices=list(KINDS.items()),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("None: as the policy says."),
    )
    payees = LinesField(label=_("Only these addresses"), required=False, help_text=_("One per line."))
    amount_max = AmountField(label=_("Highest amount (base units)"), required=False)
    fee_max = AmountField(label=_("Highest fee (base units)"), required=False)

    def prepare(self) -> None:
        choose_key(self, purpose="spend", state="PRE_ACTIVE")


def _body(fields: Fields, author: Author) -> KeyActivate:
    key = SigningKey.objects.filter(pk=fields["key"]).first()
    if key is None:
        raise InvalidInputError("no such key", field="key")
    return KeyActivate(
        key=key.pk,
        public_key=key.public_key,
        curve=key.curve,  # type: ignore[arg-type]  # read again in its closed form
        class_=key.key_class,  # type: ignore[arg-type]
        purpose="spend",
        wallet=WalletBinding(
            wallet=fields["wallet"] or new_id("wal", at=author.at),
            owner="HOUSE",
            chain=settings.BITCOIN_CHAIN,
            tier=fields["tier"],
            limits=_limits(fields),
        ),
        valid_from=midnight(fields["valid_from"]),
        valid_until=midnight(fields["valid_until"]),
    )


def _limits(fields: Fields) -> KeyLimits | None:
    limits = KeyLimits(
        kinds=tuple(sorted(fields["kinds"])) or None,
        payees=tuple(fields["payees"]) or None,
        amount_max=fields["amount_max"],
        fee_max=fields["fee_max"],
    )
    return limits if limits != KeyLimits() else None


def _say(body: KeyActivate) -> str:
    sentence = _t("The key %(key)s is in use from %(start)s until %(end)s as: %(purpose)s.") % {
        "key": body.key,
        "start": show.plain_moment(body.valid_from),
        "end": show.plain_moment(body.valid_until),
        "purpose": purpose_word(body.purpose),
    }
    if body.wallet is None:
        return sentence
    place = {"wallet": body.wallet.wallet, "owner": body.wallet.owner, "tier": body.wallet.tier}
    return sentence + " " + _t("Wallet %(wallet)s, owner %(owner)s, tier %(tier)s.") % place


KEY_ACTIVATE = DraftKind(
    name="KEY_ACTIVATE",
    effect=_("Counts at once. The maker and the quorum of officers sign."),
    form=KeyActivateForm,
    body=_body,
    say=_say,
)
