"""A store that was rewound stops when anybody presents a head it does not know, and goes on by quorum."""

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import LazySettings
from django.core.management import CommandError, call_command

from custody.common import canonical, clock
from custody.common.ids import new_id
from custody.hsm.signer import program
from custody.hsm.signer.agreement import planned_action
from custody.hsm.signer.heads import ACTION, Recovery, standstill
from custody.hsm.signer.keys import SigningToken
from custody.hsm.signer.store import journal, models, selectors
from custody.hsm.signer.store.journal import Draft
from custody.statements.checkpoint import SignedCheckpoint
from custody.statements.intent import Payee
from custody.statements.request import Request
from custody.statements.trust.holds import Kill
from tests.harness.bitcoin import BUYER_ADDRESS
from tests.signer.bench import MERCHANT_PAYOUT, Bench, deposit, payout
from tests.signer.genesis import APPROVER, FIRST, INSTANCE, SECOND, TREASURER
from tests.signer.house import MANDATE, House
from tests.signer.rewound import ENTRIES, Rewound, rewinding
from tests.signer.test_lapse import token_away


@pytest.fixture
def rewound(bench: Bench, token: SigningToken, tmp_path: Path) -> Iterator[Rewound]:
    """The signer goes on with yesterday's store; yesterday's head file was restored with it."""
    with rewinding(House(bench), token, tmp_path / "yesterday") as rewound:
        yield rewound


def test_a_head_it_does_not_know_stops_it(rewound: Rewound) -> None:
    result = rewound.bench.handle(rewound.request())
    assert (result.outcome, result.signatures) == ("RECORDED", ())
    assert [entry.kind for entry in result.entries][-1] == "HEAD"
    for request in (rewound.house.transfer(), rewound.bench.terms_request(), rewound.request()):
        answer = rewound.bench.handle(request)
        assert (answer.outcome, answer.rule) == ("FAILED", "newer_head_presented")
        assert answer.signatures == ()
    assert standstill() is not None


def test_what_came_with_it_in_one_wake_is_not_signed_either(rewound: Rewound) -> None:
    """Decided before the head, and not signed yet."""
    spend, head = rewound.house.transfer(), rewound.request()
    later = rewound.bench.checkpoint(["cc" * 32])
    before = models.Slot.objects.count()
    answers = rewound.bench.signer.handle_all([(item.id, item.to_bytes()) for item in (spend, head, later)])
    outcomes = [json.loads(body)["outcome"] for body in answers]
    assert outcomes == ["FAILED", "RECORDED", "FAILED"]
    assert all(json.loads(body).get("signatures", []) == [] for body in answers)
    assert models.Slot.objects.count() == before + 1


def test_a_kill_at_the_console_counts_all_the_same(rewound: Rewound) -> None:
    rewound.stop()
    rewound.bench.orders.give(kind="KILL", body=Kill(), reason="drill")
    rewound.bench.signer.handle_all([])
    assert selectors.trust().is_killed(rewound.house.key, at=rewound.bench.hands.now)


def test_the_console_presents_a_head_too(rewound: Rewound) -> None:
    rewound.bench.orders.give(kind="PRESENT_HEAD", body=rewound.head, reason="auditor")
    assert rewound.bench.handle(rewound.house.transfer()).outcome == "FAILED"


def test_a_head_it_knows_says_so_and_stops_nothing(bench: Bench) -> None:
    result = bench.handle(bench.checkpoint(ENTRIES))
    (made,) = result.signatures
    seen = next(entry.body for entry in result.entries if "checkpoint" in entry.body)
    head = SignedCheckpoint.read(
        {"checkpoint": seen["checkpoint"], "public_key": made.public_key, "signature": made.signature}
    )
    request = Request(id=new_id("req", at=bench.hands.now), instance=INSTANCE, kind="HEAD", payload=head)
    answer = bench.handle(request)
    assert (answer.outcome, answer.rule, answer.culprit) == ("REFUSED", "head_is_known", "/payload")
    assert standstill() is None


