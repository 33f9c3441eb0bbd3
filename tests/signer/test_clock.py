"""The signer's clock: never behind the last entry, no jump of more than five minutes."""

from datetime import timedelta
from pathlib import Path

from custody.hsm.signer.store import models
from tests.signer.bench import Bench


def test_lets_time_pass(bench: Bench) -> None:
    bench.register()
    bench.hands.pass_by(days=3)
    assert bench.handle(bench.checkpoint(["11" * 32])).outcome == "SIGNED"


def test_stops_when_the_clock_is_behind_the_last_entry(bench: Bench) -> None:
    bench.register()
    bench.hands.now -= timedelta(seconds=1)
    before = models.Entry.objects.count()
    result = bench.handle(bench.checkpoint(["11" * 32]))
    assert (result.outcome, result.rule) == ("FAILED", "clock_not_trusted")
    assert models.Entry.objects.count() == before


def test_stops_when_the_clock_jumps(bench: Bench) -> None:
    bench.register()
    bench.hands.now += timedelta(minutes=5, seconds=1)
    assert bench.handle(bench.checkpoint(["11" * 32])).rule == "clock_not_trusted"


def test_stops_when_small_steps_add_up(bench: Bench) -> None:
    bench.register()
    for position in (1, 2):
        bench.hands.now += timedelta(minutes=3)
        result = bench.handle(bench.checkpoint(["11" * 32], first=position))
    assert result.rule == "clock_not_trusted"


def test_tolerates_a_small_correction(bench: Bench) -> None:
    bench.register()
    bench.hands.now += timedelta(minutes=5)
    assert bench.handle(bench.checkpoint(["11" * 32])).outcome == "SIGNED"


def test_stays_stopped_until_confirmed_even_after_a_restart(bench: Bench) -> None:
    bench.register()
    bench.hands.now += timedelta(hours=1)
    request = bench.checkpoint(["11" * 32])
    assert bench.handle(request).outcome == "FAILED"
    bench._clock = bench.hands.clock(bench.directory / "clock-not-confirmed")
    assert bench.handle(request).outcome == "FAILED"
    bench.clock.confirm()
    assert bench.handle(request).outcome == "SIGNED"


def test_reads_whole_seconds(bench: Bench, tmp_path: Path) -> None:
    bench.hands.now += timedelta(microseconds=900_000)
    assert bench.hands.clock(tmp_path / "marker").read(last=None).microsecond == 0
