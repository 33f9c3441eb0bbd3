"""What our people enter about a deal; the services check everything again. Amounts in satoshi."""

from typing import Any

from django import forms
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from custody.accounts.models import Client, User
from custody.accounts.roles import Right
from custody.compliance.selectors import open_holds
from custody.documents.services import MAX_BYTES
from custody.escrow.budget import payout_budget
from custody.escrow.models import Deal
from custody.escrow.models.disputes import DecisionReason
from custody.escrow.services.decisions import MAX_GROUNDS, MIN_GROUNDS
from custody.escrow.services.disputes import MAX_TEXT, standing_dispute
from custody.escrow.services.opening import MAX_TITLE
from custody.escrow.states import State
from custody.web.admin import RecordForm
from custody.web.forms import SmallFileField

MAX_SATOSHI = 21_000_000 * 100_000_000
# Each name has to be decrypted; an older client's id is accepted nevertheless.
MAX_CLIENTS = 500


class ClientField(forms.ChoiceField):
    """Clients to choose from; an id that is not offered goes to the service, which refuses and records it."""

    def valid_value(self, value: object) -> bool:
        return True


class SatoshiField(forms.IntegerField):
    """An amount of Bitcoin in base units."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(min_value=0, max_value=MAX_SATOSHI, **settings)


class OpenDealForm(RecordForm[Deal]):
    """Who deals with whom about what; keys and addresses come from the parties."""

    title = forms.CharField(label=_("Subject matter"), max_length=MAX_TITLE)
    buyer = ClientField(label=_("Buyer"))
    merchant = ClientField(label=_("Merchant"))
    mediator = forms.ChoiceField(label=_("Mediator"), help_text=_("Whose credential the signer knows."))
    amount = SatoshiField(label=_("Amount in satoshi"), help_text=_("1 BTC is 100,000,000 satoshi."))
    fee_max = SatoshiField(
        label=_("Highest fee in satoshi"), help_text=_("Most that the payout may cost the parties.")
    )
    second_review_above = SatoshiField(
        label=_("Second review above (satoshi)"),
        help_text=_("Above this a second reviewer looks at decisions, as the terms will say."),
    )

    def prepare(self) -> None:
        clients = _named(_newest_clients())
        for name in ("buyer", "merchant"):
            self.fields[name].choices = [("", "–"), *sorted(clients, key=_by_name)]  # type: ignore[attr-defined]
        self.fields["mediator"].choices = [("", "–"), *_mediators()]  # type: ignore[attr-defined]


class TermsForm(forms.Form):
    """The text the parties agreed on."""

    contract = SmallFileField(
        limit=MAX_BYTES,
        label=_("Agreed text"),
        help_text=_("At most 16 MiB. Its hash stands in the terms that both parties sign."),
    )


class ChecksumForm(forms.Form):
    """The checksum as the parties read it aloud."""

    checksum = forms.CharField(
        label=_("Checksum that both parties name"),
        max_length=16,
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "off", "spellcheck": "false"}),
    )


class StatementForm(forms.Form):
    """What the mediator says to both parties."""

    text = forms.CharField(
        label=_("Statement"), max_length=MAX_TEXT, widget=forms.Textarea(attrs={"rows": 4})
    )


class EvidenceForm(forms.Form):
    """A file that shows something."""

    content = SmallFileField(limit=MAX_BYTES, label=_("File"), help_text=_("At most 16 MiB."))


class DecisionForm(RecordForm[Deal]):
    """How the coins are split, and why."""

    to_buyer = SatoshiField(label=_("To the buyer, in satoshi"))
    reasons = forms.MultipleChoiceField(
        label=_("Reasons"), choices=DecisionReason.choices, widget=forms.CheckboxSelectMultiple
    )
    evidence = forms.MultipleChoiceField(
        label=_("Evidence relied on"), required=False, widget=forms.CheckboxSelectMultiple
    )
    grounds = forms.CharField(
        label=_("Grounds"),
        min_length=MIN_GROUNDS,
        max_length=MAX_GROUNDS,
        help_text=_("The second person reads them; they stand in the case file."),
        widget=forms.Textarea(attrs={"rows": 6}),
    )

    def prepare(self) -> None:
        if self.record is None or self.record.state != State.DISPUTE_OPEN:
            return
        self.fields["to_buyer"].help_text = _payable(self.record)
        files = standing_dispute(self.record).evidence.order_by("handed_in_at", "pk")
        self.fields["evidence"].choices = [  # type: ignore[attr-defined]
            (file.sha256, f"{file.get_role_display()}: {file.name}") for file in files
        ]


def _newest_clients() -> list[Client]:
    return list(Client.objects.order_by("-created_at", "-pk")[:MAX_CLIENTS])


def _named(clients: list[Client]) -> list[tuple[str, str]]:
    """Ids with name and id, and which of them compliance holds."""
    held = {hold.subject for hold in open_holds(client.pk for client in clients)}
    marks = {client.pk: f" · {_t('held')}" for client in clients if client.pk in held}
    return [(client.pk, f"{client.name} · {client.pk}{marks.get(client.pk, '')}") for client in clients]


def _by_name(choice: tuple[str, str]) -> str:
    return choice[1].casefold()


def _mediators() -> list[tuple[str, str]]:
    people = User.objects.filter(is_active=True, person__isnull=False).order_by("pk")
    return [(user.pk, user.name) for user in people if user.has_right(Right.DECIDE_DEAL)]


def _payable(deal: Deal) -> str:
    alone, shared = (payout_budget(deal, payees=payees).payable for payees in (1, 2))
    return _t(
        "0 gives everything to the merchant, %(alone)d everything to the buyer;"
        " when both get something, they share %(shared)d."
    ) % {"alone": alone, "shared": shared}