@pytest.mark.parametrize(
    ("changes", "rule", "culprit"),
    [
        ({"position": 99}, "bad_proof", "/payload"),
        ({"link": "11" * 32}, "bad_proof", "/payload"),
        ({"stream": "signer"}, "bad_proof", "/payload"),
        (
            {"instance": "ins_01KAJ8M3V6Q2W9X4Y7Z0A1B2C4"},
            "wrong_instance",
            "/payload/checkpoint/instance",
        ),
    ],
)
def test_nobody_stops_it_with_what_it_never_signed(
    rewound: Rewound, changes: dict[str, Any], rule: str, culprit: str
) -> None:
    answer = rewound.bench.handle(rewound.request(**changes))
    assert answer.outcome == "REFUSED"
    assert answer.rule == rule
    assert (answer.culprit or "").startswith(culprit)
    assert standstill() is None


def test_a_head_of_another_key_stops_nothing(rewound: Rewound) -> None:
    other = replace(rewound.head, public_key=rewound.bench.key("attest").public_key)
    answer = rewound.bench.handle(rewound.request(other))
    assert (answer.rule, answer.culprit) == ("head_of_another_key", "/payload/public_key")


def test_it_stops_itself_when_it_has_published_what_it_does_not_know(
    rewound: Rewound, settings: LazySettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    public = rewound.bench.directory / "public"
    (public / "checkpoints.jsonl").write_bytes(rewound.published)
    settings.SIGNER_DIR, settings.SIGNER_PUBLIC_DIR = rewound.bench.directory, public
    monkeypatch.setattr(clock, "now", lambda: rewound.bench.hands.now)
    for _ in range(2):
        program.build_signer(rewound.bench.store)
    assert models.PresentedHead.objects.count() == 1
    assert rewound.bench.handle(rewound.house.transfer()).outcome == "FAILED"


def test_half_a_line_of_its_file_stops_nothing(
    bench: Bench, settings: LazySettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    bench.handle(bench.checkpoint(ENTRIES))
    public = bench.directory / "public"
    with (public / "checkpoints.jsonl").open("ab") as file:
        file.write(b'{"checkpoint":{"at"')
    settings.SIGNER_DIR, settings.SIGNER_PUBLIC_DIR = bench.directory, public
    monkeypatch.setattr(clock, "now", lambda: bench.hands.now)
    program.build_signer(bench.store)
    assert standstill() is None


# --- going on --------------------------------------------------------------------------------


def test_officers_let_it_go_on(rewound: Rewound) -> None:
    rewound.stop()
    assert rewound.recover() is None
    assert standstill() is None
    last = journal.last()
    assert last is not None
    assert last.body["recovery"]["people"] == sorted((FIRST, SECOND))
    assert rewound.bench.handle(rewound.bench.checkpoint(["cc" * 32])).outcome == "SIGNED"


def test_new_checkpoints_are_published_behind_the_lost_ones(rewound: Rewound) -> None:
    file = rewound.bench.directory / "public" / "checkpoints.jsonl"
    file.write_bytes(rewound.published)
    rewound.stop()
    rewound.recover()
    rewound.bench.handle(rewound.bench.checkpoint(["cc" * 32]))
    lines = file.read_bytes().splitlines()
    assert len(lines) == 2
    assert json.loads(lines[0]) == rewound.head.to_json()


def test_the_lost_head_stops_it_no_second_time(rewound: Rewound) -> None:
    rewound.stop()
    rewound.bench.hands.pass_by(seconds=1)
    rewound.recover()
    answer = rewound.bench.handle(rewound.request())
    assert (answer.rule, answer.culprit) == ("head_of_before_recovery", "/payload/checkpoint/at")


Change = Callable[[Rewound], Recovery]


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        (lambda it: it.recovery(FIRST), "approvals_missing"),
        (lambda it: it.recovery(FIRST, APPROVER), "approvals_missing"),
        (lambda it: it.recovery(TREASURER, APPROVER), "approvals_missing"),
        (lambda it: it.recovery(action="MAKE_KEY"), "another_action_was_approved"),
        (lambda it: it.recovery(system="power plant"), "another_action_was_approved"),
        (lambda it: it.recovery(parameters="11" * 32), "other_parameters_were_approved"),
        (lambda it: it.recovery(instance="ins_01KAJ8M3V6Q2W9X4Y7Z0A1B2C4"), "wrong_instance"),
        (lambda it: it.recovery(expires_at=it.bench.hands.now), "expired"),
        (lambda it: replace(it.recovery(), entry="22" * 32), "nothing_to_recover"),
    ],
)
def test_without_them_it_stays_stopped(rewound: Rewound, change: Change, rule: str) -> None:
    rewound.stop()
    assert rewound.recover(change(rewound)) == rule
    assert standstill() is not None


