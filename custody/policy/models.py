"""Adopted policies and the decisions made by them; rows are inserted once and never changed."""

from django.db import models

from custody.audit.append_only import AppendOnly

OUTCOMES = ("ALLOW", "DENY", "REQUIRE")


class PolicyVersion(AppendOnly):
    """A policy the custodian works by from ``adopted_at`` on; ``body`` holds its canonical bytes.

    The signer has its own pinned policy and refuses intents that name another one.
    """

    id = models.BigAutoField(primary_key=True)
    hash = models.CharField(max_length=64, db_index=True)
    body = models.BinaryField()
    adopted_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(hash__regex=r"^[0-9a-f]{64}$"), name="policy_version_hash_hex"
            ),
        ]

    def __str__(self) -> str:
        return self.hash


class PolicyDecision(AppendOnly):
    """The outcome for one intent under one policy and one set of facts, with its explanation."""

    id = models.BigAutoField(primary_key=True)
    intent = models.CharField(max_length=40, db_index=True)
    intent_hash = models.CharField(max_length=64)
    policy = models.ForeignKey(PolicyVersion, models.PROTECT, related_name="decisions")
    facts = models.JSONField()
    facts_hash = models.CharField(max_length=64)
    outcome = models.CharField(max_length=7, choices=[(outcome, outcome) for outcome in OUTCOMES])
    trace = models.JSONField()
    decided_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["intent_hash", "policy", "facts_hash"], name="policy_decision_once"
            ),
            models.CheckConstraint(condition=models.Q(outcome__in=OUTCOMES), name="policy_decision_outcome"),
        ]

    def __str__(self) -> str:
        return f"{self.intent} {self.outcome}"
