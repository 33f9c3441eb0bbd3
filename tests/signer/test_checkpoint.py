"""CHECKPOINT: computed here from listed entries, continuing the last one signed, published in a file."""

import json

import pytest

from custody.audit.checkpoints import read_checkpoints
from custody.hsm.signer.keys import SigningToken
from custody.hsm.signer.store import journal, selectors
from custody.statements.audit_links import FIRST_PREVIOUS, link_hash
from custody.statements.result import Result
from custody.statements.store_entry import StoreEntry
from tests.harness.signer_bench import LABEL
from tests.signer.bench import Bench
from tests.signer.tokens import session_on

ENTRIES = [f"{number:02x}" * 32 for number in range(1, 6)]


def link_of(entries: list[str]) -> str:
    link = FIRST_PREVIOUS
    for position, entry in enumerate(entries, start=1):
        link = link_hash(stream="main", position=position, entry=entry, previous=link)
    return link


def own_head() -> StoreEntry:
    last = journal.last()
    assert last is not None
    return last


def refused(result: Result) -> tuple[str | None, str | None]:
    assert result.outcome == "REFUSED"
    return result.rule, result.culprit


def test_signs_the_link_it_computed_itself(bench: Bench) -> None:
    assert bench.handle(bench.checkpoint(ENTRIES[:3])).outcome == "SIGNED"
    (published,) = read_checkpoints(bench.directory / "public" / "checkpoints.jsonl")
    assert published.public_key == bench.key("checkpoint").public_key
    assert (published.checkpoint.stream, published.checkpoint.position) == ("main", 3)
    assert published.checkpoint.link == link_of(ENTRIES[:3])
    assert published.checkpoint.at == bench.hands.now


def test_extends_the_last_checkpoint(bench: Bench) -> None:
    bench.handle(bench.checkpoint(ENTRIES[:3]))
    bench.hands.pass_by(seconds=60)
    bench.handle(bench.checkpoint(ENTRIES[3:], first=4))
    first, second = read_checkpoints(bench.directory / "public" / "checkpoints.jsonl")
    assert (first.checkpoint.position, second.checkpoint.position) == (3, 5)
    assert second.checkpoint.link == link_of(ENTRIES)


def test_extends_what_it_promised_before_the_token_failed(bench: Bench) -> None:
    token, bench.token = bench.token, SigningToken(session_on(LABEL, pin="999999"))
    assert bench.handle(bench.checkpoint(ENTRIES[:3])).outcome == "FAILED"
    bench.token = token
    assert bench.handle(bench.checkpoint(ENTRIES[3:], first=4)).outcome == "SIGNED"
    (published,) = read_checkpoints(bench.directory / "public" / "checkpoints.jsonl")
    assert (published.checkpoint.position, published.checkpoint.link) == (5, link_of(ENTRIES))


def test_refuses_to_sign_history_again(bench: Bench) -> None:
    bench.handle(bench.checkpoint(ENTRIES[:3]))
    other = ["ff" * 32, *ENTRIES[1:]]
    assert refused(bench.handle(bench.checkpoint(other))) == ("not_the_next_position", "/payload/from")


def test_refuses_to_leave_entries_out(bench: Bench) -> None:
    bench.handle(bench.checkpoint(ENTRIES[:3]))
    request = bench.checkpoint(ENTRIES[4:], first=5)
    assert refused(bench.handle(request)) == ("not_the_next_position", "/payload/from")


@pytest.mark.parametrize("stream", ["main", "signer"])
def test_refuses_a_checkpoint_over_nothing(bench: Bench, stream: str) -> None:
    request = bench.checkpoint([], stream=stream)
    assert refused(bench.handle(request)) == ("no_entries", "/payload/entries")


def test_keeps_streams_apart(bench: Bench) -> None:
    bench.handle(bench.checkpoint(ENTRIES[:3]))
    assert bench.handle(bench.checkpoint(ENTRIES[:1], stream="sar")).outcome == "SIGNED"


def test_signs_its_own_head(bench: Bench) -> None:
    head = own_head()
    own = selectors.entry_hashes(1, head.seq)
    assert bench.handle(bench.checkpoint(own, stream="signer")).outcome == "SIGNED"
    (published,) = read_checkpoints(bench.directory / "public" / "checkpoints.jsonl")
    assert (published.checkpoint.position, published.checkpoint.link) == (head.seq, head.hash)


def test_refuses_hashes_that_are_not_in_its_store(bench: Bench) -> None:
    request = bench.checkpoint(ENTRIES[:2], stream="signer")
    assert refused(bench.handle(request)) == ("not_our_entries", "/payload/entries")


def test_refuses_a_head_beyond_its_own(bench: Bench) -> None:
    """Whoever presents more entries than we have knows a newer store than this one."""
    head = own_head()
    own = selectors.entry_hashes(1, head.seq)
    request = bench.checkpoint([*own, "ff" * 32], stream="signer")
    assert refused(bench.handle(request)) == ("not_our_entries", "/payload/entries")


def test_appends_what_a_crash_left_out(bench: Bench) -> None:
    """The file is derived from the journal: a torn line is cut, a lost one comes again."""
    file = bench.directory / "public" / "checkpoints.jsonl"
    bench.handle(bench.checkpoint(ENTRIES[:3]))
    bench.handle(bench.checkpoint(ENTRIES[3:4], first=4))
    whole = file.read_bytes()
    lines = whole.splitlines(keepends=True)
    file.write_bytes(lines[0] + lines[1][:40])
    bench.handle(bench.checkpoint(ENTRIES[4:], first=5))
    assert file.read_bytes().startswith(whole)
    assert [json.loads(line)["checkpoint"]["position"] for line in file.read_text().splitlines()] == [3, 4, 5]


def test_the_file_is_readable_for_everybody(bench: Bench) -> None:
    bench.handle(bench.checkpoint(ENTRIES[:3]))
    assert (bench.directory / "public" / "checkpoints.jsonl").stat().st_mode & 0o777 == 0o644
