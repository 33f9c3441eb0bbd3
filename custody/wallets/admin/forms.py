"""What people enter about a payment out of a house wallet; the services check everything again."""

from typing import Any

from django import forms
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from custody.statements.handed import MAX_BYTES
from custody.wallets.house import free_coins
from custody.wallets.models import TransferIntent, Utxo, Wallet
from custody.wallets.plans import Wish
from custody.web import show
from custody.web.admin import Fields, RecordForm
from custody.web.forms import SmallFileField

MAX_SATOSHI = 21_000_000 * 100_000_000
USUAL_FEE_MAX = 10_000
AMOUNT, ALL, COINS = "amount", "all", "coins"
MODES = [
    (AMOUNT, _("this amount, by coins that add up to it")),
    (ALL, _("everything that is free")),
    (COINS, _("the coins chosen below, whole")),
]


class WishForm(RecordForm[Wallet]):
    """Whom to pay, and what: the next page shows exactly what would be paid."""

    payee = forms.CharField(label=_("Address of the payee"), max_length=100)
    mode = forms.ChoiceField(label=_("Pays"), choices=MODES, widget=forms.RadioSelect, initial=AMOUNT)
    amount = forms.IntegerField(
        label=_("Amount in satoshi"), required=False, min_value=1, max_value=MAX_SATOSHI
    )
    coins = forms.MultipleChoiceField(
        label=_("Coins"), required=False, widget=forms.CheckboxSelectMultiple, choices=[]
    )
    fee_max = forms.IntegerField(
        label=_("Highest fee in satoshi"),
        min_value=1,
        max_value=MAX_SATOSHI,
        initial=USUAL_FEE_MAX,
        help_text=_("There is no change: what the coins hold above the amount is the fee."),
    )
    entry = forms.RegexField(
        r"^[0-9a-f]{64}$",
        label=_("Entry of the address book"),
        required=False,
        help_text=_("Hash of the trust document, where the policy pays booked addresses only."),
    )

    def prepare(self) -> None:
        coins = free_coins(self.record) if self.record and self.record.is_house else []
        choices = [(str(coin.pk), _coin_label(coin)) for coin in coins]
        self.fields["coins"].choices = choices  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        fields: dict[str, Any] = super().clean() or {}
        wanted = fields.get("mode")
        if wanted in {AMOUNT, COINS} and not fields.get(wanted) and wanted not in self.errors:
            self.add_error(wanted, _t("Needed for what you chose above."))
        return fields


class ProposalForm(RecordForm[Wallet]):
    """What the preview showed, coin by coin; nothing in it is typed."""

    payee = forms.CharField(max_length=100, widget=forms.HiddenInput)
    amount = forms.IntegerField(min_value=1, max_value=MAX_SATOSHI, widget=forms.HiddenInput)
    fee_max = forms.IntegerField(min_value=1, max_value=MAX_SATOSHI, widget=forms.HiddenInput)
    coins = forms.CharField(max_length=2_000, widget=forms.HiddenInput)
    entry = forms.CharField(max_length=64, required=False, widget=forms.HiddenInput)


class ApprovalForm(RecordForm[TransferIntent]):
    """The file that ``approve`` wrote, or its text."""

    file = SmallFileField(limit=MAX_BYTES, label=_("File of the program approve"))
    text = forms.CharField(
        label=_("Or its text"),
        required=False,
        max_length=MAX_BYTES,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("Begins with #t="),
    )

    def prepare(self) -> None:
        self.fields["file"].required = False

    def clean(self) -> dict[str, Any]:
        fields: dict[str, Any] = super().clean() or {}
        if not fields.get("file") and not fields.get("text") and not self.errors:
            raise forms.ValidationError(_("Choose a file, or paste its text."))
        return fields


def wish_of(fields: Fields) -> Wish:
    """The wish of a filled WishForm."""
    mode = fields["mode"]
    return Wish(
        payee=fields["payee"].strip(),
        fee_max=fields["fee_max"],
        amount=fields["amount"] if mode == AMOUNT else None,
        coins=outpoints_of(fields["coins"]) if mode == COINS else (),
        entry=fields["entry"] or None,
    )


def outpoints_of(keys: list[str]) -> tuple[str, ...]:
    """Outpoints of coins by their row's key; an unknown key gives none, which the service refuses."""
    numbers = [int(key) for key in keys if key.isascii() and key.isdecimal()]
    known = {coin.pk: coin.outpoint for coin in Utxo.objects.filter(pk__in=numbers)}
    return tuple(known.get(number, "") for number in numbers)


def _coin_label(coin: Utxo) -> str:
    return f"{show.coins_text(coin.amount)} · {coin.txid[:8]}…{coin.txid[-8:]}:{coin.vout}"
