"""R7, the escrow case file of one deal, reduced. Basis: regulation map section 10, R7.

One module per chapter; each returns plain JSON that the template shows. The file holds names and
what the parties wrote, so it is encrypted at rest and confidential.
"""

from typing import Any

from custody.common.errors import NotFoundError
from custody.escrow import case_reads
from custody.escrow import selectors as escrow
from custody.reports.definition import Cases, Definition, Scope
from custody.reports.definitions.r7 import agreement, dispute, history, money, parties


def collect(scope: Scope) -> dict[str, Any]:
    """All chapters of the deal ``scope.subject``; raises NotFoundError."""
    deal = case_reads.find_deal(scope.subject)
    if deal is None:
        raise NotFoundError("no such deal")
    wallet = escrow.wallet_of(deal)
    payouts = list(case_reads.payouts_of(deal))
    subjects = [deal.pk, *([wallet.pk] if wallet else []), *(payout.intent_id for payout in payouts)]
    return {
        **parties.chapter(deal),
        **agreement.chapter(deal),
        **money.chapter(wallet, payouts),
        **dispute.chapter(deal),
        **history.chapter(subjects),
        "blocks": money.block_of(deal.chain),
    }


REPORT = Definition(
    number="R7",
    title="Treuhandakte",
    schema="custody/r7/1.0.0",
    norms=("BGB", "MICAR_75", "TFR", "GWG"),
    collect=collect,
    cases=Cases(
        latest=case_reads.latest_deal,
        exists=lambda subject: case_reads.find_deal(subject) is not None,
    ),
)
