"""The signer as a process of its own: woken by the queue, answering by rows, deaf to all else."""

import json
from collections.abc import Callable

import psycopg
import pytest
import redis
from celery import Celery, signature
from django.conf import settings

from custody.common import clock
from custody.hsm import selectors, services
from custody.hsm.models import JournalEntry, SigningRequest, SigningResult
from custody.hsm.signer.mailbox import Mailbox, MailboxUnavailableError
from custody.statements.result import Head, Result
from custody.statements.store_entry import StoreEntry
from scripts.embedded.world import World
from tests.faults.stall import connect
from tests.harness.signer_role import STAND_IN
from tests.harness.waiting import eventually

Send = Callable[..., object]


@pytest.fixture
def known(live: World) -> World:
    """The live world once the web side knows its signer."""
    eventually(lambda: services.mirror_signer(at=clock.now()), what="identity of the signer")
    return live


@pytest.fixture
def send(known: World) -> Send:
    """Put any message on the signer's queue, as a hostile broker could."""
    app = Celery("hostile", broker=known.environment("signer")["CUSTODY_BROKER_URL"], set_as_current=False)
    return lambda name, *args, **options: app.send_task(name, args=args, queue="signing", **options)


@pytest.fixture
def broker(known: World) -> redis.Redis:
    return redis.Redis(
        unix_socket_path=str(known.redis.socket), db=known.broker_database, decode_responses=True
    )


def ask_for_seal() -> SigningRequest:
    """A request the signer refuses at once: these are no signed attributes."""
    return services.submit_request(
        actor="system:test",
        kind="CMS_SEAL",
        key=selectors.active_key("seal").pk,
        subject="run_01KAJ8W0000000000000000001",
        payload={"signed_attributes": "MTIz", "certificate": "DRAFT"},
        at=clock.now(),
    )


def answered(request: SigningRequest) -> SigningResult:
    rows = selectors.final_results().filter(request=request)
    eventually(rows.exists, what="answer")
    return rows.get()


def mirrored_refusals() -> list[dict[str, str]]:
    rows = JournalEntry.objects.filter(kind="REFUSED").values_list("body", flat=True)
    return [StoreEntry.from_bytes(bytes(body)).body for body in rows]


def test_files_are_their_owners_alone_but_the_published_ones(known: World) -> None:
    """Even where a directory is opened by mistake, or copied with its modes."""
    answered(ask_for_seal())
    layout = known.layout
    files = [path for folder in (layout.signer, layout.keys) for path in folder.rglob("*") if path.is_file()]
    assert {"store.sqlite3", "store.sqlite3-wal", "head", "pin"} <= {path.name for path in files}
    open_to_others = [path for path in files if path.stat().st_mode & 0o077]
    assert open_to_others == []
    eventually((layout.public / "checkpoints.jsonl").exists, what="published checkpoint", timeout=90)
    published = {path.name: oct(path.stat().st_mode & 0o777) for path in layout.public.iterdir()}
    assert published == {"checkpoints.jsonl": "0o644", "signer.json": "0o644"}


def test_answers_a_request(known: World) -> None:
    result = answered(ask_for_seal())
    assert result.outcome == "REFUSED"
    document = json.loads(bytes(result.body))
    assert (document["rule"], document["culprit"]) == ("not_cms_attributes", "/payload/signed_attributes")


def test_journals_and_refuses_any_other_task(known: World, send: Send) -> None:
    send("os.system", "true")
    send("celery.backend_cleanup")
    names = {"os.system", "celery.backend_cleanup"}

    def refused() -> bool:
        answered(ask_for_seal())
        return names <= {body.get("task") for body in mirrored_refusals()}

    eventually(refused, what="refusals in the mirror", timeout=60)


def test_drops_callbacks(known: World, send: Send, broker: redis.Redis) -> None:
    """A message may ask for another one when it is done; nothing must reach that queue."""
    request = ask_for_seal()
    canary = signature("wake", args=("req_01KAJ8W0000000000000000001",), options={"queue": "canary"})
    send("wake", request.id, link=canary, link_error=canary)
    send("wake", "no id at all", link=canary, link_error=canary)
    answered(ask_for_seal())
    assert broker.llen("canary") == 0


def test_answers_no_remote_control(known: World, broker: redis.Redis) -> None:
    answered(ask_for_seal())
    app = Celery("hostile", broker=known.environment("signer")["CUSTODY_BROKER_URL"], set_as_current=False)
    replies = app.control.ping(timeout=2.0) or []
    assert not [reply for reply in replies if any(name.startswith("signer@") for name in reply)]


