"""The offline signer's counter: what it shows, what it asks, what it proves, and what it never signs."""

import os
import secrets
import shutil
import signal
import subprocess
import sys
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connections

from custody.chains.bitcoin import psbt as codec
from custody.common.errors import CustodyError
from custody.hsm.signer.offline import shown
from custody.hsm.signer.offline.counter import REFUSE, Counter
from custody.hsm.signer.signer import Step
from custody.hsm.signer.store import journal, models
from custody.hsm.signer.store.errors import StoreBehindHeadError
from custody.hsm.signer.store.router import ALIAS
from custody.statements.answer import Answer
from custody.statements.fields import ListOf
from custody.statements.intent import Payee
from custody.statements.request import Request, SpendPayload
from custody.statements.trust.holds import Kill
from custody.statements.trust.policies import PolicyBody
from scripts.embedded.layout import PROJECT
from tests.harness.bitcoin import BUYER_ADDRESS, MERCHANT_ADDRESS, REGTEST, is_valid_spend
from tests.harness.signer_bench import LABEL
from tests.offline.conftest import counter_of
from tests.signer.actions import Actions
from tests.signer.bench import Bench
from tests.signer.genesis import APPROVER, FIRST, GENESIS, TREASURER
from tests.signer.house import HOUSE_QUORUM, House
from tests.signer.officers import QUORUM
from tests.signer.test_lapse import token_away

SUM = "990000"


def carry(counter: Counter, request: Request, *, typed: str | None = None, who: str = TREASURER) -> Answer:
    """Lay the request on the counter and type what it asks for, or ``typed``."""
    case = counter.look(request.to_bytes())
    return counter.answer(case, custodian=who, typed=case.word if typed is None else typed)


def refusal(*args: Any, **changes: Any) -> str:
    with pytest.raises(CustodyError) as caught:
        carry(*args, **changes)
    return caught.value.code


def kinds(request: Request) -> list[str]:
    return [entry.kind for entry in journal.of_request(request.hash)]


def test_a_confirmed_spend_is_signed_and_the_answer_proves_itself(house: House, counter: Counter) -> None:
    request = house.transfer()
    answer = carry(counter, request, typed=SUM)
    answer.verify()
    assert (answer.result.outcome, answer.result.request_hash) == ("SIGNED", request.hash)
    assert answer.public_key == house.bench.key("checkpoint").public_key
    assert isinstance(request.payload, SpendPayload)
    made = [
        codec.InputSignature(one.input, bytes.fromhex(one.public_key), bytes.fromhex(one.signature))
        for one in answer.result.signatures
    ]
    signed = codec.add_signatures(request.payload.psbt, chain=REGTEST, signatures=made)
    assert is_valid_spend(codec.finalize(signed, chain=REGTEST), [house.coins(1_000_000).outputs[0]])


def test_a_promise_past_its_intents_end_is_refused_and_the_answer_proves_itself(
    house: House, counter: Counter
) -> None:
    """The token was away while the request lay on the counter."""
    end = house.bench.hands.now + timedelta(hours=1)
    request = house.transfer(house.intent(expires_at=end))
    with token_away(house.bench):
        assert refusal(counter, request, typed=SUM) == "not_answered"
    house.bench.hands.pass_by(hours=1)
    answer = carry(counter, request)
    answer.verify()
    assert (answer.result.outcome, answer.result.rule) == ("REFUSED", "intent_expired")
    assert kinds(request) == ["SEEN", "SIGN", "REFUSED"]
    other = house.transfer(house.intent(payees=(Payee(to=BUYER_ADDRESS, amount=990_000),)))
    assert carry(counter, other, typed=SUM).result.outcome == "SIGNED"


def test_payees_and_amounts_are_shown_from_the_bytes(house: House, counter: Counter) -> None:
    text = shown.text(counter.look(house.transfer().to_bytes()), language="en")
    assert f"Output 1: 990000 -> {MERCHANT_ADDRESS}" in text
    assert "Inputs together (1): 1000000" in text
    assert "Fee: 10000" in text
    assert f"{APPROVER} says APPROVE" in text
    assert house.key in text


