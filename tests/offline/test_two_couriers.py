"""Two answers of one signer, brought at the same moment: each is held against the other."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from django.db import connection, transaction

from custody.accounts.models import User
from custody.accounts.roles import Role
from custody.common.errors import CustodyError
from custody.hsm import services
from custody.hsm.carried import take_answer
from custody.hsm.models import CarriedAnswer, CollectedResult, OfflineSigner, SigningRequest, SigningResult
from custody.statements.answer import Answer
from custody.statements.checkpoint import Checkpoint
from custody.statements.policy import EscrowTermsRule, Policy
from custody.statements.request import Request
from custody.statements.result import Head, Result
from custody.statements.store_entry import StoreEntry
from tests.audit.conftest import OwnDatabase, own_database  # noqa: F401 - fixture
from tests.cast import AT, person
from tests.harness.databases import cluster
from tests.harness.waiting import eventually
from tests.reports.desk import point, raw_signature
from tests.signer.genesis import INSTANCE

KEY = ec.generate_private_key(ec.SECP256R1())
WAITING = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = '{}'"


@pytest.fixture
def signer(own_database: OwnDatabase, monkeypatch: pytest.MonkeyPatch) -> OfflineSigner:  # noqa: F811
    monkeypatch.setattr(services, "enqueue_on_commit", lambda *_, **__: None)
    return OfflineSigner.objects.create(
        instance=INSTANCE, name="vault", genesis="00" * 32, demo=True, mirrored_at=AT,
        policy=Policy(rules=(EscrowTermsRule(),)).to_bytes(), checkpoint_key=point(KEY).hex(),
    )  # fmt: skip


def asked(signer: OfflineSigner, number: int) -> Request:
    """A request that waits to be carried."""
    value = {
        "format": Request.FORMAT, "instance": INSTANCE, "id": f"req_01KAJ8W{number:019d}", "kind": "KEY_MAKE",
        "approvals": [], "documents": [], "facts": [],
        "payload": {"wallet": "wal_01KAJ8S0000000000000000001", "index": number,
                    "ref": "deal_01KAJ8P0000000000000000009"},
    }  # fmt: skip
    document = Request.from_json(value)
    SigningRequest.objects.create(
        id=document.id, kind="KEY_MAKE", subject="x", body=document.to_bytes(), created_at=AT, offline=signer
    )
    return document


def answer_to(request: Request, *, seq: int = 5, previous: str = "11" * 32) -> Answer:
    """A refusal, signed as the head of a store that goes on behind ``previous``."""
    seen = StoreEntry(
        seq=seq, previous=previous, kind="SEEN", at=AT,
        body={"request": request.id, "request_hash": request.hash},
    )  # fmt: skip
    said = {"request_hash": request.hash, "rule": "killed", "culprit": ""}
    no = StoreEntry(seq=seq + 1, previous=seen.hash, kind="REFUSED", at=AT, body=said)
    head = Checkpoint(instance=INSTANCE, stream="signer", position=no.seq, link=no.hash, at=AT)
    result = Result(
        instance=INSTANCE, request=request.id, request_hash=request.hash, outcome="REFUSED", rule="killed",
        culprit="", entries=(seen, no), head=Head(seq=no.seq, hash=no.hash),
    )  # fmt: skip
    signature = raw_signature(KEY, bytes.fromhex(head.hash)).hex()
    return Answer(result=result, checkpoint=head, public_key=point(KEY).hex(), signature=signature)


def courier(name: str) -> Callable[[Request, Answer], SigningResult]:
    """Somebody who brings answers."""
    user: User = person(name, Role.KEY_CUSTODIAN)
    return lambda request, answer: take_answer(
        actor=user, request_id=request.id, data=answer.to_bytes(), at=AT
    )


def beside(
    first: Callable[[], SigningResult], second: Callable[[], SigningResult], database: OwnDatabase
) -> str:
    """Begin ``second`` on another connection before ``first`` is committed; why it was refused, if so."""

    def run() -> str:
        try:
            second()
        except CustodyError as error:
            return error.code
        finally:
            connection.close()
        return ""

    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            first()
            other = pool.submit(run)
            waiting = WAITING.format(database.name)
            eventually(lambda: other.done() or cluster().sql(waiting) != "0", what="second courier")
        return other.result()


def counts() -> tuple[int, int, int]:
    return SigningResult.objects.count(), CarriedAnswer.objects.count(), CollectedResult.objects.count()


def test_two_pasts_are_not_taken_although_they_come_at_once(
    own_database: OwnDatabase,  # noqa: F811
    signer: OfflineSigner,
) -> None:
    one, two = asked(signer, 1), asked(signer, 2)
    first, second = courier("first"), courier("second")
    refused = beside(lambda: first(one, answer_to(one)), lambda: second(two, answer_to(two)), own_database)
    assert refused == "contradicts_earlier"
    assert counts() == (1, 1, 1)


def test_two_that_follow_each_other_are_both_taken(
    own_database: OwnDatabase,  # noqa: F811
    signer: OfflineSigner,
) -> None:
    one, two = asked(signer, 1), asked(signer, 2)
    early = answer_to(one)
    late = answer_to(two, seq=7, previous=early.checkpoint.link)
    first, second = courier("first"), courier("second")
    assert beside(lambda: second(two, late), lambda: first(one, early), own_database) == ""
    assert counts() == (2, 2, 2)


def test_the_same_answer_from_two_couriers_is_once(
    own_database: OwnDatabase,  # noqa: F811
    signer: OfflineSigner,
) -> None:
    one = asked(signer, 1)
    first, second = courier("first"), courier("second")
    answer = answer_to(one)
    assert beside(lambda: first(one, answer), lambda: second(one, answer), own_database) == ""
    assert counts() == (1, 1, 1)