def test_a_deleted_answer_comes_again(known: World) -> None:
    """The database's superuser removes the row; the journal remembers the answer."""
    request = ask_for_seal()
    first = answered(request)
    body = bytes(first.body)
    known.postgres.sql(
        "SET session_replication_role = replica;"  # switches the append-only triggers off
        f"DELETE FROM hsm_collectedresult WHERE result_id = {first.pk};"
        f"DELETE FROM hsm_signingresult WHERE id = {first.pk};",
        database=known.database,
    )
    services.wake_signer(request.id)
    assert bytes(answered(request).body) == body


def mailbox(world: World, **changes: str) -> Mailbox:
    password = world.password_file("custody_signer").read_text()
    database = {
        **settings.MAIN_DATABASE,
        "NAME": world.database,
        "USER": "custody_signer",
        "PASSWORD": password,
    }
    return Mailbox({**database, **changes})


def test_the_mailbox_reads_bytes_and_knows_no_unknown_request(known: World) -> None:
    request = ask_for_seal()
    box = mailbox(known)
    first, *_ = box.read(request.id)
    assert first == (request.id, bytes(request.body))
    assert box.read("req_01KAJ8W0000000000000000009") == []
    box.close()


def test_one_wake_answers_all_that_wait(known: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Three wake-ups were lost; the next one, for another request, takes them along."""
    with monkeypatch.context() as lost:
        lost.setattr(services, "wake_signer", lambda request_id: None)
        waiting = [ask_for_seal() for _ in range(3)]
    answered(ask_for_seal())
    assert [answered(request).outcome for request in waiting] == ["REFUSED"] * 3


def test_the_mailbox_keeps_the_first_final_answer(known: World) -> None:
    request = ask_for_seal()
    first = bytes(answered(request).body)
    box = mailbox(known)
    box.write([(request.id, "SIGNED", "", b"another")])
    box.close()
    assert bytes(answered(request).body) == first


def test_the_mailbox_keeps_one_report_of_each_failure(known: World, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as lost:
        lost.setattr(services, "wake_signer", lambda request_id: None)
        request = ask_for_seal()
    bodies = [failure_of(request, rule) for rule in ("token_unavailable", "killed")]
    box = mailbox(known)
    box.write([(request.id, "FAILED", "token_unavailable", bodies[0])])
    box.write([(request.id, "FAILED", "killed", bodies[1])])
    box.write([(request.id, "FAILED", "token_unavailable", b"another")])
    box.close()
    rows = SigningResult.objects.filter(request=request, outcome="FAILED").order_by("id")
    assert [bytes(row.body) for row in rows] == bodies


def failure_of(request: SigningRequest, rule: str) -> bytes:
    head = Head(seq=0, hash="00" * 32)
    asked = selectors.request_of(request.pk)
    return Result(
        instance=asked.instance,
        request=asked.id,
        request_hash=asked.hash,
        outcome="FAILED",
        rule=rule,
        head=head,
    ).to_bytes()


def test_a_mailbox_without_database_is_unavailable(known: World) -> None:
    with pytest.raises(MailboxUnavailableError):
        mailbox(known, PASSWORD="wrong").read("req_01KAJ8W0000000000000000001")


FORGED = "INSERT INTO hsm_signingresult (request_id, outcome, body) VALUES ('req_x', 'REFUSED', '')"


@pytest.mark.parametrize("become", ["", "SET ROLE custody_signer;", f"SET ROLE {STAND_IN};"])
def test_the_webs_role_writes_no_answer(known: World, become: str) -> None:
    """The first final answer stays, so a forged one would silence the signer."""
    with connect(known) as connection, pytest.raises(psycopg.errors.InsufficientPrivilege):
        connection.execute(f"{become} {FORGED}".encode())


@pytest.mark.parametrize(
    "statement",
    [
        "SELECT * FROM accounts_user",
        "INSERT INTO hsm_signingrequest (id) VALUES ('x')",
        "UPDATE hsm_signingresult SET outcome = 'SIGNED'",
        "DELETE FROM hsm_signingresult",
    ],
)
def test_the_signers_role_can_do_nothing_else(known: World, statement: str) -> None:
    password = known.password_file("custody_signer").read_text()
    host = str(settings.MAIN_DATABASE["HOST"])
    with (
        psycopg.connect(
            dbname=known.database, host=host, user="custody_signer", password=password
        ) as connection,
        pytest.raises(psycopg.errors.InsufficientPrivilege),
    ):
        connection.execute(statement)
