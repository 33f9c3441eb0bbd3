"""A wallet of the house on its page: address as QR code, key and its time, mandates, preview of a payment."""

from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from custody.accounts.models import User
from custody.accounts.roles import Right
from custody.common import clock
from custody.common.errors import CustodyError
from custody.hsm import standing
from custody.hsm.words import TIERS, key_state
from custody.statements.mandate import Mandate
from custody.wallets import services
from custody.wallets.admin.forms import ProposalForm, WishForm, wish_of
from custody.wallets.house import HouseKey, key_of
from custody.wallets.models import Wallet
from custody.wallets.plans import Plan, Wish
from custody.wallets.rotation import is_rotation_due
from custody.web import links, show
from custody.web.admin import Fact, Section
from custody.web.qr import qr_data_image
from custody.web.sentences import sentence


def house_sections(request: HttpRequest, wallet: Wallet) -> list[Section]:
    """What a wallet of the house has and others have not; a preview first, when one was asked for."""
    return [*_preview(request, wallet), _receive(wallet), _key(wallet), _mandates(wallet)]


def _receive(wallet: Wallet) -> Section:
    picture = format_html(
        '<img class="qr" src="{}" alt="{}">',
        qr_data_image(f"bitcoin:{wallet.address}"),
        _t("QR code of the address"),
    )
    return Section(
        _("Receive"),
        facts=[Fact(_("Address"), show.grouped(wallet.address, copy=True))],
        note=_("The one address of this wallet. Compare it in full before you let anybody pay to it."),
        content=picture,
    )


def _key(wallet: Wallet) -> Section:
    key = key_of(wallet)
    facts = [Fact(_("Our key"), links.to_record(wallet.signing_key))]
    if key is None:
        return Section(_("Key"), facts=facts, note=_("The signer publishes no activation of this key now."))
    facts += [
        Fact(_("State of the key"), show.status(*key_state(key.row.state))),
        Fact(_("Tier"), show.named(TIERS, key.binding.tier)),
        Fact(_("Used from"), show.moment(key.activation.valid_from)),
        Fact(_("Used until"), show.moment(key.activation.valid_until)),
        *_limits(key),
    ]
    due = is_rotation_due(key, at=clock.now())
    return Section(_("Key"), facts=facts, note=_("This key is due for rotation.") if due else "")


def _limits(key: HouseKey) -> list[Fact]:
    limits = key.limits
    return [
        Fact(_("Highest amount by the key"), show.coins(limits.amount_max)),
        Fact(_("Highest fee by the key"), show.coins(limits.fee_max)),
        Fact(_("Payees by the key"), show.lines([show.grouped(to) for to in limits.payees or ()])),
    ]


def _mandates(wallet: Wallet) -> Section:
    own = [item for item in standing.mandates(at=clock.now()) if item.key == wallet.signing_key]
    columns = (_("Mandate"), _("To"), _("At most"))
    return Section(
        _("Mandates"),
        columns=columns,
        rows=[_mandate(item) for item in own],
        note="" if own else _("None: coins leave this wallet by payments of people alone."),
    )


def _mandate(item: Mandate) -> list[object]:
    window = _t("%(amount)s in %(hours)d hours") % {
        "amount": show.coins_text(item.cap_window.amount),
        "hours": item.cap_window.seconds // 3600,
    }
    fee = _t("Highest fee: %(amount)s") % {"amount": show.coins_text(item.fee.max)}
    places = [links.to_record(named.wallet or named.terms or "") for named in item.destinations]
    return [
        show.lines(
            [show.shortened(item.mandate), show.fill(_t("until {at}"), at=show.moment(item.valid_until))]
        ),
        show.lines(places),
        show.lines([show.coins(item.cap_per_transaction), window, fee]),
    ]


# --- preview --------------------------------------------------------------------------------------


def _preview(request: HttpRequest, wallet: Wallet) -> list[Section]:
    """Exactly what would be paid for the wish in the address, and the button that proposes it."""
    user = request.user
    if "mode" not in request.GET or not isinstance(user, User) or not user.has_right(Right.PROPOSE_TRANSFER):
        return []
    form = WishForm(request.GET, record=wallet)
    if not form.is_valid():
        return []
    wish = wish_of(form.cleaned_data)
    try:
        plan = services.preview_transfer(actor=user, wallet_id=wallet.pk, wish=wish, at=clock.now())
    except CustodyError as error:
        return [Section(_("Preview"), note=sentence(error))]
    return [_exactly(plan, wish, _confirm(request, wallet, plan, wish))]


def _exactly(plan: Plan, wish: Wish, content: SafeString) -> Section:
    coins = [show.beside([show.coins(coin.amount), show.grouped(coin.outpoint)]) for coin in plan.coins]
    facts = [
        Fact(_("Pays"), show.coins(plan.amount)),
        Fact(_("To"), show.grouped(plan.payee)),
        Fact(_("Fee of the network"), show.coins(plan.fee)),
        Fact(_("Highest fee"), show.coins(wish.fee_max)),
        Fact(_("Taken from coins"), show.coins(plan.total)),
        Fact(_("Coins, spent whole"), show.lines(coins)),
        Fact(_("Entry of the address book"), show.grouped(wish.entry or "")),
    ]
    note = _("Nothing is proposed yet. There is no change: amount and fee are exactly the coins.")
    return Section(_("Preview"), facts=facts, note=note, content=content)


def _confirm(request: HttpRequest, wallet: Wallet, plan: Plan, wish: Wish) -> SafeString:
    values = {
        "payee": plan.payee,
        "amount": plan.amount,
        "fee_max": wish.fee_max,
        "coins": ",".join(str(coin.pk) for coin in plan.coins),
        "entry": wish.entry or "",
    }
    form = ProposalForm(initial=values, prefix="propose_transfer")
    return render_to_string("admin/_plan.html", {"form": form, "record": wallet}, request=request)