def test_an_action_of_another_system_is_shown_from_the_bytes(house: House, counter: Counter) -> None:
    actions = Actions(house)
    text = shown.text(counter.look(actions.request().to_bytes()), language="en")
    missing = [word for word in ("power plant", "SHUT_DOWN", "5a5a") if word not in text]
    assert missing == [], text


def test_a_transaction_that_pays_another_is_shown_as_it_is_and_refused(
    house: House, counter: Counter
) -> None:
    thief = house.psbt((Payee(to=BUYER_ADDRESS, amount=990_000),))
    case = counter.look(house.transfer(psbt=thief).to_bytes())
    text = shown.text(case, language="de")
    assert f"Ausgang 1: 990000 -> {BUYER_ADDRESS}" in text
    assert "WIRD ABGELEHNT: outputs_not_the_payees /payload/psbt/outputs" in text
    assert case.word == REFUSE
    assert refusal(counter, case.request, typed=SUM) == "not_confirmed"
    assert kinds(case.request) == []


@pytest.mark.parametrize("typed", ["", "990001", "SIGN", "ja", "990000 "])
def test_another_word_signs_nothing_and_leaves_nothing(house: House, counter: Counter, typed: str) -> None:
    before = models.Entry.objects.count()
    assert refusal(counter, house.transfer(), typed=typed) == "not_confirmed"
    assert models.Entry.objects.count() == before


@pytest.mark.parametrize("who", [APPROVER, FIRST, "per_01KAJ8Q0000000000000000099"])
def test_only_a_custodian_confirms(house: House, counter: Counter, who: str) -> None:
    before = models.Entry.objects.count()
    assert refusal(counter, house.transfer(), who=who) == "not_a_custodian"
    assert models.Entry.objects.count() == before


def test_who_confirmed_stands_in_the_journal_before_the_decision(house: House, counter: Counter) -> None:
    request = house.transfer()
    answer = carry(counter, request)
    bodies = [(entry.kind, entry.body) for entry in answer.chain if "person" in entry.body]
    assert bodies == [("HEAD", {"confirmed": "request", "request_hash": request.hash, "person": TREASURER})]
    assert [entry.kind for entry in answer.chain][-4:] == ["HEAD", "SEEN", "SIGN", "SIGNED"]


def test_the_same_file_twice_gives_the_same_answer_and_asks_nobody(house: House, counter: Counter) -> None:
    request = house.transfer()
    first = carry(counter, request)
    later = carry(
        counter, house.transfer(psbt=house.psbt(house.intent().payees, coins=house.coins(1_000_000, salt=7)))
    )
    assert later.result.outcome == "SIGNED"
    case = counter.look(request.to_bytes())
    assert case.is_decided
    again = counter.answer(case, custodian="nobody", typed="")
    assert again.to_bytes() == first.to_bytes()
    assert models.Slot.objects.filter(slot__startswith="btc:").count() == 2


def test_a_refusal_is_carried_back_when_the_custodian_wants_it(house: House, counter: Counter) -> None:
    request = house.transfer(people=(TREASURER, APPROVER))
    answer = carry(counter, request, typed=REFUSE)
    answer.verify()
    assert (answer.result.outcome, answer.result.rule) == ("REFUSED", "approvals_missing")
    assert kinds(request) == ["SEEN", "REFUSED"]


def test_what_was_refused_at_the_console_is_never_signed(house: House, counter: Counter) -> None:
    """Nothing is decided again after REFUSE was typed, though all rules would pass."""
    request = house.transfer()
    answer = carry(counter, request, typed=REFUSE)
    answer.verify()
    assert (answer.result.outcome, answer.result.rule) == ("REFUSED", "declined_at_console")
    assert carry(counter, request, typed=SUM).to_bytes() == answer.to_bytes()


def test_an_altered_request_is_refused_with_its_reason(house: House, counter: Counter) -> None:
    """Who carries the file changes the payee everywhere: the approvals are of another intent."""
    honest = house.transfer()
    assert honest.intent is not None
    thief = (Payee(to=BUYER_ADDRESS, amount=990_000),)
    altered = replace(
        honest, intent=replace(honest.intent, payees=thief), payload=SpendPayload(psbt=house.psbt(thief))
    )
    case = counter.look(altered.to_bytes())
    assert (case.verdict["rule"], case.verdict["culprit"]) == (
        "approval_of_another_subject", "/approvals/0/statement/subject",
    )  # fmt: skip
    # Left alone, it took nothing from the honest one.
    assert carry(counter, honest).result.outcome == "SIGNED"


