"""One-time keys: made under a template, kept twice, used for one business, destroyed with a record."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from django.db import DatabaseError, connections

from custody.hsm.signer.store import backup, blobs, journal, kept_keys, models, selectors
from custody.hsm.signer.store.errors import StoreStoppedError
from custody.hsm.signer.store.router import ALIAS
from custody.statements.attestation import IssuedAddress
from custody.statements.fact import Block
from custody.statements.intent import Payee, Source
from custody.statements.policy import PayeeRule, Scope
from custody.statements.result import Result
from custody.statements.trust.holds import Hold, Kill
from custody.statements.trust.keys import KeyStateChange
from tests.harness.bitcoin import REGTEST
from tests.signer.bench import Bench
from tests.signer.genesis import FIRST
from tests.signer.house import HOUSE_QUORUM, House, wallet_id
from tests.signer.one_time import DEAL, DEPTH, DISPUTE, WALLET, OneTimeKeys
from tests.signer.test_address import attested

OTHER_DEAL = "deal_01KAJ8P0000000000000000008"


@pytest.fixture
def keys(wrapping: Bench) -> OneTimeKeys:
    return OneTimeKeys(wrapping)


def backup_file(bench: Bench, key: str) -> Path:
    return bench.directory / "key-backup" / f"{key}.json"


def said(result: Result) -> tuple[str, str | None, str | None]:
    return result.outcome, result.rule, result.culprit


def refused(rule: str, culprit: str) -> tuple[str, str, str]:
    return "REFUSED", rule, culprit


# --- making -----------------------------------------------------------------------------------


def test_a_key_is_made_under_the_template_and_kept_in_two_places(keys: OneTimeKeys) -> None:
    result = keys.bench.handle(keys.make_request())
    assert said(result) == ("RECORDED", None, None)
    key = keys.one()
    assert (key.key_class, key.state, key.purpose, key.backend) == ("WRAPPED", "ACTIVE", "spend", "pkcs11")
    blob = kept_keys.blob_of(key.id)
    assert blob is not None
    assert json.loads(backup_file(keys.bench, key.id).read_bytes()) == {
        "format": "custody/key-backup/v1",
        "key": key.id,
        "public_key": key.public_key,
        "blob": blob.hex(),
    }
    assert backup_file(keys.bench, key.id).stat().st_mode & 0o777 == 0o600


def test_the_journal_names_blob_bindings_and_backup(keys: OneTimeKeys) -> None:
    result = keys.bench.handle(keys.make_request())
    own = [entry for entry in result.entries if entry.kind in {"SEEN", "KEY"}][-3:]
    assert [entry.kind for entry in own] == ["SEEN", "KEY", "KEY"]
    _, made, kept = (entry.body for entry in own)
    digest = blobs.digest_of(kept_keys.blob_of(made["key"]) or b"")
    assert (made["blob"], made["state"], kept["state"], kept["backup"]) == (
        digest,
        "PRE_ACTIVE",
        "ACTIVE",
        digest,
    )
    assert made["attributes"]["wrap_with_trusted"] is True
    one_time = keys.one().one_time
    assert one_time is not None
    assert keys.template is not None
    assert (one_time.template, one_time.index, one_time.ref) == (keys.template.hash, 0, DEAL)
    assert made["one_time"] == one_time.to_json()
    assert one_time.activation.public_key == keys.one().public_key
    assert one_time.activation.wallet == keys.key_template().wallet


def test_the_blob_is_in_no_result(keys: OneTimeKeys) -> None:
    result = keys.bench.handle(keys.make_request())
    blob = kept_keys.blob_of(keys.one().id)
    assert blob is not None
    assert blob.hex().encode() not in result.to_bytes()


def test_the_same_request_again_makes_no_second_key(keys: OneTimeKeys) -> None:
    request = keys.make_request()
    first, second = keys.bench.handle(request), keys.bench.handle(request)
    assert first.outcome == second.outcome == "RECORDED"
    assert kept_keys.next_index(WALLET) == 1


def test_another_request_for_the_same_number_is_refused(keys: OneTimeKeys) -> None:
    keys.make_one()
    assert said(keys.bench.handle(keys.make_request(0))) == refused("not_the_next_index", "/payload/index")
    assert said(keys.bench.handle(keys.make_request(2))) == refused("not_the_next_index", "/payload/index")


def test_two_requests_for_one_number_in_one_wake(keys: OneTimeKeys) -> None:
    requests = [keys.make_request(), keys.make_request()]
    answers = keys.bench.signer.handle_all([(item.id, item.to_bytes()) for item in requests])
    assert [said(Result.from_bytes(data))[:2] for data in answers] == [
        ("RECORDED", None),
        ("REFUSED", "not_the_next_index"),
    ]


def test_no_more_are_open_than_the_template_says(keys: OneTimeKeys) -> None:
    keys.make_one(0)
    keys.make_one(1)
    assert said(keys.bench.handle(keys.make_request(2))) == refused("too_many_open_keys", "/payload/wallet")


def test_a_wallet_without_a_template_has_no_one_time_keys(keys: OneTimeKeys) -> None:
    result = keys.bench.handle(keys.make_request(wallet=wallet_id(1)))
    assert said(result) == refused("no_key_template", "/payload/wallet")


def test_a_template_ends(keys: OneTimeKeys) -> None:
    keys.bench.hands.pass_by(days=180)
    assert said(keys.bench.handle(keys.make_request())) == refused("key_template_over", "/payload/wallet")


def test_one_officer_may_close_a_template(keys: OneTimeKeys) -> None:
    closed = replace(keys.key_template(), open_max=0)
    keys.officers.accept("KEY_TEMPLATE", closed, FIRST, maker=FIRST)
    assert said(keys.bench.handle(keys.make_request())) == refused("too_many_open_keys", "/payload/wallet")


@pytest.mark.parametrize(
    "changes",
    [
        {"open_max": 3},
        {"lifetime_seconds": 91 * 86_400},
        {"settled_depth": DEPTH - 1},
        {"dispute_seconds": DISPUTE - 1},
        {"tier": "WARM"},
    ],
    ids=lambda changes: next(iter(changes)),
)
def test_one_officer_widens_nothing(keys: OneTimeKeys, changes: dict[str, Any]) -> None:
    wider = keys.officers.document("KEY_TEMPLATE", keys.key_template(**changes), maker=FIRST)
    assert said(keys.officers.present(wider, FIRST)) == refused("approvals_missing", "/documents/0/approvals")


@pytest.mark.parametrize(
    ("changes", "rule", "culprit"),
    [
        ({"tier": "COLD"}, "tier_not_of_class", "/wallet/tier"),
        ({"wallet": wallet_id(1)}, "wallet_of_a_key", "/wallet/wallet"),
    ],
)
def test_refuses_a_template(keys: OneTimeKeys, changes: Any, rule: str, culprit: str) -> None:
    document = keys.officers.document("KEY_TEMPLATE", keys.key_template(**changes))
    result = keys.officers.present(document, *("per_01KAJ8Q0000000000000000002", FIRST))
    assert said(result) == refused(rule, f"/documents/0/document/body{culprit}")


def test_a_wallet_of_one_time_keys_is_no_wallet_of_another_key(keys: OneTimeKeys) -> None:
    key = keys.make_key(2)
    document = keys.officers.document("KEY_ACTIVATE", keys.activation(key, wallet=7))
    result = keys.officers.present(document, "per_01KAJ8Q0000000000000000002", FIRST)
    assert said(result) == refused("wallet_of_one_time_keys", "/documents/0/document/body/wallet/wallet")


@pytest.mark.parametrize("stop", [Kill(), Hold(scope="WALLET", ref=WALLET), Hold(scope="DEAL", ref=DEAL)])
def test_nothing_is_made_while_it_stands_still(keys: OneTimeKeys, stop: Any) -> None:
    kind = "KILL" if isinstance(stop, Kill) else "HOLD"
    keys.officers.accept(kind, stop, FIRST, maker=FIRST)  # type: ignore[arg-type]
    rule = "killed" if kind == "KILL" else "held"
    assert keys.bench.handle(keys.make_request()).rule == rule
    assert selectors.key(kept_keys.one_time_key(WALLET, 0) or "") is None


# --- addresses and spending -------------------------------------------------------------------


def test_each_number_has_an_address_of_its_own(keys: OneTimeKeys) -> None:
    made = [keys.make_one(0), keys.make_one(1)]
    for index, key in enumerate(made):
        found = attested(keys.ask_address(index))
        assert IssuedAddress.read(found.attestation.body) == IssuedAddress(
            wallet=WALLET, chain=REGTEST, address=keys.address(key.id), index=index
        )
        found.verify(keys.bench.key("attest").public_key)


def test_a_number_that_was_not_made_has_no_address(keys: OneTimeKeys) -> None:
    keys.make_one()
    assert said(keys.ask_address(1)) == refused("unknown_one_time_key", "/payload/index")


def test_a_wallet_without_any_key_has_no_address(keys: OneTimeKeys) -> None:
    assert said(keys.ask_address()) == refused("unknown_wallet", "/payload/wallet")


def test_spends_for_its_business_and_no_other(keys: OneTimeKeys) -> None:
    key = keys.make_one()
    other = keys.spend_request(key, ref=OTHER_DEAL)
    assert said(keys.bench.handle(other)) == refused("key_of_another_business", "/intent/reason/ref")
    result = keys.bench.handle(keys.spend_request(key))
    assert result.outcome == "SIGNED", (result.rule, result.culprit)
    assert [made.public_key for made in result.signatures] == [key.public_key]


def test_a_one_time_key_has_its_cryptoperiod(keys: OneTimeKeys) -> None:
    key = keys.make_one()
    keys.bench.hands.pass_by(days=90)
    keys.go_on_duty()
    assert said(keys.bench.handle(keys.spend_request(key))) == refused("cryptoperiod_over", "/key")
    assert said(keys.ask_address()) == refused("cryptoperiod_over", "/payload/wallet")


def test_an_attested_one_time_address_is_one_of_our_own(keys: OneTimeKeys) -> None:

    keys.enact_policy(HOUSE_QUORUM, PayeeRule(scope=Scope(owners=("HOUSE",)), book=False, own=True))
    key = keys.make_one()
    payees = (Payee(to=keys.address(key.id), amount=990_000),)
    assert keys.bench.handle(keys.transfer(keys.intent(payees=payees))).rule == "payee_not_allowed"
    attested(keys.ask_address())
    assert keys.bench.handle(keys.transfer(keys.intent(payees=payees))).outcome == "SIGNED"


# --- two places -------------------------------------------------------------------------------


def test_a_lost_backup_stops_the_key_and_no_other(keys: OneTimeKeys) -> None:
    key = keys.make_one()
    backup_file(keys.bench, key.id).unlink()
    assert said(keys.bench.handle(keys.spend_request(key))) == refused("key_backup_missing", "/key")
    assert said(keys.ask_address()) == refused("key_backup_missing", "/payload/wallet")
    assert keys.bench.handle(keys.transfer()).outcome == "SIGNED"


@pytest.mark.parametrize("change", ["another blob", "not json", "another key"])
def test_a_backup_that_says_something_else_stops_the_key(keys: OneTimeKeys, change: str) -> None:
    key, other = keys.make_one(0), keys.make_one(1)
    file = backup_file(keys.bench, key.id)
    said_before = json.loads(file.read_bytes())
    content = {
        "another blob": json.dumps(said_before | {"blob": "00" * 72}, separators=(",", ":"), sort_keys=True),
        "not json": "?",
        "another key": backup_file(keys.bench, other.id).read_text(),
    }[change]
    file.write_text(content)
    assert said(keys.bench.handle(keys.spend_request(key))) == refused("key_backup_differs", "/key")
    assert said(keys.ask_address()) == refused("key_backup_differs", "/payload/wallet")


def test_a_backup_that_cannot_be_written_leaves_a_key_of_no_use(keys: OneTimeKeys) -> None:
    place = keys.bench.directory / "key-backup"
    place.write_text("in the way")
    request = keys.make_request()
    result = keys.bench.handle(request)
    assert (result.outcome, result.rule) == ("FAILED", "key_backup_unavailable")
    assert keys.one().state == "PRE_ACTIVE"
    assert said(keys.ask_address()) == refused("key_not_active", "/payload/wallet")
    place.unlink()
    assert keys.bench.handle(request).outcome == "RECORDED"
    assert keys.one().state == "ACTIVE"


def test_a_blob_that_holds_another_key_suspends_it(keys: OneTimeKeys) -> None:
    """Whoever can write the store and the backup swaps two blobs: nothing is signed, the key stops."""
    key, other = keys.make_one(0), keys.make_one(1)
    swapped = kept_keys.blob_of(other.id)
    assert swapped is not None
    with connections[ALIAS].cursor() as cursor:
        cursor.execute("DROP TRIGGER signer_store_key_no_update")
        cursor.execute("UPDATE signer_store_key SET blob = %s WHERE id = %s", [swapped, key.id])

    backup.own().write(key.id, public_key=key.public_key, blob=swapped)
    result = keys.bench.handle(keys.spend_request(key))
    assert (result.outcome, result.rule, result.signatures) == ("FAILED", "token_result_wrong", ())
    assert keys.one(0).state == "SUSPENDED"
    last = journal.last()
    assert last is not None
    assert last.body == {"key": key.id, "state": "SUSPENDED", "reason": "token_result_wrong"}
    keys.bench.close()
    with pytest.raises(StoreStoppedError) as stopped:
        Bench(keys.bench.directory, keys.bench.token, keys.bench.hands)
    assert stopped.value.code == "key_blob_differs"


def test_a_store_whose_blob_is_gone_does_not_open(keys: OneTimeKeys) -> None:
    key = keys.make_one()
    with connections[ALIAS].cursor() as cursor:
        cursor.execute("DROP TRIGGER signer_store_key_no_update")
        cursor.execute("UPDATE signer_store_key SET blob = NULL WHERE id = %s", [key.id])
    keys.bench.close()
    with pytest.raises(StoreStoppedError) as stopped:
        Bench(keys.bench.directory, keys.bench.token, keys.bench.hands)
    assert stopped.value.code == "key_blob_differs"


# --- the end ----------------------------------------------------------------------------------


def settled_key(keys: OneTimeKeys) -> tuple[Any, Any]:
    """A key that has paid, and what the witness says of it; the dispute window is over."""
    keys.activate_witness()
    key = keys.make_one()
    spend = keys.spend_request(key)
    assert keys.bench.handle(spend).outcome == "SIGNED"
    fact = keys.settled(spend)
    keys.bench.hands.pass_by(seconds=DISPUTE)
    return key, fact


def traces(bench: Bench, blob: bytes) -> list[str]:
    """Files of the signer that still contain the blob, in bytes or in hex."""
    files = [path for path in bench.directory.rglob("*") if path.is_file()]
    return [path.name for path in files if blob in (data := path.read_bytes()) or blob.hex().encode() in data]


def test_is_destroyed_after_settlement_and_the_dispute_window(keys: OneTimeKeys) -> None:
    key, fact = settled_key(keys)
    blob = kept_keys.blob_of(key.id)
    assert blob is not None
    assert len(traces(keys.bench, blob)) >= 2
    result = keys.bench.handle(keys.destroy_request(key, fact))
    assert said(result) == ("RECORDED", None, None)
    assert keys.one().state == "DESTROYED"
    assert kept_keys.blob_of(key.id) is None
    assert not backup_file(keys.bench, key.id).exists()
    assert traces(keys.bench, blob) == []


def test_the_record_of_the_end(keys: OneTimeKeys) -> None:
    key, fact = settled_key(keys)
    digest = blobs.digest_of(kept_keys.blob_of(key.id) or b"")
    result = keys.bench.handle(keys.destroy_request(key, fact))
    bodies = [entry.body for entry in result.entries if entry.kind == "KEY"]
    assert bodies == [
        {"key": key.id, "state": "DEACTIVATED", "reason": "settled"},
        {"key": key.id, "state": "DESTROYED", "reason": "settled"},
        {"key": key.id, "state": "DESTROYED", "removed": digest},
    ]
    keys.bench.close()
    Bench(keys.bench.directory, keys.bench.token, keys.bench.hands).close()


def test_an_end_waits_for_the_place_of_backups(keys: OneTimeKeys) -> None:
    key, fact = settled_key(keys)
    place, away = keys.bench.directory / "key-backup", keys.bench.directory / "away"
    place.rename(away)
    place.write_text("in the way")
    request = keys.destroy_request(key, fact)
    result = keys.bench.handle(request)
    assert (result.outcome, result.rule) == ("FAILED", "key_backup_unavailable")
    assert (keys.one().state, kept_keys.blob_of(key.id) is None) == ("DESTROYED", False)
    place.unlink()
    away.rename(place)
    assert keys.bench.handle(request).outcome == "RECORDED"
    assert not backup_file(keys.bench, key.id).exists()
    assert kept_keys.blob_of(key.id) is None


def test_a_ceremony_key_is_backed_up_as_soon_as_there_is_a_place(wrapping: Bench) -> None:
    """By the same process, at its next wake."""
    house = House(wrapping)
    place = wrapping.directory / "key-backup"
    place.write_text("in the way")
    signer = wrapping.signer
    wish = house.ceremony("second", of_key={"class_": "WRAPPED"})
    wrapping.orders.give(kind="MAKE_KEY", body=wish, reason="ceremony")
    signer.handle_all([])
    (key,) = kept_keys.without_backup()
    place.unlink()
    signer.handle_all([])
    assert kept_keys.without_backup() == []
    assert backup_file(wrapping, key).exists()


def test_a_destroyed_key_makes_room_and_signs_no_more(keys: OneTimeKeys) -> None:
    key, fact = settled_key(keys)
    keys.make_one(1)
    keys.bench.handle(keys.destroy_request(key, fact))
    keys.go_on_duty()
    assert keys.bench.handle(keys.make_request(2)).outcome == "RECORDED"
    assert said(keys.bench.handle(keys.spend_request(key, salt=0x44))) == refused("key_not_active", "/key")
    assert said(keys.ask_address()) == refused("key_not_active", "/payload/wallet")


@pytest.mark.parametrize(
    ("case", "rule", "culprit"),
    [
        ("no fact", "key_not_settled", "/facts"),
        ("shallow", "key_not_settled", "/facts"),
        ("another transaction", "key_not_settled", "/facts"),
        ("another chain", "key_not_settled", "/facts"),
        ("only a height", "key_not_settled", "/facts"),
        ("window open", "dispute_window_open", "/facts"),
        ("another business", "key_of_another_business", "/payload/ref"),
        ("stranger's fact", "bad_proof", "/facts/1/proof/signature"),
    ],
)
def test_refuses_to_end_a_key(keys: OneTimeKeys, case: str, rule: str, culprit: str) -> None:
    keys.activate_witness()
    key = keys.make_one()
    spend = keys.spend_request(key)
    keys.bench.handle(spend)
    lies: dict[str, dict[str, Any]] = {
        "shallow": {"depth": DEPTH - 1},
        "another transaction": {"txid": "ab" * 32},
        "another chain": {"chain": "bip122:000000000019d6689c085ae165831e93"},
        "only a height": {"kind": "HEIGHT", "txid": None, "script": None, "amount": None, "depth": None},
    }
    facts = [] if case == "no fact" else [keys.settled(spend, **lies.get(case, {}))]
    if case == "stranger's fact":
        facts = [replace(facts[0], proof=replace(facts[0].proof, signature="00" * 64))]
    keys.bench.hands.pass_by(seconds=DISPUTE - (case == "window open"))
    ref = OTHER_DEAL if case == "another business" else DEAL
    result = keys.bench.handle(keys.destroy_request(key, *facts, ref=ref))
    assert said(result) == refused(rule, culprit)
    assert keys.one().state == "ACTIVE"
    assert kept_keys.blob_of(key.id) is not None
    assert backup_file(keys.bench, key.id).exists()


def empty(keys: OneTimeKeys, key: Any, **changes: Any) -> Any:
    """The witness's word about the key's address."""
    return keys.holdings(keys.address(key.id), **changes)


BITCOIN = "bip122:000000000019d6689c085ae165831e93"


@pytest.mark.parametrize(
    ("changes", "rule", "culprit"),
    [
        (None, "holdings_unknown", "/facts"),
        ({"chain": BITCOIN}, "holdings_unknown", "/facts"),
        ({"script": "0014" + "11" * 20}, "holdings_unknown", "/facts"),
        ({"coins": 1, "amount": 5}, "coins_left", "/facts"),
        ({"coins": 1, "amount": 0}, "coins_left", "/facts"),
        ({"block": Block(height=199, hash="00" * 32)}, "holdings_stale", "/facts"),
        ({"key_of": "thief"}, "unknown_witness", "/facts/0/proof/credential"),
        ({"witness": "key_01KAJ8V0000000000000000099"}, "unknown_witness", "/facts/0/fact/witness"),
        ({"instance": "ins_01KAJ8M3V6Q2W9X4Y7Z0A1B2C4"}, "wrong_instance", "/facts/0/fact/instance"),
    ],
)
def test_a_key_stays_while_coins_may_lie_at_its_address(
    keys: OneTimeKeys, changes: dict[str, Any] | None, rule: str, culprit: str
) -> None:
    """A second deposit that was never spent would be lost with the key."""
    key, fact = settled_key(keys)
    facts = () if changes is None else (empty(keys, key, **changes),)
    assert said(keys.bench.handle(keys.ending(key, fact, *facts))) == refused(rule, culprit)
    assert keys.one().state == "ACTIVE"
    assert kept_keys.blob_of(key.id) is not None
    assert backup_file(keys.bench, key.id).exists()


@pytest.mark.parametrize(("seconds", "rule"), [(3600, None), (3601, "holdings_stale")])
def test_the_word_about_the_address_is_of_now(keys: OneTimeKeys, seconds: int, rule: str | None) -> None:
    key, fact = settled_key(keys)
    before = empty(keys, key)
    keys.bench.hands.pass_by(seconds=seconds)
    assert keys.bench.handle(keys.ending(key, fact, before)).rule == rule


def test_the_last_word_about_the_address_counts(keys: OneTimeKeys) -> None:
    key, fact = settled_key(keys)
    full = empty(keys, key, coins=1, amount=5)
    keys.bench.hands.pass_by(seconds=1)
    later = empty(keys, key)
    of_the_same_second = empty(keys, key, coins=1, amount=5)
    both = keys.ending(key, fact, later, of_the_same_second)
    assert said(keys.bench.handle(both)) == refused("coins_left", "/facts")
    assert keys.bench.handle(keys.ending(key, fact, full, later)).outcome == "RECORDED"


def test_what_scripts_hold_is_no_payment(keys: OneTimeKeys) -> None:
    """Beside the coins' own facts it changes nothing for a spend; alone it settles nothing."""
    key, fact = settled_key(keys)
    assert said(keys.bench.handle(keys.ending(key, empty(keys, key)))) == refused("key_not_settled", "/facts")
    keys.go_on_duty()
    spend = keys.spend_request(key, salt=0x33, facts=(fact, empty(keys, key)))
    assert keys.bench.handle(spend).outcome == "SIGNED"


