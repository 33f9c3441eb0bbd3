"""MANDATE: what a key may do without a person, to whom and up to how much."""

from django import forms
from django.conf import settings
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from custody.chains.bitcoin.networks import network_of
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
from custody.statements.mandate import Destination, Mandate, MandateFee, Need
from custody.statements.parts import Window
from custody.web import show
from custody.web.admin import Fields


class MandateForm(DraftForm):
    """A standing order: key, destinations, caps, how long."""

    mandate = forms.CharField(
        label=_("Mandate"), max_length=40, required=False, help_text=_("Empty: a new one; an id changes it.")
    )
    key = forms.ChoiceField(label=_("Key"))
    destinations = LinesField(label=_("To these wallets of ours"), help_text=_("One id per line."))
    cap_per_transaction = AmountField(label=_("At most per payment (base units)"))
    cap_amount = AmountField(label=_("At most in the window (base units)"))
    cap_hours = forms.IntegerField(label=_("Window (hours)"), min_value=1, max_value=8760, initial=24)
    fee_max = AmountField(label=_("Highest fee (base units)"))
    fee_amount = AmountField(label=_("Fees in the window at most (base units)"))
    depth = forms.IntegerField(
        label=_("Witness: confirmations"),
        min_value=1,
        max_value=1000,
        required=False,
        help_text=_("Empty: the witness is not asked."),
    )
    valid_from = DayField(label=_("From"))
    valid_until = DayField(label=_("Until"), help_text=_("At most 190 days ahead."))

    def prepare(self) -> None:
        choose_key(self, purpose="spend", state="ACTIVE")


MAX_AGE_SECONDS = 3600


def _body(fields: Fields, author: Author) -> Mandate:
    seconds = fields["cap_hours"] * 3600
    depth = fields["depth"]
    return Mandate(
        mandate=fields["mandate"] or new_id("man", at=author.at),
        key=fields["key"],
        intent_kind="SWEEP",
        chain=settings.BITCOIN_CHAIN,
        asset=network_of(settings.BITCOIN_CHAIN).asset,
        destinations=tuple(Destination(wallet=wallet) for wallet in fields["destinations"]),
        cap_per_transaction=fields["cap_per_transaction"],
        cap_window=Window(amount=fields["cap_amount"], seconds=seconds),
        fee=MandateFee(max=fields["fee_max"], window=Window(amount=fields["fee_amount"], seconds=seconds)),
        needs=(Need(fact="PAYMENT", depth=depth, max_age_seconds=MAX_AGE_SECONDS),) if depth else (),
        valid_from=midnight(fields["valid_from"]),
        valid_until=midnight(fields["valid_until"]),
    )


def _say(body: Mandate) -> str:
    return _t(
        "The key %(key)s may sweep without a person until %(end)s: to %(wallets)d wallets, at most %(cap)s"
        " base units per payment and %(window)s in %(hours)d hours."
    ) % {
        "key": body.key,
        "end": show.plain_moment(body.valid_until),
        "wallets": len(body.destinations),
        "cap": body.cap_per_transaction,
        "window": body.cap_window.amount,
        "hours": body.cap_window.seconds // 3600,
    }


MANDATE = DraftKind(
    name="MANDATE",
    effect=_(
        "The maker and the quorum of officers sign, and the delay runs; lower caps or fewer destinations of a"
        " known mandate count at once with one officer."
    ),
    form=MandateForm,
    body=_body,
    say=_say,
)
