"""What the signer publishes of the credentials it has pinned, and of the end of its journal."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.conf import LazySettings

from custody.common import canonical, clock
from custody.hsm.signer import program
from custody.hsm.signer.store import journal
from custody.statements.known_credential import KnownCredential
from custody.statements.published import PublishedSigner
from custody.statements.trust.holds import Veto
from custody.statements.trust.people import PersonRevoke
from tests.signer.bench import Bench
from tests.signer.genesis import FIRST, GENESIS, MEDIATOR, credential, person
from tests.signer.officers import Officers

JOINER = person(42)


@pytest.fixture
def officers(bench: Bench) -> Officers:
    return Officers(bench)


def published(bench: Bench) -> PublishedSigner:
    data = (bench.directory / "public" / "signer.json").read_bytes()
    return PublishedSigner.read(canonical.decode(data, limit=canonical.MAX_REQUEST))


def said_of(bench: Bench, who: str) -> list[KnownCredential]:
    return [entry for entry in published(bench).credentials or () if entry.person == who]


def joining(officers: Officers) -> Any:
    until = officers.bench.hands.now + timedelta(days=180)
    return officers.accept("PERSON_CREDENTIAL", credential(JOINER, ("APPROVER",), valid_until=until))


def test_everybody_of_genesis_is_published_without_a_name(bench: Bench) -> None:
    known = published(bench).credentials or ()
    assert {(entry.person, entry.credential, entry.roles, entry.status) for entry in known} == {
        (entry.person, entry.credential, entry.roles, "ACTIVE") for entry in GENESIS.people
    }
    assert b"Officer" not in (bench.directory / "public" / "signer.json").read_bytes()


def test_who_waits_is_published_with_the_moment(bench: Bench, officers: Officers) -> None:
    joining(officers)
    (entry,) = said_of(bench, JOINER)
    assert (entry.status, entry.active_from) == ("WAITING", bench.hands.now + timedelta(seconds=60))
    bench.hands.pass_by(seconds=60)
    bench.public.publish_identity(at=bench.hands.now)
    (entry,) = said_of(bench, JOINER)
    assert (entry.status, entry.active_from) == ("ACTIVE", None)


def test_who_was_vetoed_is_not_published(bench: Bench, officers: Officers) -> None:
    document = joining(officers)
    officers.accept("VETO", Veto(document=document.hash), FIRST, maker=FIRST)
    assert said_of(bench, JOINER) == []
    bench.hands.pass_by(minutes=2)
    bench.public.publish_identity(at=bench.hands.now)
    assert said_of(bench, JOINER) == []


def test_who_was_revoked_has_ended_at_once(bench: Bench, officers: Officers) -> None:
    officers.accept("PERSON_REVOKE", PersonRevoke(person=MEDIATOR), FIRST, maker=FIRST)
    assert [entry.status for entry in said_of(bench, MEDIATOR)] == ["ENDED"]


def test_whose_time_is_over_has_ended(bench: Bench, officers: Officers) -> None:
    shorter = replace(
        credential(MEDIATOR, ("MEDIATOR",)), valid_until=bench.hands.now + timedelta(seconds=30)
    )
    officers.accept("PERSON_CREDENTIAL", shorter, FIRST, maker=FIRST)
    bench.hands.pass_by(seconds=30)
    bench.public.publish_identity(at=bench.hands.now)
    assert [(entry.status, entry.valid_until) for entry in said_of(bench, MEDIATOR)] == [
        ("ENDED", bench.hands.now)
    ]


def test_the_file_says_where_the_journal_ends(bench: Bench, officers: Officers) -> None:
    before = published(bench).head
    joining(officers)
    after, last = published(bench).head, journal.last()
    assert before is not None
    assert after is not None
    assert last is not None
    assert (after.seq, after.hash) == (last.seq, last.hash)
    assert before.seq < after.seq


def test_a_start_publishes_what_a_release_says_anew_and_no_mere_head(
    bench: Bench, settings: LazySettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = bench.directory / "public" / "signer.json"
    settings.SIGNER_DIR, settings.SIGNER_PUBLIC_DIR = bench.directory, file.parent
    monkeypatch.setattr(clock, "now", lambda: bench.hands.now)
    whole = file.read_bytes()
    bench.handle(bench.checkpoint([("aa" * 32)]))
    program.build_signer(bench.store)
    assert file.read_bytes() == whole
    earlier = {name: value for name, value in canonical.decode(whole).items() if name != "credentials"}
    for old in (canonical.encode(earlier), b"{", b"[]"):
        file.write_bytes(old)
        program.build_signer(bench.store)
        assert len(published(bench).credentials or ()) == len(GENESIS.people)