def test_every_transaction_of_the_key_must_be_settled(keys: OneTimeKeys) -> None:
    key, fact = settled_key(keys)
    keys.go_on_duty()
    second = keys.spend_request(key, salt=0x33)
    assert keys.bench.handle(second).outcome == "SIGNED"
    assert keys.bench.handle(keys.destroy_request(key, fact)).rule == "key_not_settled"
    later = keys.settled(second)
    assert keys.bench.handle(keys.destroy_request(key, fact, later)).rule == "dispute_window_open"
    keys.bench.hands.pass_by(seconds=DISPUTE)
    assert keys.bench.handle(keys.destroy_request(key, fact, later)).outcome == "RECORDED"


def test_an_unused_key_is_ended_by_officers(keys: OneTimeKeys) -> None:
    key = keys.make_one()
    assert said(keys.bench.handle(keys.destroy_request(key))) == refused("key_not_used", "/key")
    keys.officers.accept("KEY_STATE", KeyStateChange(key=key.id, state="DEACTIVATED"), FIRST, maker=FIRST)
    blob = kept_keys.blob_of(key.id)
    keys.officers.accept("KEY_STATE", KeyStateChange(key=key.id, state="DESTROYED"))
    assert kept_keys.blob_of(key.id) is None
    assert not backup_file(keys.bench, key.id).exists()
    last = journal.last()
    assert last is not None
    assert last.body == {"key": key.id, "state": "DESTROYED", "removed": blobs.digest_of(blob or b"")}


