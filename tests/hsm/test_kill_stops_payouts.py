"""While the switch is thrown a payout stands where it stood, and goes on by itself afterwards."""

import pytest

from custody.accounts.models import User
from custody.accounts.otp import FreshFactor
from custody.common.errors import RefusedError
from custody.hsm.models import SigningRequest
from custody.hsm.trust.stops import ask_to_lift, lift_stop, stop_signing
from custody.wallets import services
from custody.wallets.models import UtxoLease
from custody.wallets.states import State
from tests.wallets.conftest import _node_of_tests, escrow, funded, rules
from tests.wallets.deals import AT, Escrow, drive, fresh

__all__ = ["_node_of_tests", "escrow", "funded", "rules"]


def test_a_payout_waits_unchanged_and_goes_on(funded: Escrow, custodian: User, officer: User) -> None:
    stop = stop_signing(actor=custodian, word="KILL", reason="test", at=AT)
    intent = funded.submit(needs_our_key=True)
    with pytest.raises(RefusedError) as refused:
        drive(intent)
    assert refused.value.code == "signing_stopped"
    leased = list(UtxoLease.objects.values_list("pk", flat=True))
    for _ in range(2):
        with pytest.raises(RefusedError):
            services.take_step(intent_id=intent.pk, at=AT)
    assert fresh(intent).state == State.PREPARED
    assert list(UtxoLease.objects.values_list("pk", flat=True)) == leased
    assert not SigningRequest.objects.exists()
    ask_to_lift(actor=custodian, stop_id=stop.pk, factor=FreshFactor(custodian.pk, AT), at=AT)
    lift_stop(actor=officer, stop_id=stop.pk, factor=FreshFactor(officer.pk, AT), at=AT)
    assert drive(intent).state == State.SIGNING
    assert SigningRequest.objects.get().subject == intent.pk


def test_parties_alone_are_not_stopped(funded: Escrow, custodian: User) -> None:
    """We hand nothing to the signer there; their own signatures are not ours to stop."""
    stop_signing(actor=custodian, word="KILL", reason="test", at=AT)
    assert funded.collecting().state == State.SIGNING
