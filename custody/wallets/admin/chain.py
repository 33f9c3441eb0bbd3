"""Transactions of the chain that touch our wallets, as the monitor found them."""

from django.contrib import admin
from django.http import HttpRequest
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from custody.accounts.roles import Right
from custody.wallets.models import ChainTransaction
from custody.wallets.selectors import final_height, tip_height
from custody.web import links, show
from custody.web.admin import Fact, RecordAdmin, Section, column
from custody.web.spends import network_name


@admin.register(ChainTransaction)
class ChainTransactionAdmin(RecordAdmin[ChainTransaction]):
    view_right = Right.VIEW_WALLET
    work, place, icon = "escrow", 4, "link"
    list_display = ("seen", "short_id", "block", "confirmations", "shown_state")
    search_fields = ("=txid",)
    ordering = ("-first_seen_at", "-pk")

    block = column("height", _("block height"))

    @admin.display(description=_("seen"), ordering="first_seen_at")
    def seen(self, row: ChainTransaction) -> SafeString:
        return show.moment(row.first_seen_at)

    @admin.display(description=_("transaction"))
    def short_id(self, row: ChainTransaction) -> SafeString:
        return show.shortened(row.txid)

    @admin.display(description=_("confirmations"))
    def confirmations(self, row: ChainTransaction) -> int:
        return tip_height(row.chain) - row.height + 1 if row.height is not None else 0

    @admin.display(description=_("state"))
    def shown_state(self, row: ChainTransaction) -> SafeString:
        if row.height is None:
            return show.status(_("thrown out by a reorganisation"), show.WARNING)
        if row.height <= final_height(row.chain):
            return show.status(_("final"), show.GOOD)
        return show.status(_("in a block, not final"), show.WAITING)

    def state(self, record: ChainTransaction) -> SafeString:
        return self.shown_state(record)

    def subjects(self, record: ChainTransaction) -> list[str]:
        wallets = {coin.wallet_id for coin in record.outputs.all()}
        return sorted(wallets | {coin.wallet_id for coin in record.spends.all()})

    def sections(self, request: HttpRequest, record: ChainTransaction) -> list[Section]:
        facts = [
            Fact(_("Transaction id"), show.grouped(record.txid, copy=True)),
            Fact(_("Network"), network_name(record.chain)),
            Fact(_("Block height"), record.height if record.height is not None else show.NOTHING),
            Fact(_("Block"), show.grouped(record.block_hash)),
            Fact(_("Confirmations"), self.confirmations(record)),
            Fact(_("First seen"), show.moment(record.first_seen_at)),
        ]
        return [Section(_("Transaction"), facts=facts), *_coins(record)]


def _coins(record: ChainTransaction) -> list[Section]:
    columns = (_("Amount"), _("Coin (transaction:output)"), _("Wallet"))
    paid, spent = (
        [
            [show.coins(coin.amount), show.grouped(coin.outpoint), links.to_record(coin.wallet_id)]
            for coin in rows
        ]
        for rows in (record.outputs.order_by("vout"), record.spends.order_by("pk"))
    )
    found = ((_("Pays to us"), paid), (_("Spends of ours"), spent))
    return [Section(title, columns=columns, rows=rows) for title, rows in found if rows]
