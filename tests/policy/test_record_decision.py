"""Stored decisions: under the adopted policy only, once per set of facts, never changed."""

from datetime import UTC, datetime

import pytest
from django.db import DatabaseError, transaction

from custody.audit.models import AuditEntry
from custody.common import canonical
from custody.common.errors import RefusedError
from custody.policy import selectors, services
from custody.policy.models import PolicyDecision, PolicyVersion
from custody.statements.policy import EscrowTermsRule, Policy
from tests.policy.cases import STRANGER, paying, payout
from tests.statements.examples import INTENT

pytestmark = pytest.mark.django_db

AT = datetime(2026, 11, 21, 9, tzinfo=UTC)
WORKER = "system:worker"
POLICY = Policy(rules=(EscrowTermsRule(),))
EMPTY = Policy(rules=())


@pytest.fixture
def adopted() -> PolicyVersion:
    return services.adopt_policy(actor=WORKER, policy=POLICY, at=AT)


def test_stores_an_allowed_payout_with_its_trace(adopted: PolicyVersion) -> None:
    stored = services.record_decision(actor=WORKER, facts=payout(), at=AT)
    assert (stored.outcome, stored.intent, stored.intent_hash) == ("ALLOW", INTENT.id, INTENT.hash)
    assert stored.policy == adopted
    assert selectors.explain(stored).is_allowed
    assert selectors.latest_decision(INTENT.id) == stored


def test_stores_a_denial_and_its_code_in_the_audit_record(adopted: PolicyVersion) -> None:
    stored = services.record_decision(actor=WORKER, facts=payout(intent=paying((STRANGER, 990_000))), at=AT)
    assert stored.outcome == "DENY"
    entry = AuditEntry.objects.get(verb="policy.decision.recorded")
    assert canonical.decode(bytes(entry.body))["payload"] == {
        "intent_hash": stored.intent_hash,
        "policy": adopted.hash,
        "facts_hash": stored.facts_hash,
        "outcome": "DENY",
        "code": "payee_not_in_terms",
    }


def test_decides_the_same_facts_once(adopted: PolicyVersion) -> None:
    first = services.record_decision(actor=WORKER, facts=payout(), at=AT)
    assert services.record_decision(actor=WORKER, facts=payout(), at=AT) == first
    assert PolicyDecision.objects.count() == 1
    assert AuditEntry.objects.filter(verb="policy.decision.recorded").count() == 1


def test_decides_other_facts_anew(adopted: PolicyVersion) -> None:
    services.record_decision(actor=WORKER, facts=payout(), at=AT)
    later = services.record_decision(actor=WORKER, facts=payout(inputs=()), at=AT)
    assert PolicyDecision.objects.count() == 2
    assert selectors.latest_decision(INTENT.id) == later


def test_refuses_an_intent_made_under_another_policy(adopted: PolicyVersion) -> None:
    services.adopt_policy(actor=WORKER, policy=EMPTY, at=AT)
    with pytest.raises(RefusedError) as caught:
        services.record_decision(actor=WORKER, facts=payout(), at=AT)
    assert (caught.value.code, caught.value.field) == ("policy_changed", "/intent/policy")
    assert not PolicyDecision.objects.exists()


def test_refuses_while_no_policy_is_adopted() -> None:
    with pytest.raises(RefusedError) as caught:
        services.record_decision(actor=WORKER, facts=payout(), at=AT)
    assert caught.value.code == "policy_missing"


def test_adopting_the_current_policy_again_changes_nothing(adopted: PolicyVersion) -> None:
    assert services.adopt_policy(actor=WORKER, policy=POLICY, at=AT) == adopted
    assert PolicyVersion.objects.count() == 1


def test_the_policy_adopted_last_is_current(adopted: PolicyVersion) -> None:
    services.adopt_policy(actor=WORKER, policy=EMPTY, at=AT)
    assert selectors.current_policy() == EMPTY
    services.adopt_policy(actor=WORKER, policy=POLICY, at=AT)
    assert selectors.current_policy() == POLICY
    verbs = AuditEntry.objects.filter(verb="policy.policy.adopted").values_list("subject", flat=True)
    assert list(verbs.order_by("id")) == [POLICY.hash, EMPTY.hash, POLICY.hash]


def test_the_database_refuses_changes(adopted: PolicyVersion) -> None:
    stored = services.record_decision(actor=WORKER, facts=payout(), at=AT)
    for change in (stored.delete, stored.save, adopted.save):
        with pytest.raises(DatabaseError, match="append-only|permission denied"), transaction.atomic():
            change()
    assert list(PolicyDecision.objects.all()) == [stored]
