"""``signer_status`` names what stops the signer, whoever said so and however."""

import json
import re
from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from django.conf import LazySettings
from django.core.management import call_command

from custody.common import clock
from custody.hsm.signer.status import lines
from custody.statements.trust.holds import Hold, Kill, Lease
from tests.signer.bench import Bench
from tests.signer.genesis import FIRST, GENESIS, INSTANCE
from tests.signer.officers import Officers


@pytest.fixture
def officers(bench: Bench, settings: LazySettings) -> Officers:
    settings.SIGNER_DIR, settings.SIGNER_PUBLIC_DIR = bench.directory, bench.directory / "public"
    bench.hands.now = clock.now().replace(microsecond=0)
    return Officers(bench)


def said(**options: Any) -> str:
    out = StringIO()
    call_command("signer_status", stdout=out, **options)
    return out.getvalue()


def test_a_signer_that_nothing_stops_says_so(officers: Officers) -> None:
    status = json.loads(said(as_json=True))
    assert [status[name] for name in ("stopped_by", "holds", "duty", "orders")] == [[], [], [], []]
    shown = said().splitlines()
    assert shown[:7] == [
        f"installation: {INSTANCE} (demonstration)",
        f"genesis: {GENESIS.hash}",
        "stopped by: nothing",
        "hold: none",
        "on duty until: nobody: hot keys and mandates stand still",
        "order, not taken in yet: none",
        f"key: {officers.bench.key('demo_ca').id} demo_ca ACTIVE",
    ]
    assert not re.search(r"None|True|[\[{]", "\n".join(shown))


def test_names_kills_holds_and_leases(officers: Officers) -> None:
    bench = officers.bench
    key, until = bench.key("mediator").id, bench.hands.now + timedelta(hours=5)
    for kind, body in (
        ("KILL", Kill(key=key)),
        ("HOLD", Hold(scope="KEY", ref=key)),
        ("LEASE", Lease(person=FIRST, until=until)),
    ):
        officers.accept(kind, body, FIRST, maker=FIRST)  # type: ignore[arg-type]
    bench.orders.give(kind="KILL", body=Kill(), reason="drill")
    assert "order, not taken in yet: KILL" in said().splitlines()
    bench.signer.handle_all([])
    status = json.loads(said(as_json=True))
    one, every = status["stopped_by"]
    assert (one["what"], one["key"], every["what"], "key" in every) == ("KILL", key, "KILL", False)
    (hold,) = status["holds"]
    assert (hold["scope"], hold["ref"]) == ("KEY", key)
    assert status["duty"] == [clock.write_time(until)]
    shown = said().splitlines()
    assert (
        f"stopped by: a kill, no payment of key {key}; a RESTART by two officers ends {one['document']}"
        in shown
    )
    assert (
        f"stopped by: a kill, no payment of any key; a RESTART by two officers ends {every['document']}"
        in shown
    )
    assert f"hold: KEY {key}; a HOLD_END ends {hold['document']}" in shown
    assert f"on duty until: {clock.write_time(until)}" in shown


def test_before_genesis_there_is_one_thing_to_say() -> None:
    assert lines({"genesis": None}) == ["genesis: none yet; signer_genesis takes one in"]
