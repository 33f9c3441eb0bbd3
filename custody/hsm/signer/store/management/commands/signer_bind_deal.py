"""``manage.py signer_bind_deal``: after a recovery, say which coin is the one of a deal.

Two officers look for payouts of the deal on nodes of their own. The coin of one that they find, or the
deposit where there is none, is named by the transaction that made it: ``plan`` writes the critical action
that they sign with ``approve``; ``hold`` checks their approvals and gives the order.
"""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from custody.hsm.signer.deal_coins import ACTION, DealCoin, WantedCoin
from custody.hsm.signer.plan_command import PlanCommand


class Command(PlanCommand):
    help = "Plan or order which coin all payouts of a deal spend, after a recovery."
    ACTION = ACTION
    REASON = "coin of a deal after a recovery"

    def add_wanted(self, step: ArgumentParser) -> None:
        step.add_argument("--terms", required=True, help="hash of the deal's terms")
        step.add_argument("--deposit", type=Path, required=True, help="file with the transaction in hex")
        step.add_argument("--output-number", type=int, required=True, help="which of its outputs, from 0 on")

    def wanted(self, **options: Any) -> WantedCoin:
        deposit = options["deposit"].read_text(encoding="ascii", errors="replace").strip()
        said = {"terms": options["terms"], "deposit": deposit, "output": options["output_number"]}
        wanted = WantedCoin.read(said)
        wanted.check()
        return wanted

    def order(self, wanted: WantedCoin, **agreed: Any) -> DealCoin:
        return DealCoin(wanted=wanted, **agreed)