def test_one_word_of_the_officers_is_for_one_stop(rewound: Rewound) -> None:
    rewound.stop()
    once = rewound.recovery()
    assert rewound.recover(once) is None
    assert rewound.recover(once) == "nothing_to_recover"
    at = rewound.bench.hands.now
    rewound.bench.store.commit(Draft("HEAD", {"head": "33" * 32, "presented": {}}), at=at)
    again = replace(once, entry=selectors.standing_head() or "")
    assert rewound.recover(again) == "other_parameters_were_approved"


def test_nothing_that_the_lost_part_may_have_seen_is_signed(rewound: Rewound) -> None:
    """Approved before, perhaps signed before: whoever wants it makes it anew."""
    old = rewound.house.intent(expires_at=rewound.bench.hands.now + timedelta(hours=71))
    rewound.stop()
    rewound.bench.hands.pass_by(seconds=10)
    rewound.recover()
    answer = rewound.bench.handle(rewound.house.transfer(old))
    assert (answer.rule, answer.culprit) == ("intent_of_before_recovery", "/intent/expires_at")
    rewound.bench.hands.pass_by(seconds=10)
    fresh = rewound.house.intent(expires_at=rewound.bench.hands.now + timedelta(hours=72))
    assert rewound.bench.handle(rewound.house.transfer(fresh)).outcome == "SIGNED"


def test_mandates_rest_until_their_window_has_passed(rewound: Rewound) -> None:
    """What they have used up nobody knows."""
    house = rewound.house
    other = house.make_key(2)
    house.activate(other, wallet=2)
    house.officers.enact("MANDATE", house.mandate(2))
    rewound.stop()
    rewound.recover()
    rewound.bench.hands.pass_by(seconds=10)
    payees = (Payee(to=house.address(other), amount=990_000),)
    until = rewound.bench.hands.now + timedelta(hours=72)
    sweep = house.intent(kind="SWEEP", maker=MANDATE, payees=payees, expires_at=until)
    answer = rewound.bench.handle(house.sweep(house.address(other), intent=sweep))
    assert (answer.rule, answer.culprit) == ("past_of_before_recovery", "/mandate")


# --- commands --------------------------------------------------------------------------------


@pytest.fixture
def console(rewound: Rewound, settings: LazySettings, monkeypatch: pytest.MonkeyPatch) -> Rewound:
    settings.SIGNER_DIR = rewound.bench.directory
    monkeypatch.setattr(clock, "now", lambda: rewound.bench.hands.now)
    return rewound


