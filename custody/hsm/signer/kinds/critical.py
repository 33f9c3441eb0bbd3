"""CRITICAL: signs a critical action of another system that our people have approved.

The signature of the key says to that system that as many people as the activation of the key demands
have approved exactly this action with these parameters, once. What the action does the signer cannot
know; the parameters travel as their hash, which those who approve compare with what the system shows.
"""

from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property

from custody.hsm.signer import approvals
from custody.hsm.signer.approvals import Verdicts, Wanted
from custody.hsm.signer.case import Case, Effects, Message, payload_of
from custody.hsm.signer.kinds.kind import Kind
from custody.hsm.signer.refusal import Refusal
from custody.hsm.signer.rules.common import check_cryptoperiod, check_slot
from custody.hsm.signer.rules.standstill import not_killed, refuse_held
from custody.statements.approval import Subject
from custody.statements.critical import Critical, CriticalBinding

APPROVALS = "/approvals"
ACTION_LIFE = timedelta(hours=72)


@dataclass(frozen=True)
class CriticalCase(Case):
    """The action, and what its key may sign."""

    @cached_property
    def action(self) -> Critical:
        return payload_of(self, Critical)

    @cached_property
    def binding(self) -> CriticalBinding:
        if self.activation.critical is None:
            raise Refusal("key_not_activated", "/key")
        return self.activation.critical

    @cached_property
    def verdicts(self) -> Verdicts:
        """The approvals of this very action."""
        subject = Subject(format="custody/critical/v1", hash=self.action.hash)
        return approvals.verify(
            self.request.approvals, Wanted(subject, self.action.expires_at),
            trust=self.trust, at=self.at, pointer=APPROVALS,
        )  # fmt: skip

    @property
    def messages(self) -> tuple[Message, ...]:
        digest = self.action.hash
        return (Message(0, f"msg:{Critical.FORMAT}:{digest}", bytes.fromhex(digest)),)


def action_of_this_instance(case: CriticalCase) -> None:
    if case.action.instance != case.pinned.instance:
        raise Refusal("wrong_instance", "/payload/instance")


def key_is_activated(case: CriticalCase) -> None:
    """For critical actions, and still in its time."""
    _ = case.binding
    check_cryptoperiod(case.activation, at=case.at, culprit="/key")


def action_is_of_the_key(case: CriticalCase) -> None:
    """One key speaks to one system, about the actions it was taken into use for."""
    if case.action.system != case.binding.system:
        raise Refusal("system_not_of_key", "/payload/system")
    if case.action.action not in case.binding.actions:
        raise Refusal("action_not_of_key", "/payload/action")


def action_is_in_time(case: CriticalCase) -> None:
    if case.action.expires_at <= case.at:
        raise Refusal("expired", "/payload/expires_at")
    if case.action.expires_at > case.at + ACTION_LIFE:
        raise Refusal("validity_too_long", "/payload/expires_at")


def key_is_not_held(case: CriticalCase) -> None:
    refuse_held(case, {("KEY", case.key.id): "/key"})


def people_have_approved(case: CriticalCase) -> None:
    """As many as the activation demands, each a person; nobody is the maker of an action."""
    if len(case.verdicts.humans(frozenset(case.binding.roles))) < case.binding.people:
        raise Refusal("approvals_missing", APPROVALS)


def action_is_new(case: CriticalCase) -> None:
    """Each occasion is a document of its own and signed once."""
    check_slot(case, case.messages[0], culprit="/payload")


def _effects(case: CriticalCase) -> Effects:
    seen = {"action": case.action.hash, "statements": list(case.verdicts.seen)}
    return Effects(messages=case.messages, seen=seen)


CRITICAL = Kind(
    name="CRITICAL",
    purposes=frozenset({"critical"}),
    reads=frozenset({"approvals", "payload"}),
    case=CriticalCase,
    rules=(
        action_of_this_instance,
        key_is_activated,
        action_is_of_the_key,
        action_is_in_time,
        not_killed,
        key_is_not_held,
        people_have_approved,
        action_is_new,
    ),
    effects=_effects,
    messages=lambda case: case.messages,
)
