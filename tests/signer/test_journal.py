"""The store: append-only, one owner, and shut when it is older than its head."""

import shutil
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import DatabaseError, IntegrityError, connections
from django.db.migrations.recorder import MigrationRecorder
from pytest_django.plugin import DjangoDbBlocker

from custody.hsm.signer.signer import Step
from custody.hsm.signer.store import journal, models
from custody.hsm.signer.store.errors import StoreBehindHeadError, StoreStoppedError
from custody.hsm.signer.store.head import HeadFile
from custody.hsm.signer.store.journal import Draft
from custody.hsm.signer.store.router import ALIAS
from custody.hsm.signer.store.store import Store
from custody.statements.result import Head
from custody.statements.store_entry import BitcoinAnchor, SignBody, Slot
from custody.statements.trust.holds import Hold, Kill
from tests.signer.accounts import Accounts
from tests.signer.bench import Bench, store_database
from tests.signer.genesis import FIRST
from tests.signer.officers import Officers
from tests.signer.test_lapse import token_away

APPEND_ONLY = "append-only"


def store_tables() -> list[str]:
    tables = connections[ALIAS].introspection.table_names()
    return [name for name in tables if name != MigrationRecorder.Migration._meta.db_table]


def end_of_chain() -> Head:
    last = journal.last()
    assert last is not None
    return Head(seq=last.seq, hash=last.hash)


def fill_every_table(bench: Bench) -> None:
    terms = bench.register()
    bench.handle(bench.spend(terms))
    bench.handle(bench.checkpoint(["11" * 32]))
    accounts = Accounts(bench)
    lapses = accounts.transfer(accounts.intent(expires_at=bench.hands.now + timedelta(hours=1)))
    with token_away(bench):
        bench.handle(lapses)
    bench.hands.pass_by(hours=1)
    assert bench.handle(lapses).outcome == "REFUSED"
    assert bench.handle(accounts.pay()).outcome == "SIGNED"
    seal = bench.key("seal")
    models.SignedBlock.objects.create(
        entry_id=0, key_id=seal.id, chain="c", height=1, round=0, hash="00" * 32
    )
    models.KeyBackup.objects.create(entry_id=0, key_id=seal.id)
    models.OneTimeKey.objects.create(entry_id=0, wallet="w", number=0, key="k")
    models.IssuedAddress.objects.create(entry_id=0, address="a", key_id=seal.id, number=0)
    session = models.ColdSession.objects.create(entry_id=0, id="s", backend="b", ends_at="")
    models.ColdSessionEnd.objects.create(entry_id=0, session=session)
    models.PresentedHead.objects.create(entry_id=0, hash="00" * 32)
    models.Recovery.objects.create(entry_id=1, at="2026-11-21T00:00:00Z")
    models.NextNonce.objects.create(entry_id=0, chain="c", account="0x", nonce=1)
    officers = Officers(bench)
    officers.accept("KILL", Kill(), FIRST, maker=FIRST)
    bench.orders.give(kind="KILL", body=Kill(), reason="drill")
    hold = officers.document("HOLD", Hold(scope="WALLET", ref="wal_01KAJ8S0000000000000000001"))
    bench.handle(officers.request(hold, officers.approval(hold, FIRST, verdict="REJECT")))


def execute(statement: str) -> None:
    with connections[ALIAS].cursor() as cursor:
        cursor.execute(statement)


def test_no_table_can_be_updated_or_deleted_from(bench: Bench) -> None:
    fill_every_table(bench)
    tables = store_tables()
    assert len(tables) == 29
    for table in tables:
        column = (
            connections[ALIAS].introspection.get_table_description(connections[ALIAS].cursor(), table)[0].name
        )
        with pytest.raises(DatabaseError, match=APPEND_ONLY):
            execute(f"UPDATE {table} SET {column} = {column}")
        with pytest.raises(DatabaseError, match=APPEND_ONLY):
            execute(f"DELETE FROM {table}")


def test_the_database_commits_durably(bench: Bench) -> None:
    with connections[ALIAS].cursor() as cursor:
        values = [cursor.execute(f"PRAGMA {name}").fetchone()[0] for name in ("journal_mode", "synchronous")]
    assert values == ["wal", 2]


def test_the_head_file_names_the_last_entry(bench: Bench) -> None:
    bench.register()
    assert bench.store.head_file.read() == end_of_chain()


def test_a_second_process_cannot_own_the_store(bench: Bench) -> None:
    with pytest.raises(StoreStoppedError) as stopped:
        Store(bench.directory).open()
    assert stopped.value.code == "store_locked"