def test_bytes_of_another_installation_are_refused(house: House, counter: Counter) -> None:
    request = replace(house.transfer(), instance="ins_01KAJ8M3V6Q2W9X4Y7Z0A1B2C4")
    assert counter.look(request.to_bytes()).verdict["rule"] == "wrong_instance"


def test_a_request_older_than_the_trust_store_is_refused(house: House, counter: Counter) -> None:
    """Made and approved under a policy that another replaced meanwhile."""
    request = house.transfer()
    house.enact_policy()
    assert counter.look(request.to_bytes()).verdict["rule"] == "policy_changed"


def test_trust_documents_come_the_same_way(house: House, counter: Counter) -> None:
    kill = house.officers.document("KILL", Kill(), maker=FIRST)
    request = house.officers.request(kill, *house.officers.approvals(kill, (FIRST,)))
    spend = house.transfer()
    assert counter.look(spend.to_bytes()).verdict["outcome"] == "WOULD_SIGN"
    answer = carry(counter, request, typed="KILL")
    answer.verify()
    assert answer.result.outcome == "RECORDED"
    assert counter.look(spend.to_bytes()).verdict["rule"] == "killed"


def test_a_kill_at_the_console_counts_before_anybody_is_asked(house: House) -> None:
    house.bench.orders.give(kind="KILL", body=Kill(), reason="test")
    assert counter_of(house.bench).look(house.transfer().to_bytes()).verdict["rule"] == "killed"


def test_an_outdated_document_does_not_turn_the_store_back(house: House, counter: Counter) -> None:
    """A web that carries the policy of yesterday again, or one that left out an epoch."""
    old = house.officers.document("POLICY", PolicyBody(hash=GENESIS.policy.hash, policy=GENESIS.policy))
    request = house.officers.request(old, *house.officers.approvals(old, QUORUM))
    house.enact_policy(HOUSE_QUORUM)
    assert counter.look(request.to_bytes()).verdict["rule"] == "not_the_next_epoch"
    ahead = replace(old, epoch=9)
    request = house.officers.request(ahead, *house.officers.approvals(ahead, QUORUM))
    assert counter.look(request.to_bytes()).verdict["rule"] == "not_the_next_epoch"


def test_a_rewound_store_stays_shut(house: House, tmp_path: Path) -> None:
    bench = house.bench
    bench.close()
    connections[ALIAS].close()
    copy = tmp_path / "copy.sqlite3"
    shutil.copy(bench.directory / "store.sqlite3", copy)
    reopened = Bench(bench.directory, bench.token, bench.hands)
    assert carry(counter_of(reopened), house_on(reopened, house).transfer()).result.outcome == "SIGNED"
    reopened.close()
    connections[ALIAS].close()
    for name in ("store.sqlite3-wal", "store.sqlite3-shm"):
        (bench.directory / name).unlink(missing_ok=True)
    shutil.copy(copy, bench.directory / "store.sqlite3")
    with pytest.raises(StoreBehindHeadError):
        Bench(bench.directory, bench.token, bench.hands)


def house_on(bench: Bench, house: House) -> House:
    """The same house after its signer was opened again."""
    house.bench = house.officers.bench = bench
    return house


