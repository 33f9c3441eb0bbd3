"""Issued addresses: asked for by wallet and number, signed by the signer, taken along for the client.

Who gets an address gets the attestation with it and checks it with ``scripts/verify_address``.
"""

from datetime import datetime

from django import forms
from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from custody.accounts.models import User
from custody.accounts.roles import Right
from custody.common.errors import InvalidInputError
from custody.hsm.attestations import attestation_in, request_address
from custody.hsm.models import AddressAttestation
from custody.web import links, show
from custody.web.admin import Deed, Fact, Fields, Next, RecordAdmin, Section, titled
from custody.web.downloads import download
from custody.web.spends import network_name

MAX_INDEX = 2**31 - 1


class AddressForm(forms.Form):
    """Which address of which wallet."""

    wallet = forms.CharField(label=_("Wallet"), max_length=40, strip=True)
    index = forms.IntegerField(
        label=_("Number of the address"),
        min_value=0,
        max_value=MAX_INDEX,
        initial=0,
        help_text=_("0 for a wallet of one address; of one-time keys the number of the key."),
    )


def _ask(user: User, _record: object, fields: Fields, at: datetime) -> Next:
    try:
        row = request_address(actor=user, wallet=fields["wallet"], index=fields["index"], at=at)
    except InvalidInputError as error:
        raise error.at("wallet") from None
    address = reverse("admin:hsm_signingrequest_change", args=[row.pk])
    return Next(_t("Asked. The signer answers within seconds; the address stands in the list then."), address)


def _take(_user: User, row: AddressAttestation, _fields: Fields, _at: datetime) -> HttpResponse:
    return download(bytes(row.body), f"address-{row.address[-12:]}.json", media_type="application/json")


ASK = Deed[AddressAttestation](
    name="",  # the form stands alone on its page
    action="hsm.address.ask",
    label=_("Have an address issued"),
    right=Right.DRAFT_TRUST,
    form=AddressForm,
    perform=_ask,
    explanation=_("The signer derives it from its own catalogue and signs it; nobody gives it an address."),
)
TAKE = Deed[AddressAttestation](
    name="take",
    action="hsm.address.take",
    label=_("Download"),
    right=Right.VIEW_KEYS,
    form=forms.Form,
    perform=_take,
    explanation=_("For whoever pays there: scripts/verify_address checks it by the words of the contract."),
)


@admin.register(AddressAttestation)
class AddressAttestationAdmin(RecordAdmin[AddressAttestation]):
    view_right = Right.VIEW_KEYS
    work, place, icon = "keys", 7, "pin_drop"
    begin, deeds = ASK, (TAKE,)
    list_display = ("shown_address", "whose", "network", "when")
    list_filter = (("at", titled(_("time"))),)
    search_fields = ("=address", "=owner", "=request__id")
    ordering = ("-at", "-id")

    @admin.display(description=_("address"), ordering="address")
    def shown_address(self, row: AddressAttestation) -> SafeString:
        return show.code(row.address)

    @admin.display(description=_("issued for"), ordering="owner")
    def whose(self, row: AddressAttestation) -> SafeString:
        return links.to_record(row.owner)

    @admin.display(description=_("network"), ordering="chain")
    def network(self, row: AddressAttestation) -> str:
        return network_name(row.chain)

    @admin.display(description=_("time"), ordering="at")
    def when(self, row: AddressAttestation) -> SafeString:
        return show.moment(row.at)

    def subjects(self, record: AddressAttestation) -> list[str]:
        return [record.request_id]

    def sections(self, request: HttpRequest, record: AddressAttestation) -> list[Section]:
        signed = attestation_in(record)
        facts = [
            Fact(_("Address"), show.grouped(record.address, copy=True)),
            Fact(_("Network"), network_name(record.chain)),
            Fact(_("Issued for"), links.to_record(record.owner)),
            Fact(_("Number"), signed.attestation.body["index"]),
            Fact(_("Signed"), show.moment(record.at)),
            Fact(_("Signature"), show.grouped(signed.signature)),
            Fact(_("Attest key"), show.grouped(signed.public_key)),
            Fact(_("Request to the signer"), links.to_record(record.request_id)),
        ]
        return [Section(_("Issued address"), facts=facts)]