def test_a_key_of_the_catalogue_is_no_one_time_key(keys: OneTimeKeys) -> None:
    known = selectors.key(keys.key)
    assert known is not None
    result = keys.bench.handle(keys.destroy_request(known))
    assert said(result) == refused("not_a_one_time_key", "/key")


@pytest.mark.parametrize(
    ("scope", "ref", "culprit"),
    [("KEY", "", "/key"), ("WALLET", WALLET, "/key"), ("DEAL", DEAL, "/payload/ref")],
)
def test_a_hold_keeps_the_key(keys: OneTimeKeys, scope: Any, ref: str, culprit: str) -> None:
    key, fact = settled_key(keys)
    keys.officers.accept("HOLD", Hold(scope=scope, ref=ref or key.id), FIRST, maker=FIRST)
    assert said(keys.bench.handle(keys.destroy_request(key, fact))) == refused("held", culprit)
    assert kept_keys.blob_of(key.id) is not None


def test_a_kill_keeps_the_key(keys: OneTimeKeys) -> None:
    key, fact = settled_key(keys)
    keys.officers.accept("KILL", Kill(), FIRST, maker=FIRST)
    assert keys.bench.handle(keys.destroy_request(key, fact)).rule == "killed"


def test_a_suspended_key_is_kept_as_evidence(keys: OneTimeKeys) -> None:
    key, fact = settled_key(keys)
    keys.officers.accept("KEY_STATE", KeyStateChange(key=key.id, state="SUSPENDED"), FIRST, maker=FIRST)
    assert said(keys.bench.handle(keys.destroy_request(key, fact))) == refused("key_not_active", "/key")


