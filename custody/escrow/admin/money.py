"""The coins of a deal and its payouts, the current transaction decoded from the bytes that are signed."""

from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from custody.escrow.case_reads import payouts_of
from custody.escrow.models import Deal, Payout
from custody.escrow.selectors import wallet_of
from custody.wallets.admin.payments import attempt_sections, intent_state
from custody.wallets.admin.wallets import money_sections
from custody.wallets.selectors import attempt_of, confirmations, signed_keys
from custody.web import links, show
from custody.web.admin import Fact, Section

NEEDED_SIGNATURES = 2


def money_and_payouts(deal: Deal) -> list[Section]:
    """Payouts, the last one with its transaction, then address and coins; nothing before the address."""
    wallet = wallet_of(deal)
    payouts = list(payouts_of(deal).reverse())
    current = attempt_sections(payouts[0].intent) if payouts else []
    coins = money_sections(wallet) if wallet else []
    return [*[_payout(payout) for payout in payouts], *current, *coins]


def _payout(payout: Payout) -> Section:
    attempt = attempt_of(payout.intent)
    facts = [
        Fact(_("Payment"), links.to_record(payout.intent_id)),
        Fact(_("State"), _state(payout)),
        Fact(_("Wanted"), show.moment(payout.created_at)),
        Fact(_("Signatures"), f"{len(signed_keys(attempt)) if attempt else 0}/{NEEDED_SIGNATURES}"),
        Fact(_("Transaction id"), show.grouped(attempt.txid if attempt else "", copy=True)),
        Fact(_("Confirmations"), confirmations(attempt) if attempt else show.NOTHING),
    ]
    return Section(payout.get_kind_display(), facts=facts)


def _state(payout: Payout) -> SafeString:
    problem = [show.code(payout.intent.problem)] if payout.intent.problem else []
    return show.lines([intent_state(payout.intent), *problem])
