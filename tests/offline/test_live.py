"""Beside a running signer: what is carried elsewhere is none of its business, whoever wakes it."""

from collections.abc import Callable

import psycopg
import pytest

from custody.common import clock
from custody.common.ids import new_id
from custody.hsm import selectors
from custody.hsm.models import OfflineSigner, SigningRequest, SigningResult
from custody.hsm.signer.mailbox import MailboxUnavailableError
from scripts.embedded.world import World
from tests.faults.stall import connect
from tests.hsm.test_live_signer import answered, ask_for_seal, broker, known, mailbox, send

__all__ = ["broker", "known", "send"]

pytestmark = pytest.mark.xdist_group("live")


@pytest.fixture
def carried(known: World) -> SigningRequest:
    """A request that the signer on the queue would refuse for good, were it asked."""
    now = clock.now()
    instance = new_id("ins", at=now)
    signer = OfflineSigner.objects.create(
        instance=instance,
        name=instance,
        genesis="00" * 32,
        demo=True,
        policy=selectors.identity().policy.to_bytes(),
        checkpoint_key="02" + "11" * 32,
        mirrored_at=now,
    )
    return SigningRequest.objects.create(
        id=new_id("req", at=now), kind="TRUST", subject="x", body=b"{}", created_at=now, offline=signer
    )


def test_a_carried_request_is_never_read(known: World, carried: SigningRequest) -> None:
    box = mailbox(known)
    assert box.read(carried.pk) == []
    box.close()


def test_a_wake_for_a_carried_request_answers_nothing_and_others_go_on(
    carried: SigningRequest, send: Callable[..., object]
) -> None:
    """Else whoever owns the broker could have it refused for good before it is carried."""
    send("wake", carried.pk)
    assert answered(ask_for_seal()).outcome == "REFUSED"
    assert not SigningResult.objects.filter(request=carried).exists()


def test_the_signers_role_cannot_answer_for_an_offline_signer(known: World, carried: SigningRequest) -> None:
    box = mailbox(known)
    with pytest.raises(MailboxUnavailableError):
        box.write([(carried.pk, "REFUSED", "", b"forged")])
    assert not SigningResult.objects.filter(request=carried).exists()


def test_the_webs_role_answers_no_request_of_the_queue(known: World) -> None:
    request = ask_for_seal()
    forged = "INSERT INTO hsm_signingresult (request_id, outcome, body) VALUES (%s, 'REFUSED', '')"
    with connect(known) as connection, pytest.raises(psycopg.errors.InsufficientPrivilege):
        connection.execute(forged, (request.pk,))
    assert answered(request).outcome == "REFUSED"