# --- what the database itself refuses ---------------------------------------------------------


def test_a_blob_goes_only_with_its_key(keys: OneTimeKeys) -> None:
    """The triggers: no deletion before DESTROYED stands, no other column ever, no blob back again."""
    key, fact = settled_key(keys)
    blob = kept_keys.blob_of(key.id)

    def execute(statement: str, *values: Any) -> None:
        with connections[ALIAS].cursor() as cursor:
            cursor.execute(statement, values)

    with pytest.raises(DatabaseError, match="append-only"):
        execute("UPDATE signer_store_key SET blob = NULL WHERE id = %s", key.id)
    keys.bench.handle(keys.destroy_request(key, fact))
    for statement, value in (
        ("UPDATE signer_store_key SET blob = %s WHERE id = %s", blob),
        ("UPDATE signer_store_key SET public_key = %s WHERE id = %s", "02" + "00" * 32),
        ("UPDATE signer_store_key SET binding = %s WHERE id = %s", None),
    ):
        with pytest.raises(DatabaseError, match="append-only"):
            execute(statement, value, key.id)
    with pytest.raises(DatabaseError, match="append-only"):
        execute("DELETE FROM signer_store_key WHERE id = %s", key.id)


def test_one_number_is_promised_once(keys: OneTimeKeys) -> None:
    keys.make_one()
    with pytest.raises(DatabaseError):
        models.OneTimeKey.objects.create(wallet=WALLET, number=0, key="key_x", entry_id=0)


