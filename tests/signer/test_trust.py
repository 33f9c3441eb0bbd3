"""TRUST: what the signer takes into its trust store, from whom, and when it counts."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.db import connections

from custody.hsm.signer.store import selectors
from custody.hsm.signer.store.errors import StoreStoppedError
from custody.hsm.signer.store.router import ALIAS
from custody.statements.credential import PersonCredential
from custody.statements.policy import EscrowTermsRule, Policy
from custody.statements.result import Result
from custody.statements.trust.deny import DeniedAddresses
from custody.statements.trust.holds import Hold, HoldEnd, Kill, Lease, Restart, Veto
from custody.statements.trust.people import PersonRevoke
from custody.statements.trust.policies import PolicyBody
from tests.harness.bitcoin import BUYER_ADDRESS, REGTEST
from tests.signer.bench import Bench, other_instance
from tests.signer.genesis import (
    APPROVER,
    FIRST,
    IMPORTER,
    MACHINE,
    MAKER,
    MEDIATOR,
    SECOND,
    THIRD,
    credential,
    passkey,
    person,
)
from tests.signer.officers import QUORUM, Officers

JOINER = person(42)
DEVICE = passkey("joiner").credential()
APPROVALS = "/documents/0/approvals"
DOCUMENT = "/documents/0/document"
BODY = f"{DOCUMENT}/body"


@pytest.fixture
def officers(bench: Bench) -> Officers:
    return Officers(bench)


def joiner(bench: Bench, **changes: Any) -> PersonCredential:
    until = bench.hands.now + timedelta(days=180)
    return replace(credential(JOINER, ("APPROVER",), valid_until=until), **changes)


def verdict(result: Result) -> tuple[str, str | None, str | None]:
    return result.outcome, result.rule, result.culprit


def refused(rule: str, culprit: str) -> tuple[str, str, str]:
    return "REFUSED", rule, culprit


# --- people, delay and veto -------------------------------------------------------------------


def test_a_joiner_counts_after_the_delay(bench: Bench, officers: Officers) -> None:
    officers.accept("PERSON_CREDENTIAL", joiner(bench))
    bench.hands.pass_by(seconds=59)
    assert not selectors.trust().is_known(JOINER, at=bench.hands.now)
    bench.hands.pass_by(seconds=1)
    assert selectors.trust().roles(JOINER, at=bench.hands.now) == {"APPROVER"}


def test_the_journal_names_the_document_and_keeps_no_name(bench: Bench, officers: Officers) -> None:
    document = officers.document("PERSON_CREDENTIAL", joiner(bench))
    result = officers.present(document, *QUORUM)
    seen, trust = result.entries[-2:]
    assert (seen.kind, seen.body["trust"], trust.kind) == ("SEEN", document.hash, "TRUST")
    assert trust.body == {
        "document": document.hash,
        "stream": "people",
        "epoch": 1,
        "type": "PERSON_CREDENTIAL",
        "activates_at": "2026-11-21T09:01:00Z",
    }
    assert b"Officer 42" not in result.to_bytes()


def test_a_vetoed_joiner_never_counts(bench: Bench, officers: Officers) -> None:
    document = officers.accept("PERSON_CREDENTIAL", joiner(bench))
    officers.accept("VETO", Veto(document=document.hash), FIRST, maker=FIRST)
    bench.hands.pass_by(minutes=2)
    assert not selectors.trust().is_known(JOINER, at=bench.hands.now)


def test_a_document_that_counts_cannot_be_vetoed(bench: Bench, officers: Officers) -> None:
    document = officers.enact("PERSON_CREDENTIAL", joiner(bench))
    veto = officers.document("VETO", Veto(document=document.hash), maker=FIRST)
    assert verdict(officers.present(veto, FIRST)) == refused("nothing_to_veto", f"{BODY}/document")


def test_a_revocation_counts_at_once_and_by_one(bench: Bench, officers: Officers) -> None:
    officers.accept("PERSON_REVOKE", PersonRevoke(person=MEDIATOR), FIRST, maker=FIRST)
    assert not selectors.trust().is_known(MEDIATOR, at=bench.hands.now)


def test_a_revocation_ends_a_credential_that_still_waits(bench: Bench, officers: Officers) -> None:
    officers.accept("PERSON_CREDENTIAL", joiner(bench))
    officers.accept("PERSON_REVOKE", PersonRevoke(person=JOINER), FIRST, maker=FIRST)
    bench.hands.pass_by(minutes=2)
    assert not selectors.trust().is_known(JOINER, at=bench.hands.now)


def test_one_credential_of_a_person_is_revoked_alone(bench: Bench, officers: Officers) -> None:
    second = replace(joiner(bench), person=MEDIATOR, roles=("MEDIATOR",))
    officers.enact("PERSON_CREDENTIAL", second)
    name = credential(MEDIATOR, ()).credential.name
    officers.accept("PERSON_REVOKE", PersonRevoke(person=MEDIATOR, credential=name), FIRST, maker=FIRST)
    (left,) = [
        entry for entry in selectors.trust().credentials(at=bench.hands.now) if entry.person == MEDIATOR
    ]
    assert left.credential == second.credential


def test_a_joiner_with_a_passkey_of_the_station_counts(bench: Bench, officers: Officers) -> None:
    officers.enact("PERSON_CREDENTIAL", joiner(bench, credential=DEVICE))
    assert selectors.trust().roles(JOINER, at=bench.hands.now) == {"APPROVER"}


def test_fewer_roles_need_one_person_and_no_delay(bench: Bench, officers: Officers) -> None:
    lesser = replace(credential(MAKER, ("OFFICER",)), roles=())
    officers.accept("PERSON_CREDENTIAL", lesser, FIRST, maker=FIRST)
    assert selectors.trust().roles(MAKER, at=bench.hands.now) == frozenset()


def test_more_roles_need_the_quorum(bench: Bench, officers: Officers) -> None:
    more = credential(MEDIATOR, ("MEDIATOR", "OFFICER"), valid_until=bench.hands.now + timedelta(days=1))
    document = officers.document("PERSON_CREDENTIAL", more, maker=FIRST)
    assert verdict(officers.present(document, FIRST)) == refused("approvals_missing", APPROVALS)


@pytest.mark.parametrize(
    ("changes", "culprit", "rule"),
    [
        ({"valid_until": timedelta(days=191)}, f"{BODY}/valid_until", "validity_too_long"),
        ({"credential": credential(MEDIATOR, ()).credential}, f"{BODY}/credential", "credential_of_another"),
        (
            {"credential": replace(DEVICE, aaguid="00000000-0000-0000-0000-000000000000")},
            f"{BODY}/credential/aaguid",
            "unknown_authenticator",
        ),
        (
            {"credential": replace(DEVICE, origin="http://web.localhost:8000")},
            f"{BODY}/credential/origin",
            "unknown_station",
        ),
        (
            {"credential": replace(DEVICE, rp_id="web.localhost")},
            f"{BODY}/credential/origin",
            "unknown_station",
        ),
    ],
    ids=["too long", "somebody else's", "unknown model", "another origin", "another relying party"],
)
def test_refuses_a_credential_that_does_not_fit(
    bench: Bench, officers: Officers, changes: dict[str, Any], culprit: str, rule: str
) -> None:
    fixed = {
        name: bench.hands.now + value if isinstance(value, timedelta) else value
        for name, value in changes.items()
    }
    document = officers.document("PERSON_CREDENTIAL", joiner(bench, **fixed))
    assert verdict(officers.present(document, *QUORUM)) == refused(rule, culprit)


# --- quorum and statements --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("people", "rule"),
    [
        ((), "maker_has_not_signed"),
        ((FIRST, SECOND), "maker_has_not_signed"),
        ((MAKER,), "approvals_missing"),
        ((MAKER, FIRST), "approvals_missing"),
        ((MAKER, FIRST, APPROVER), "approvals_missing"),
        ((MAKER, FIRST, MACHINE), "approvals_missing"),
        ((MAKER, FIRST, FIRST), "approvals_missing"),
    ],
)
def test_refuses_without_the_quorum(
    bench: Bench, officers: Officers, people: tuple[str, ...], rule: str
) -> None:
    document = officers.document("PERSON_CREDENTIAL", joiner(bench))
    assert verdict(officers.present(document, *people)) == refused(rule, APPROVALS)
    assert selectors.trust().accepted == ()


@pytest.mark.parametrize(
    ("changes", "rule", "place"),
    [
        ({"instance": "ins_01KAJ8M3V6Q2W9X4Y7Z0A1B2C4"}, "wrong_instance", "statement/instance"),
        ({"policy": "00" * 32}, "policy_changed", "statement/policy"),
        ({"expires_at": timedelta(hours=3)}, "statement_outlives_subject", "statement/expires_at"),
        ({"expires_at": timedelta(0)}, "expired", "statement/expires_at"),
        ({"key_of": SECOND}, "bad_proof", "proof/credential"),
        ({"person": person(77)}, "bad_proof", "proof/credential"),
    ],
)
def test_refuses_a_statement_that_does_not_hold(
    bench: Bench, officers: Officers, changes: dict[str, Any], rule: str, place: str
) -> None:
    document = officers.document("PERSON_CREDENTIAL", joiner(bench))
    now = bench.hands.now
    fixed: dict[str, Any] = {
        name: now + value if isinstance(value, timedelta) else value for name, value in changes.items()
    }
    who = fixed.pop("person", FIRST)
    approval = officers.approval(document, who, **({"key_of": FIRST} | fixed))
    result = bench.handle(officers.request(document, approval))
    assert verdict(result) == refused(rule, f"{APPROVALS}/0/{place}")


def test_refuses_an_approval_of_another_document(bench: Bench, officers: Officers) -> None:
    document = officers.document("PERSON_CREDENTIAL", joiner(bench))
    other = replace(document, reason="something else")
    result = bench.handle(officers.request(document, officers.approval(other, FIRST)))
    assert verdict(result) == refused("approval_of_another_subject", f"{APPROVALS}/0/statement/subject")


def test_one_rejection_ends_the_document(bench: Bench, officers: Officers) -> None:
    document = officers.document("PERSON_CREDENTIAL", joiner(bench))
    rejection = officers.approval(document, FIRST, verdict="REJECT")
    result = bench.handle(officers.request(document, rejection))
    assert verdict(result) == refused("rejected", f"{APPROVALS}/0")
    assert verdict(officers.present(document, *QUORUM)) == refused("rejected", APPROVALS)


def test_a_rejection_that_is_not_proved_ends_nothing(bench: Bench, officers: Officers) -> None:
    document = officers.document("PERSON_CREDENTIAL", joiner(bench))
    forged = officers.approval(document, FIRST, verdict="REJECT", key_of=APPROVER)
    result = bench.handle(officers.request(document, forged))
    assert verdict(result) == refused("bad_proof", f"{APPROVALS}/0/proof/credential")
    assert officers.present(document, *QUORUM).outcome == "RECORDED"


def test_a_nonce_belongs_to_one_statement(bench: Bench, officers: Officers) -> None:
    first = officers.document("HOLD", Hold(scope="WALLET", ref="wal_01KAJ8S0000000000000000001"), maker=FIRST)
    bench.handle(officers.request(first, officers.approval(first, FIRST, nonce="ab" * 16)))
    second = officers.document(
        "HOLD", Hold(scope="WALLET", ref="wal_01KAJ8S0000000000000000002"), maker=FIRST
    )
    result = bench.handle(officers.request(second, officers.approval(second, FIRST, nonce="ab" * 16)))
    assert verdict(result) == refused("nonce_used", f"{APPROVALS}/0/statement/nonce")


def test_the_same_statement_may_come_again(bench: Bench, officers: Officers) -> None:
    document = officers.document("PERSON_CREDENTIAL", joiner(bench))
    own = officers.approval(document, MAKER)
    assert bench.handle(officers.request(document, own)).rule == "approvals_missing"
    rest = officers.approvals(document, (FIRST, SECOND))
    assert bench.handle(officers.request(document, own, *rest)).outcome == "RECORDED"


def test_a_revoked_officer_no_longer_counts(bench: Bench, officers: Officers) -> None:
    officers.accept("PERSON_REVOKE", PersonRevoke(person=SECOND), FIRST, maker=FIRST)
    document = officers.document("PERSON_CREDENTIAL", joiner(bench))
    result = officers.present(document, *QUORUM)
    assert result.rule == "bad_proof"


# --- the chain of epochs ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "rule", "culprit"),
    [
        ({"instance": "ins_01KAJ8M3V6Q2W9X4Y7Z0A1B2C4"}, "wrong_instance", f"{DOCUMENT}/instance"),
        ({"expires_at": timedelta(0)}, "expired", f"{DOCUMENT}/expires_at"),
        ({"maker": person(77)}, "unknown_maker", f"{DOCUMENT}/maker"),
        ({"epoch": 2, "previous": "11" * 32}, "not_the_next_epoch", f"{DOCUMENT}/epoch"),
    ],
)
def test_refuses_a_document_out_of_place(
    bench: Bench, officers: Officers, changes: dict[str, Any], rule: str, culprit: str
) -> None:
    now = bench.hands.now
    fixed: dict[str, Any] = {
        name: now + value if isinstance(value, timedelta) else value for name, value in changes.items()
    }
    document = officers.document("PERSON_CREDENTIAL", joiner(bench), **fixed)
    assert verdict(officers.present(document, *QUORUM)) == refused(rule, culprit)


def test_refuses_a_document_that_was_accepted(bench: Bench, officers: Officers) -> None:
    document = officers.accept("PERSON_CREDENTIAL", joiner(bench))
    again = officers.request(document, *officers.approvals(document, QUORUM))
    assert verdict(bench.handle(again)) == refused("not_the_next_epoch", f"{DOCUMENT}/epoch")


def test_refuses_a_document_of_another_history(bench: Bench, officers: Officers) -> None:
    officers.accept("PERSON_CREDENTIAL", joiner(bench))
    fork = officers.document("PERSON_REVOKE", PersonRevoke(person=JOINER), maker=FIRST, previous="11" * 32)
    assert verdict(officers.present(fork, FIRST)) == refused("not_the_last_document", f"{DOCUMENT}/previous")


def test_the_same_bytes_get_the_same_answer(bench: Bench, officers: Officers) -> None:
    document = officers.document("PERSON_CREDENTIAL", joiner(bench))
    request = officers.request(document, *officers.approvals(document, QUORUM))
    assert bench.handle(request).to_bytes() == bench.handle(request).to_bytes()
    assert len(selectors.trust().accepted) == 1


def test_a_request_of_another_instance_is_refused(bench: Bench, officers: Officers) -> None:
    document = officers.document("PERSON_CREDENTIAL", joiner(bench))
    request = other_instance(officers.request(document, *officers.approvals(document, QUORUM)))
    assert verdict(bench.handle(request)) == refused("wrong_instance", "/instance")


# --- policy, deny list ------------------------------------------------------------------------


def test_a_policy_counts_after_its_delay(bench: Bench, officers: Officers) -> None:
    terms, empty = bench.register(), Policy(rules=())
    officers.accept("POLICY", PolicyBody(hash=empty.hash, policy=empty))
    assert bench.handle(bench.spend(terms)).outcome == "SIGNED"
    bench.hands.pass_by(minutes=2)
    assert verdict(bench.handle(bench.spend(terms))) == refused("policy_changed", "/intent/policy")
    intent = bench.intent(terms, policy=empty.hash)
    assert verdict(bench.handle(bench.spend(terms, intent=intent))) == refused(
        "no_rule_allows", "/intent/kind"
    )


def test_approvals_name_the_policy_that_counts_now(bench: Bench, officers: Officers) -> None:
    before = officers.document("PERSON_CREDENTIAL", joiner(bench))
    stale = officers.approvals(before, QUORUM)
    new = Policy(rules=())
    officers.enact("POLICY", PolicyBody(hash=new.hash, policy=new))
    result = bench.handle(officers.request(before, *stale))
    assert result.rule == "policy_changed"
    assert Policy(rules=(EscrowTermsRule(),)).hash != new.hash


def denied(*addresses: str) -> DeniedAddresses:
    return DeniedAddresses(chain=REGTEST, addresses=addresses)


def test_the_importer_denies_alone_and_allows_nothing(bench: Bench, officers: Officers) -> None:
    officers.accept("DENY_ADD", denied(BUYER_ADDRESS), IMPORTER, maker=IMPORTER)
    assert selectors.trust().is_denied(BUYER_ADDRESS, chain=REGTEST)
    removal = officers.document("DENY_REMOVE", denied(BUYER_ADDRESS), maker=IMPORTER)
    assert verdict(officers.present(removal, IMPORTER)) == refused("approvals_missing", APPROVALS)
    officers.accept("DENY_REMOVE", denied(BUYER_ADDRESS))
    assert not selectors.trust().is_denied(BUYER_ADDRESS, chain=REGTEST)


# --- holds, kill, lease -----------------------------------------------------------------------


def test_a_hold_is_one_persons_and_its_end_two_peoples(bench: Bench, officers: Officers) -> None:
    wallet = Hold(scope="WALLET", ref="wal_01KAJ8S0000000000000000001")
    hold = officers.accept("HOLD", wallet, THIRD, maker=THIRD)
    assert selectors.trust().holds(at=bench.hands.now) == {hold.hash: wallet}
    end = officers.document("HOLD_END", HoldEnd(hold=hold.hash))
    assert verdict(officers.present(end, MAKER, FIRST)) == refused("approvals_missing", APPROVALS)
    officers.accept("HOLD_END", HoldEnd(hold=hold.hash))
    assert selectors.trust().holds(at=bench.hands.now) == {}


def test_a_restart_names_its_kill_and_works_once(bench: Bench, officers: Officers) -> None:
    kill = officers.accept("KILL", Kill(), FIRST, maker=FIRST)
    assert list(selectors.trust().kills(at=bench.hands.now)) == [kill.hash]
    officers.accept("RESTART", Restart(kill=kill.hash))
    assert selectors.trust().kills(at=bench.hands.now) == {}
    again = officers.document("RESTART", Restart(kill=kill.hash))
    assert verdict(officers.present(again, *QUORUM)) == refused("no_such_kill", f"{BODY}/kill")


def test_a_lease_runs_out(bench: Bench, officers: Officers) -> None:
    until = bench.hands.now + timedelta(hours=24)
    officers.accept("LEASE", Lease(person=FIRST, until=until), FIRST, maker=FIRST)
    assert selectors.trust().duty(at=bench.hands.now) == (until,)
    bench.hands.pass_by(hours=24)
    assert selectors.trust().duty(at=bench.hands.now) == ()


@pytest.mark.parametrize(
    ("who", "hours", "rule", "place"),
    [
        (SECOND, 8, "lease_of_another", "person"),
        (FIRST, 25, "lease_too_long", "until"),
        (FIRST, 0, "lease_too_long", "until"),
    ],
)
def test_refuses_a_lease(
    bench: Bench, officers: Officers, who: str, hours: int, rule: str, place: str
) -> None:
    lease = Lease(person=who, until=bench.hands.now + timedelta(hours=hours))
    document = officers.document("LEASE", lease, maker=FIRST)
    assert verdict(officers.present(document, FIRST)) == refused(rule, f"{BODY}/{place}")


def test_a_document_swapped_beside_the_chain_stops_the_signer(bench: Bench, officers: Officers) -> None:
    document = officers.accept("KILL", Kill(), FIRST, maker=FIRST)
    other = replace(document, reason="another reason")
    with connections[ALIAS].cursor() as cursor:
        cursor.execute("DROP TRIGGER signer_store_trustdocument_no_update")
        cursor.execute("UPDATE signer_store_trustdocument SET document = %s", [other.to_bytes()])
    bench.store.close()
    with pytest.raises(StoreStoppedError, match="trust document of entry"):
        bench.store.open()


def test_a_document_removed_beside_the_chain_stops_the_signer(bench: Bench, officers: Officers) -> None:
    officers.accept("KILL", Kill(), FIRST, maker=FIRST)
    with connections[ALIAS].cursor() as cursor:
        cursor.execute("DROP TRIGGER signer_store_trustdocument_no_delete")
        cursor.execute("DELETE FROM signer_store_trustdocument")
    bench.store.close()
    with pytest.raises(StoreStoppedError, match="trust document of entry"):
        bench.store.open()
