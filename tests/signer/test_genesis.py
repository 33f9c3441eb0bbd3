"""Genesis at the console: demo mark, one genesis per store, keys with evidence, resumed after a crash."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from django.core.management import call_command
from pytest_django.plugin import DjangoDbBlocker

from custody.common import canonical
from custody.common.errors import RefusedError
from custody.hsm.signer import genesis, program
from custody.hsm.signer.genesis import GenesisRun
from custody.hsm.signer.keys import SigningToken
from custody.hsm.signer.store import journal, models, selectors, tokens
from custody.hsm.signer.store.errors import StoreStoppedError
from custody.hsm.signer.store.router import ALIAS
from custody.hsm.token import ec
from tests.signer.bench import Bench, store_database
from tests.signer.genesis import GENESIS, INSTANCE, MEDIATOR

PURPOSES = ["demo_ca", "mediator", "checkpoint", "seal", "attest"]


@pytest.fixture
def empty(tmp_path: Path, token: SigningToken, django_db_blocker: DjangoDbBlocker) -> Iterator[Bench]:
    """A bench on a store before genesis."""
    (tmp_path / "public").mkdir()
    with django_db_blocker.unblock(), store_database(tmp_path):
        call_command("migrate", ALIAS, database=ALIAS, verbosity=0, skip_checks=True)
        bench = Bench(tmp_path, token)
        yield bench
        bench.close()


def run(bench: Bench) -> GenesisRun:
    return GenesisRun(bench.store, bench.token, bench.clock, bench.public)


def test_pins_instance_policy_and_people(bench: Bench) -> None:
    pinned = selectors.pinned()
    assert pinned is not None
    assert (pinned.instance, pinned.demo) == (INSTANCE, True)
    trust = selectors.trust()
    assert trust.policy(at=bench.hands.now) == GENESIS.policy
    assert trust.is_known(MEDIATOR, at=bench.hands.now)
    first = journal.of_request("")
    assert first[0].kind == "GENESIS"
    assert first[0].body["hash"] == GENESIS.hash


def test_makes_the_first_keys_with_evidence(bench: Bench) -> None:
    keys = [entry.body for entry in journal.of_request("") if "purpose" in entry.body]
    assert [key["purpose"] for key in keys] == PURPOSES
    assert [key["curve"] for key in keys] == ["secp256r1", "secp256k1", *["secp256r1"] * 3]
    for key in keys:
        assert (key["class"], key["state"]) == ("NEVER_LEAVES", "ACTIVE")
        assert key["attributes"] == {
            "always_sensitive": True,
            "extractable": False,
            "local": True,
            "never_extractable": True,
            "sensitive": True,
        }


def test_publishes_who_it_is(bench: Bench) -> None:
    published = canonical.decode((bench.directory / "public" / "signer.json").read_bytes())
    assert published["instance"] == INSTANCE
    assert published["genesis"] == GENESIS.hash
    assert [key["purpose"] for key in published["keys"]] == PURPOSES
    assert "token_id" not in published["keys"][0]


def test_refuses_the_demo_mark_outside_the_demo_profile(empty: Bench) -> None:
    with pytest.raises(RefusedError) as refused:
        run(empty).run(GENESIS, allow_demo=False)
    assert refused.value.code == "demo_genesis"
    assert models.Entry.objects.count() == 0


def test_a_genesis_without_the_mark_makes_no_demo_ca(empty: Bench) -> None:
    run(empty).run(replace(GENESIS, demo=False), allow_demo=False)
    assert [key.purpose for key in selectors.all_keys()] == PURPOSES[1:]
    assert all(key.certificate is None for key in selectors.all_keys())


def test_refuses_a_token_that_fails_the_probe(empty: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ec, "generate", lambda *_, **__: extractable_key())
    with pytest.raises(RefusedError, match="fails the probe: evidence_never_leaves") as refused:
        run(empty).run(GENESIS, allow_demo=True)
    assert refused.value.code == "probe_failed"
    assert selectors.all_keys() == []


def test_refuses_a_key_that_could_leave_the_token(empty: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(GenesisRun, "_probe_token", lambda _: None)
    monkeypatch.setattr(ec, "generate", lambda *_, **__: extractable_key())
    with pytest.raises(RefusedError) as refused:
        run(empty).run(GENESIS, allow_demo=True)
    assert refused.value.code == "key_class"
    assert selectors.all_keys() == []


def extractable_key() -> ec.TokenKey:
    return ec.TokenKey(bytes.fromhex("02" + "11" * 32), {**dict.fromkeys(ec.EVIDENCE, True)})


def test_the_probe_of_the_own_token_stands_in_the_store(bench: Bench) -> None:
    known = tokens.known_backends()["pkcs11"]
    assert known.is_probed
    assert known.probe is not None
    assert (known.module.model, known.module.firmware) == ("SoftHSM v2", "2.6")
    assert known.probe.schemes == ("ecdsa-p256", "ecdsa-secp256k1", "ed25519")
    assert "disabled_key_refused" in known.probe.left_out


def test_refuses_a_second_genesis(bench: Bench) -> None:
    with pytest.raises(RefusedError) as refused:
        run(bench).run(replace(GENESIS, quorum=1, delay_seconds=61), allow_demo=True)
    assert refused.value.code == "other_genesis"


def test_goes_on_where_it_was_interrupted(empty: Bench) -> None:
    class Interrupted(Exception):
        pass

    class HalfRun(GenesisRun):
        def _make_key(self, purpose: str, curve: str) -> None:
            if purpose == "checkpoint":
                raise Interrupted
            super()._make_key(purpose, curve)

    with pytest.raises(Interrupted):
        HalfRun(empty.store, empty.token, empty.clock, empty.public).run(GENESIS, allow_demo=True)
    before = [key.id for key in selectors.all_keys()]
    run(empty).run(GENESIS, allow_demo=True)
    assert [key.purpose for key in selectors.all_keys()] == PURPOSES
    assert [key.id for key in selectors.all_keys()][:2] == before


def test_an_update_that_needs_another_key_makes_it_in_an_old_store(
    empty: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as old:
        old.setattr(genesis, "FIRST_KEYS", genesis.FIRST_KEYS[:3])
        run(empty).run(GENESIS, allow_demo=True)
    before = [key.id for key in selectors.all_keys()]
    run(empty).run(GENESIS, allow_demo=True)
    assert [key.id for key in selectors.all_keys()][:4] == before
    assert [key.purpose for key in selectors.all_keys()] == PURPOSES
    published = canonical.decode((empty.directory / "public" / "signer.json").read_bytes())
    assert published["keys"][-1]["public_key"] == empty.key("attest").public_key


def test_an_empty_trust_store_signs_nothing(empty: Bench) -> None:
    with pytest.raises(StoreStoppedError) as stopped:
        program.build_signer(empty.store)
    assert stopped.value.code == "no_genesis"