def test_the_commands_present_and_recover(
    console: Rewound, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    head, action = tmp_path / "head.json", tmp_path / "recover.json"
    head.write_bytes(console.published)
    call_command("signer_present_head", str(head))
    console.bench.signer.handle_all([])
    call_command("signer_status", "--json")
    status = json.loads(capsys.readouterr().out.splitlines()[-1])
    standing = selectors.standing_head()
    assert status["stopped_by"] == [{"what": "UNKNOWN_HEAD", "document": standing}]
    call_command("signer_status")
    assert (
        f"stopped by: a signed head that this store does not know; signer_recover ends entry {standing}"
        in (capsys.readouterr().out.splitlines())
    )
    call_command("signer_recover", "plan", "--output", str(action))
    document = planned_action(ACTION, "00" * 32, at=console.bench.hands.now)
    document = type(document).from_bytes(action.read_bytes())
    assert f"entry: {standing}" in capsys.readouterr().out.splitlines()
    files = []
    for number, who in enumerate((FIRST, SECOND)):
        file = tmp_path / f"approval{number}.json"
        file.write_bytes(canonical.encode(console.house.officers.approval(document, who).to_json()))
        files.append(str(file))
    with pytest.raises(CommandError, match="approvals_missing"):
        call_command("signer_recover", "hold", str(action), files[0])
    call_command("signer_recover", "hold", str(action), *files)
    console.bench.signer.handle_all([])
    assert standstill() is None


def test_there_is_nothing_to_plan_while_it_runs(console: Rewound, tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="nothing to recover"):
        call_command("signer_recover", "plan", "--output", str(tmp_path / "R.json"))


@pytest.mark.parametrize("content", ["{}", "not json", "", '{"genesis":"00"}\n'])
def test_a_file_that_is_no_head_is_not_presented(console: Rewound, tmp_path: Path, content: str) -> None:
    (tmp_path / "head.json").write_text(content)
    with pytest.raises(CommandError, match="head.json: this is no signed head: a line of checkpoints.jsonl"):
        call_command("signer_present_head", str(tmp_path / "head.json"))
    assert console.bench.orders.waiting() == []


def test_a_promise_of_before_is_not_kept_afterwards(rewound: Rewound) -> None:
    """The lost part may have kept it: only the coin is free, which the chain gives away once."""
    request = rewound.house.transfer()

    with token_away(rewound.bench):
        assert rewound.bench.handle(request).outcome == "FAILED"
    rewound.stop()
    for _ in range(2):
        waits = rewound.bench.handle(request)
        assert (waits.outcome, waits.rule) == ("FAILED", "newer_head_presented")
    assert rewound.recover() is None
    result = rewound.bench.handle(request)
    assert (result.outcome, result.rule) == ("REFUSED", "intent_of_before_recovery")
    assert request.intent is not None
    assert selectors.intent_anchor(request.intent.hash) is not None
    later = rewound.bench.hands.now + timedelta(hours=72)
    other = rewound.house.intent(expires_at=later, payees=(Payee(to=BUYER_ADDRESS, amount=990_000),))
    assert rewound.bench.handle(rewound.house.transfer(other)).outcome == "SIGNED"


def test_while_it_stands_no_promise_ends(rewound: Rewound) -> None:
    """Nothing is decided then; what may have happened in the lost part is for the recovery to say."""
    end = rewound.bench.hands.now + timedelta(hours=1)
    request = rewound.house.transfer(rewound.house.intent(expires_at=end))
    with token_away(rewound.bench):
        assert rewound.bench.handle(request).outcome == "FAILED"
    rewound.stop()
    rewound.bench.hands.pass_by(hours=2)
    result = rewound.bench.handle(request)
    assert (result.outcome, result.rule) == ("FAILED", "newer_head_presented")
    assert rewound.recover() is None
    assert rewound.bench.handle(request).rule == "intent_of_before_recovery"


def test_a_recovery_leaves_the_terms_of_a_promise_bound(rewound: Rewound) -> None:
    """With another coin a second payout could confirm beside one that the lost part has signed."""
    bench = rewound.bench
    policy = selectors.trust().policy(at=bench.hands.now).hash
    terms = bench.register()

    def pay(amount: int, **changes: Any) -> Request:
        psbt = payout(terms, MERCHANT_PAYOUT, deposits=((deposit(terms, amount), 0),))
        return bench.spend(terms, psbt=psbt, intent=bench.intent(terms, policy=policy, **changes))

    request = pay(1_000_000)
    with token_away(bench):
        assert bench.handle(request).outcome == "FAILED"
    rewound.stop()
    assert rewound.recover() is None
    assert bench.handle(request).rule == "intent_of_before_recovery"
    later = bench.hands.now + timedelta(hours=72)
    assert bench.handle(pay(999_000, expires_at=later)).rule == "anchor_not_spent"
    again = pay(1_000_000, expires_at=later)
    assert bench.handle(again).outcome == "SIGNED"
    assert models.TermsAnchor.objects.count() == 1


def test_what_is_decided_in_the_second_of_a_recovery_is_kept(rewound: Rewound) -> None:
    """The chain says what came before, not the clock."""
    rewound.stop()
    later = rewound.bench.hands.now + timedelta(hours=72)
    request = rewound.house.transfer(rewound.house.intent(expires_at=later))
    rewound.bench.orders.give(kind="RECOVER", body=rewound.recovery(), reason="restored")
    assert rewound.bench.handle(request).outcome == "SIGNED"