@pytest.mark.parametrize("step", [Step.COMMITTED, Step.HEAD_ADVANCED, Step.MADE, Step.SIGNED_COMMITTED])
def test_the_same_file_goes_on_after_a_death(house: House, tmp_path: Path, step: Step) -> None:
    """Killed between journal and token, or before the answer was proved: the same file, one signature."""
    bench, request, file = house.bench, house.transfer(), tmp_path / "request.json"
    file.write_bytes(request.to_bytes())
    bench.close()
    connections[ALIAS].close()
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "tests.offline.dying",
            str(bench.directory),
            LABEL,
            step,
            str(file),
            TREASURER,
        ],
        cwd=PROJECT,
        env={
            **os.environ,
            "CUSTODY_PROCESS": "signer",
            "CUSTODY_PROFILE": "test",
            "CUSTODY_SIGNER_DIR": str(bench.directory),
            "CUSTODY_TEST_NOW": bench.hands.now.isoformat(),
            "DJANGO_SETTINGS_MODULE": "custody.settings",
        },
        check=False,
        capture_output=True,
        text=True,
    )
    assert done.returncode == -signal.SIGKILL, done.stderr
    survivor = Bench(bench.directory, bench.token, bench.hands)
    counter = counter_of(survivor)
    case = counter.look(request.to_bytes())
    assert case.is_decided
    answer = counter.answer(case, custodian=TREASURER, typed="")
    answer.verify()
    assert answer.result.outcome == "SIGNED"
    assert kinds(request) == ["SEEN", "SIGN", "SIGNED"]
    survivor.close()


# --- what the proof binds --------------------------------------------------------------------


def unproved(answer: Answer) -> str | None:
    with pytest.raises(CustodyError) as caught:
        answer.verify()
    assert caught.value.code == "answer_not_proved"
    return caught.value.field


@pytest.fixture
def answered(house: House, counter: Counter) -> Answer:
    return carry(counter, house.transfer())


def test_a_forged_outcome_is_not_proved(answered: Answer) -> None:
    forged = replace(answered.result, outcome="REFUSED", rule="killed", culprit="", signatures=())
    assert unproved(replace(answered, result=forged)) == "/result/outcome"


def test_another_signature_is_not_proved(answered: Answer) -> None:
    (made,) = answered.result.signatures
    forged = replace(answered.result, signatures=(replace(made, signature="ab" * 64),))
    assert unproved(replace(answered, result=forged)) == "/result/outcome"


def test_another_head_is_not_proved(answered: Answer) -> None:
    head = replace(answered.result.head, hash="00" * 32)
    assert unproved(replace(answered, result=replace(answered.result, head=head))) == "/result/head"
    later = replace(answered.checkpoint, position=answered.checkpoint.position + 1)
    assert unproved(replace(answered, checkpoint=later)) == "/signature"
    assert unproved(replace(answered, signature=secrets.token_hex(64))) == "/signature"


def test_an_entry_that_was_changed_or_left_out_is_not_proved(answered: Answer) -> None:
    entries = answered.result.entries
    changed: ListOf[Any] = (*entries[:-1], replace(entries[-1], body={**entries[-1].body, "x": 1}))
    assert (
        unproved(replace(answered, result=replace(answered.result, entries=changed)))
        == "/checkpoint/position"
    )
    shorter = replace(answered.result, entries=(*entries[:-2], entries[-1]))
    assert unproved(replace(answered, result=shorter)) == "/entries"


def test_the_decision_about_another_request_is_not_proved(house: House, counter: Counter) -> None:
    """The recorded document before a refused spend does not make the spend recorded."""
    refused = house.transfer(people=(TREASURER, APPROVER))
    answer = carry(counter, refused, typed=REFUSE)
    kill = house.officers.document("KILL", Kill(), maker=FIRST)
    other = carry(counter, house.officers.request(kill, *house.officers.approvals(kill, (FIRST,))))
    seen = next(entry for entry in answer.chain if entry.kind == "SEEN")
    first = seen.seq
    chain = [entry for entry in (*answer.chain, *_between(answer, other), *other.chain) if entry.seq >= first]
    told = [seen, *(entry for entry in chain if entry.kind == "TRUST")]
    left = [entry for entry in chain if entry not in told]
    result = replace(
        other.result,
        request=refused.id,
        request_hash=refused.hash,
        entries=tuple(told),
        head=other.result.head,
    )
    forged = replace(other, result=result, entries=tuple(left))
    assert unproved(forged) == "/result/outcome"


def _between(earlier: Answer, later: Answer) -> list[Any]:
    from custody.statements.store_entry import StoreEntry

    rows = models.Entry.objects.filter(seq__gt=earlier.checkpoint.position, seq__lt=later.chain[0].seq)
    return [StoreEntry.from_bytes(bytes(row.body)) for row in rows.order_by("seq")]
