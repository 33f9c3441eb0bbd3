"""Wallets: address, what lies there, which payments go out of it."""

from collections.abc import Sequence

from django.contrib import admin
from django.http import HttpRequest
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from custody.accounts.roles import Right
from custody.wallets.admin.attested import attestation_deeds, attested_section
from custody.wallets.admin.house import house_sections
from custody.wallets.admin.payments import intent_state
from custody.wallets.admin.transfers import WALLET_DEEDS
from custody.wallets.coins import payout_coins
from custody.wallets.house import free_coins
from custody.wallets.models import Utxo, Wallet
from custody.wallets.selectors import coins_of, final_height, tip_height, wallet_funding
from custody.web import links, show
from custody.web.admin import Fact, RecordAdmin, Section, titled
from custody.web.spends import network_name

_LEFT_OVER = _(
    "A payout spends the anchor and the largest coins, 20 at most and none below 2,000 satoshi. All"
    " payouts of a deal share the anchor: what is left over once it is spent can be moved by buyer"
    " and merchant together, not with our key."
)


@admin.register(Wallet)
class WalletAdmin(RecordAdmin[Wallet]):
    view_right = Right.VIEW_WALLET
    work, place, icon, prefix = "escrow", 3, "account_balance_wallet", "wal"
    list_display = ("opened", "whose", "deal_link", "shown_address", "holds", "network")
    list_filter = (("owner", titled(_("owner"))),)
    deeds = (*WALLET_DEEDS, *attestation_deeds(lambda wallet: wallet))
    search_fields = ("=id", "=deal", "=address", "=terms_hash")
    ordering = ("-created_at", "-id")

    @admin.display(description=_("opened"), ordering="created_at")
    def opened(self, wallet: Wallet) -> SafeString:
        return show.moment(wallet.created_at)

    @admin.display(description=_("owner"), ordering="owner")
    def whose(self, wallet: Wallet) -> str:
        return wallet.get_owner_display()

    @admin.display(description=_("deal"))
    def deal_link(self, wallet: Wallet) -> SafeString:
        return links.to_record(wallet.deal) if wallet.deal else show.NOTHING

    @admin.display(description=_("address"))
    def shown_address(self, wallet: Wallet) -> SafeString:
        return show.shortened(wallet.address)

    @admin.display(description=_("coins held"))
    def holds(self, wallet: Wallet) -> SafeString:
        return show.coins(wallet_funding(wallet).mined)

    @admin.display(description=_("network"))
    def network(self, wallet: Wallet) -> str:
        return network_name(wallet.chain)

    def heading(self, record: Wallet) -> str:
        return _t("Wallet of the house") if record.is_house else record.pk

    def sections(self, request: HttpRequest, record: Wallet) -> list[Section]:
        if record.is_house:
            return [*house_sections(request, record), *money_sections(record), _payments(record)]
        facts = [
            Fact(_("Deal"), links.to_record(record.deal)),
            Fact(_("Owner"), record.get_owner_display()),
            Fact(_("Hash of the terms"), show.grouped(record.terms_hash)),
            Fact(_("Our key"), links.to_record(record.signing_key)),
            Fact(_("Anchor of all payments"), show.grouped(record.anchor)),
            Fact(_("Opened"), show.moment(record.created_at)),
        ]
        return [*money_sections(record), Section(_("Wallet"), facts=facts), _payments(record)]


def money_sections(wallet: Wallet) -> list[Section]:
    """Address, balance by depth, and every coin; the deal's page shows the same."""
    funding = wallet_funding(wallet)
    left_over = () if wallet.is_house else payout_coins(wallet).left_over
    # The page of a house wallet shows it above, with its code.
    address = [] if wallet.is_house else [Fact(_("Address"), show.grouped(wallet.address, copy=True))]
    facts = [
        *address,
        Fact(_("Network"), network_name(wallet.chain)),
        Fact(_("In blocks, not spent"), show.coins(funding.mined)),
        Fact(_("of this final"), show.coins(funding.final)),
        _free(wallet) if wallet.is_house else _left_over(left_over),
        Fact(_("Paid out"), show.coins(funding.spent)),
    ]
    coins = coins_of(wallet)
    columns = (_("Amount"), _("Coin (transaction:output)"), _("Confirmations"), _("State"))
    rows = [_coin(coin, is_left_over=coin in left_over) for coin in coins]
    return [
        Section(_("Money"), facts=facts, note=_LEFT_OVER if left_over else ""),
        attested_section(wallet),
        Section(_("Coins"), columns=columns, rows=rows),
    ]


def _left_over(coins: Sequence[Utxo]) -> Fact:
    return Fact(_("of this in no payout of ours"), show.coins(sum(coin.amount for coin in coins)))


def _free(wallet: Wallet) -> Fact:
    return Fact(_("of this free for payments"), show.coins(sum(coin.amount for coin in free_coins(wallet))))


def _coin(coin: Utxo, *, is_left_over: bool) -> list[object]:
    height = coin.transaction.height
    depth = tip_height(coin.chain) - height + 1 if height is not None else 0
    return [
        show.coins(coin.amount),
        show.grouped(coin.outpoint),
        depth,
        show.status(_("final, in no payout of ours"), show.WARNING)
        if is_left_over
        else _coin_state(coin, height),
    ]


def _coin_state(coin: Utxo, height: int | None) -> SafeString:
    if height is None:
        return show.status(_("thrown out of its block"), show.WARNING)
    if coin.spender_id is not None:
        return show.status(_("spent"), show.NEUTRAL)
    if height <= final_height(coin.chain):
        return show.status(_("final"), show.GOOD)
    return show.status(_("in a block, not final"), show.WAITING)


def _payments(wallet: Wallet) -> Section:
    rows = [
        [show.moment(intent.created_at), links.to_record(intent.pk), intent_state(intent)]
        for intent in wallet.intents.order_by("created_at", "pk")
    ]
    return Section(_("Payments"), columns=(_("Created"), _("Payment"), _("State")), rows=rows)
