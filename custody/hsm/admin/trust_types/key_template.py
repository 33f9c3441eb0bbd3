"""KEY_TEMPLATE: lets the signer make one-time keys for a wallet of the house."""

from datetime import timedelta

from django import forms
from django.conf import settings
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from custody.common.ids import new_id
from custody.hsm.admin.trust_types.kind import Author, DayField, DraftForm, DraftKind, midnight
from custody.statements.trust.keys import KeyTemplate, WalletBinding
from custody.web import show
from custody.web.admin import Fields

TIERS = {"HOT": _("hot: works while somebody is on duty"), "WARM": _("warm")}
MAX_OPEN, MAX_DAYS, MAX_DEPTH = 10_000, 190, 1000


class KeyTemplateForm(DraftForm):
    """Which wallet, how many keys, and how long each is kept."""

    wallet = forms.CharField(
        label=_("Wallet"), max_length=40, required=False, help_text=_("Empty: a new wallet.")
    )
    tier = forms.ChoiceField(label=_("Tier"), choices=list(TIERS.items()))
    open_max = forms.IntegerField(
        label=_("Open one-time keys at most"),
        min_value=0,
        max_value=MAX_OPEN,
        help_text=_("Zero: no new ones."),
    )
    lifetime_days = forms.IntegerField(
        label=_("Each in use for (days)"), min_value=1, max_value=MAX_DAYS, initial=90
    )
    settled_depth = forms.IntegerField(
        label=_("Settled from depth in blocks"), min_value=1, max_value=MAX_DEPTH, initial=6
    )
    dispute_days = forms.IntegerField(
        label=_("Kept after that for (days)"),
        min_value=0,
        max_value=MAX_DAYS,
        initial=30,
        help_text=_("The time for disputes; then the key can be destroyed."),
    )
    valid_from = DayField(label=_("From"))
    valid_until = DayField(label=_("Until"), help_text=_("At most 190 days ahead."))


def _body(fields: Fields, author: Author) -> KeyTemplate:
    return KeyTemplate(
        wallet=WalletBinding(
            wallet=fields["wallet"] or new_id("wal", at=author.at),
            owner="HOUSE",
            chain=settings.BITCOIN_CHAIN,
            tier=fields["tier"],
        ),
        open_max=fields["open_max"],
        lifetime_seconds=_seconds(fields["lifetime_days"]),
        settled_depth=fields["settled_depth"],
        dispute_seconds=_seconds(fields["dispute_days"]),
        valid_from=midnight(fields["valid_from"]),
        valid_until=midnight(fields["valid_until"]),
    )


def _seconds(days: int) -> int:
    return int(timedelta(days=days).total_seconds())


def _say(body: KeyTemplate) -> str:
    return _t(
        "Wallet %(wallet)s may have %(open)d open one-time keys until %(end)s, tier %(tier)s; each is"
        " destroyed %(days)d days after its payments are %(depth)d blocks deep."
    ) % {
        "wallet": body.wallet.wallet,
        "open": body.open_max,
        "end": show.plain_moment(body.valid_until),
        "tier": body.wallet.tier,
        "days": timedelta(seconds=body.dispute_seconds).days,
        "depth": body.settled_depth,
    }


KEY_TEMPLATE = DraftKind(
    name="KEY_TEMPLATE",
    effect=_(
        "Counts at once. The maker and the quorum of officers sign; to allow fewer of them for a shorter time"
        " one officer signs."
    ),
    form=KeyTemplateForm,
    body=_body,
    say=_say,
)
