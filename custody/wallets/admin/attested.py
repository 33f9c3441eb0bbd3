"""The address of a wallet as the signer attests it: asked for, and taken along as a file for who pays there.

Whoever pays checks the file with ``scripts/verify_address`` by the words of the contract: pages could
show anything.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Model
from django.forms import Form
from django.http import HttpResponse
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from custody.accounts.models import User
from custody.accounts.roles import Right
from custody.common.errors import RefusedError
from custody.hsm.attestations import request_address
from custody.hsm.models import AddressAttestation
from custody.wallets.models import Wallet
from custody.web import show
from custody.web.admin import Deed, Fact, Fields, Section
from custody.web.downloads import download


def attested_section(wallet: Wallet) -> Section:
    """Whether there is a file, and how it is checked."""
    row = _newest(wallet)
    signed = show.moment(row.at) if row else show.status(_t("not asked for yet"), show.NEUTRAL)
    note = _("For whoever pays there: scripts/verify_address checks the file by the words of the contract.")
    return Section(_("Address attested by the signer"), facts=[Fact(_("Signed"), signed)], note=note)


def attestation_deeds(wallet_of: Callable[[Any], Wallet | None]) -> tuple[Deed[Any], Deed[Any]]:
    """Ask for the attestation, and take it, on the page of a record that has a wallet."""
    on_page = _OnPage(wallet_of)
    return (
        Deed(
            name="attest_address",
            action="hsm.address.ask",
            label=_("Have the address attested"),
            right=Right.DRAFT_TRUST,
            form=Form,
            perform=on_page.ask,
            applies=on_page.is_not_attested,
            explanation=_("The signer derives it from its own catalogue and signs it; nobody gives it one."),
        ),
        Deed(
            name="take_address",
            action="hsm.address.take",
            label=_("Download the attested address"),
            right=Right.VIEW_WALLET,
            form=Form,
            perform=on_page.take,
            applies=on_page.is_attested,
            explanation=_("The file for whoever pays there; scripts/verify_address checks it."),
        ),
    )


@dataclass(frozen=True)
class _OnPage:
    """The deeds of a page whose records have a wallet, or will have one."""

    wallet_of: Callable[[Any], Wallet | None]

    def ask(self, person: User, record: Model, _fields: Fields, at: datetime) -> str:
        own = self._wallet(record)
        if own.is_house:
            request_address(actor=person, wallet=own.pk, at=at)
        else:
            request_address(actor=person, terms=own.terms_hash, at=at)
        return _t("Asked. The signer answers within seconds; the file can be taken then.")

    def take(self, _person: User, record: Model, _fields: Fields, _at: datetime) -> HttpResponse:
        own = self._wallet(record)
        row = _newest(own)
        if row is None:
            raise RefusedError("the signer has attested no such address yet", code="no_attestation")
        name = f"address-{own.address[-12:]}.json"
        return download(bytes(row.body), name, media_type="application/json")

    def is_attested(self, record: Model) -> bool:
        wallet = self.wallet_of(record)
        return wallet is not None and _newest(wallet) is not None

    def is_not_attested(self, record: Model) -> bool:
        return self.wallet_of(record) is not None and not self.is_attested(record)

    def _wallet(self, record: Model) -> Wallet:
        wallet = self.wallet_of(record)
        if wallet is None:
            raise RefusedError("there is no address yet", code="no_address")
        return wallet


def _newest(wallet: Wallet) -> AddressAttestation | None:
    rows = AddressAttestation.objects.filter(chain=wallet.chain, address=wallet.address)
    return rows.order_by("-at", "-id").first()