def test_refuses_to_open_a_store_behind_its_head(
    bench: Bench, tmp_path: Path, django_db_blocker: DjangoDbBlocker
) -> None:
    """A backup restored over a newer store would sign again what was signed since."""
    connections[ALIAS].close()
    backup = tmp_path / "backup"
    shutil.copytree(bench.directory, backup)
    bench.register()
    head = bench.directory / "head"
    with store_database(backup):
        shutil.copy(head, backup / "head")
        with pytest.raises(StoreBehindHeadError):
            Store(backup).open()


def test_refuses_to_open_a_store_without_its_head(bench: Bench) -> None:
    bench.close()
    (bench.directory / "head").unlink()
    with pytest.raises(StoreStoppedError) as stopped:
        Store(bench.directory).open()
    assert stopped.value.code == "head_missing"


def test_keeps_the_former_head_when_a_write_is_torn(bench: Bench) -> None:
    """Two places are written in turn; half of a new one leaves the old one whole."""
    former = bench.store.head_file.read()
    places = (bench.directory / "head").read_bytes()
    bench.register()
    bench.close()
    data = bytearray((bench.directory / "head").read_bytes())
    changed = next(index for index, byte in enumerate(data) if byte != places[index])
    data[changed : changed + 40] = places[changed : changed + 40]
    (bench.directory / "head").write_bytes(data)
    assert HeadFile(bench.directory / "head").read() == former
    store = Store(bench.directory)
    store.open()
    store.close()


def test_the_head_is_durable_before_the_token_signs(bench: Bench) -> None:
    """SIGN stands in the head file when the token is asked; what follows it may come later."""
    heads: list[Head | None] = []
    bench.reached = lambda step: heads.append(bench.store.head_file.read()) if step == Step.MADE else None
    request = bench.spend(bench.register())
    bench.handle(request)
    sign = journal.of_request(request.hash)[1]
    assert heads == [Head(seq=sign.seq, hash=sign.hash)]


def test_refuses_a_damaged_head_file(bench: Bench) -> None:
    bench.close()
    (bench.directory / "head").write_text("{")
    with pytest.raises(StoreStoppedError, match="damaged"):
        Store(bench.directory).open()


def test_goes_on_with_a_store_ahead_of_its_head(bench: Bench) -> None:
    """The crash between commit and head file leaves it like this."""
    former = (bench.directory / "head").read_bytes()
    bench.register()
    bench.close()
    (bench.directory / "head").write_bytes(former)
    store = Store(bench.directory)
    store.open()
    assert store.head_file.read() == end_of_chain()
    store.close()


def test_refuses_a_changed_entry(bench: Bench) -> None:
    bench.register()
    bench.close()
    execute("DROP TRIGGER signer_store_entry_no_update")
    changed = "CAST(replace(body, 'mediator', 'mediat0r') AS BLOB)"
    execute(f"UPDATE signer_store_entry SET body = {changed} WHERE seq = 3")
    with pytest.raises(StoreStoppedError, match="entry 3 "):
        Store(bench.directory).open()


def test_refuses_a_removed_entry(bench: Bench) -> None:
    bench.register()
    bench.close()
    execute("PRAGMA foreign_keys = OFF")
    execute("DROP TRIGGER signer_store_entry_no_delete")
    execute("DELETE FROM signer_store_entry WHERE seq = 2")
    with pytest.raises(StoreStoppedError, match="entry 2 "):
        Store(bench.directory).open()


def test_the_terms_of_a_deal_have_one_anchor_for_ever(bench: Bench) -> None:
    terms = bench.register()
    bench.handle(bench.spend(terms))
    seen = {"request": "req_01KAJ8W0000000000000000009", "request_hash": "99" * 32, "terms": terms.hash}
    sign = SignBody(
        request_hash="99" * 32,
        intent="88" * 32,
        anchor=BitcoinAnchor(outpoint="77" * 32 + ":0"),
        slots=(Slot(key=bench.key("mediator").id, slot="btc:" + "77" * 32 + ":0", digest="66" * 32),),
    )
    with pytest.raises(IntegrityError, match="another anchor"):
        bench.store.commit(
            Draft("SEEN", seen), Draft("SIGN", sign.to_json()), at=bench.hands.now, request_hash="99" * 32
        )


def test_a_broken_promise_leaves_no_entry(bench: Bench) -> None:
    """The unique constraints hold even where a rule would not."""
    body = {"key": bench.key("seal").id, "purpose": "seal", "curve": "secp256r1", "state": "ACTIVE"}
    again = body | {"public_key": bench.key("mediator").public_key, "token_id": "00", "class": "NEVER_LEAVES"}
    before = models.Entry.objects.count()
    with pytest.raises(DatabaseError):
        bench.store.commit(Draft("KEY", again), at=bench.hands.now)
    assert models.Entry.objects.count() == before
