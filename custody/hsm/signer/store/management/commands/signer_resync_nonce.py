"""``manage.py signer_resync_nonce``: say which nonce an account uses next, when the journal is behind.

``plan`` writes the critical action that officers sign with ``approve``, after each has looked at a node
of their own; ``hold`` checks their approvals and has the running signer go on with that nonce.
"""

from argparse import ArgumentParser
from typing import Any

from custody.common import clock
from custody.hsm.signer.nonces import ACTION, NonceResync, WantedNonce
from custody.hsm.signer.plan_command import PlanCommand
from custody.hsm.signer.store import selectors


class Command(PlanCommand):
    help = "Plan or order the next nonce of an account whose journal is behind the chain."
    ACTION = ACTION
    REASON = "journal behind the chain"

    def add_wanted(self, step: ArgumentParser) -> None:
        step.add_argument("--chain", required=True, help="CAIP-2, e.g. eip155:1")
        step.add_argument("--account", required=True, help="0x…, lower case")
        step.add_argument("--nonce", type=int, required=True, help="the next one")

    def wanted(self, **options: Any) -> WantedNonce:
        wanted = WantedNonce.read({name: options[name] for name in ("chain", "account", "nonce")})
        wanted.check(trust=selectors.trust(), at=clock.now().replace(microsecond=0))
        return wanted

    def order(self, wanted: WantedNonce, **agreed: Any) -> NonceResync:
        return NonceResync(wanted=wanted, **agreed)