def test_a_wrapped_key_of_a_ceremony_is_activated_once_it_is_backed_up(wrapping: Bench) -> None:
    house = House(wrapping)
    place = wrapping.directory / "key-backup"
    place.write_text("in the way")
    key = house.make_key(2, class_="WRAPPED")
    activation = house.activation(key, wallet=2, class_="WRAPPED")
    document = house.officers.document("KEY_ACTIVATE", activation)
    result = house.officers.present(document, "per_01KAJ8Q0000000000000000002", FIRST)
    assert said(result) == refused("key_backup_missing", "/documents/0/document/body/key")
    place.unlink()
    house.bench.signer.handle_all([])
    house.officers.accept("KEY_ACTIVATE", activation)
    assert backup_file(wrapping, key).exists()

    intent = house.intent(source=Source(wallet=wallet_id(2), owner="HOUSE"))
    psbt = house.psbt(intent.payees, coins=house.coins(1_000_000, key=key), key=key)
    assert wrapping.handle(house.transfer(intent, key=key, psbt=psbt)).outcome == "SIGNED"


def test_a_wrapped_key_is_never_cold(wrapping: Bench) -> None:
    house = House(wrapping)
    key = house.make_key(2, class_="WRAPPED")
    activation = house.activation(key, wallet=2, tier="COLD", class_="WRAPPED")
    document = house.officers.document("KEY_ACTIVATE", activation)
    result = house.officers.present(document, "per_01KAJ8Q0000000000000000002", FIRST)
    assert said(result) == refused("tier_not_of_class", "/documents/0/document/body/wallet/tier")


def test_no_sweep_into_a_key_that_was_used(keys: OneTimeKeys) -> None:
    """It may be ended in the same wake, and the coins with it."""
    key = keys.make_one()
    assert keys.ask_address().outcome == "SIGNED"
    keys.officers.enact("MANDATE", keys.mandate(7))
    assert keys.bench.handle(keys.sweep(keys.address(key.id), amount=1_000)).outcome == "SIGNED"
    assert keys.bench.handle(keys.spend_request(key)).outcome == "SIGNED"
    result = keys.bench.handle(keys.sweep(keys.address(key.id), amount=1_000, salt=0x44))
    assert said(result) == refused("mandate_destination", "/intent/payees/0/to")
