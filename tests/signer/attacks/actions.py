"""Critical actions that nobody approved, that the key is not for, or that come a second time."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from custody.statements.request import Request
from custody.statements.trust.holds import Hold, Kill
from tests.signer.actions import Actions
from tests.signer.attacks import Attack, Ground
from tests.signer.genesis import CUSTODIAN, FIRST, MACHINE, SECOND, TREASURER, credential

APPROVALS = "/approvals"
Make = Callable[[Ground], Request]


def _of(**changes: Any) -> Make:
    def make(ground: Ground) -> Request:
        actions = Actions(ground.house)
        return actions.request(actions.action(**changes))

    return make


def _by(*people: str) -> Make:
    return lambda ground: Actions(ground.house).request(people=people)


def _until(**span: float) -> Make:
    def make(ground: Ground) -> Request:
        actions = Actions(ground.house)
        until = ground.house.bench.hands.now + timedelta(**span)
        return actions.request(actions.action(expires_at=until), approvals=())

    return make


def _machine(ground: Ground) -> Request:
    """A machine that was given a person's role."""
    actions = Actions(ground.house)
    ground.house.officers.enact("PERSON_CREDENTIAL", credential(MACHINE, ("CUSTODIAN", "MACHINE")))
    return actions.request(people=(TREASURER, MACHINE))


def _twice(ground: Ground) -> Request:
    actions = Actions(ground.house)
    action = actions.action()
    assert ground.house.bench.handle(actions.request(action)).outcome == "SIGNED"
    ground.house.bench.hands.pass_by(seconds=1)
    return actions.request(action)


def _approvals_of_another(ground: Ground) -> Request:
    actions = Actions(ground.house)
    words = ground.house.officers.approvals(actions.action(parameters="5b" * 32), (TREASURER,))
    return actions.request(approvals=words)


def _same_person_twice(ground: Ground) -> Request:
    actions = Actions(ground.house)
    action = actions.action()
    words = tuple(ground.house.officers.approval(action, TREASURER) for _ in range(2))
    return actions.request(action, approvals=words)


def _rejected(ground: Ground) -> Request:
    actions = Actions(ground.house)
    action = actions.action()
    no = ground.house.officers.approval(action, CUSTODIAN, verdict="REJECT")
    assert ground.house.bench.handle(actions.request(action, approvals=(no,))).rule == "rejected"
    return actions.request(action)


def _killed(ground: Ground) -> Request:
    actions = Actions(ground.house)
    ground.house.officers.accept("KILL", Kill(key=actions.key), FIRST, maker=FIRST)
    return actions.request()


def _held(ground: Ground) -> Request:
    actions = Actions(ground.house)
    ground.house.officers.accept("HOLD", Hold(scope="KEY", ref=actions.key), FIRST, maker=FIRST)
    return actions.request()


def _over(ground: Ground) -> Request:
    actions = Actions(ground.house)
    ground.house.bench.hands.pass_by(days=180)
    return actions.request(approvals=())


def _spend_key(ground: Ground) -> Request:
    return Actions(ground.house).request(key=ground.house.key)


def _not_activated(ground: Ground) -> Request:
    actions = Actions(ground.house)
    return actions.request(key=ground.house.make_key(9, purpose="critical"))


ATTACKS = (
    Attack("action without people", "approvals_missing", APPROVALS, _by()),
    Attack("action by one", "approvals_missing", APPROVALS, _by(TREASURER)),
    Attack("action by one person twice", "approvals_missing", APPROVALS, _same_person_twice),
    Attack("action by officers of another role", "approvals_missing", APPROVALS, _by(FIRST, SECOND)),
    Attack("action by a machine", "approvals_missing", APPROVALS, _machine),
    Attack(
        "approval of other parameters", "approval_of_another_subject", f"{APPROVALS}/0/statement/subject",
        _approvals_of_another,
    ),
    Attack("action rejected before", "rejected", APPROVALS, _rejected),
    Attack("action a second time", "slot_already_signed", "/payload", _twice),
    Attack("action of another system", "system_not_of_key", "/payload/system", _of(system="airport")),
    Attack("action of the signer itself", "system_not_of_key", "/payload/system", _of(system="signer")),
    Attack("action that the key is not for", "action_not_of_key", "/payload/action", _of(action="EXPLODE")),
    Attack(
        "action of another installation", "wrong_instance", "/payload/instance",
        _of(instance="ins_01KAJ8M3V6Q2W9X4Y7Z0A1B2C4"),
    ),
    Attack("action that is over", "expired", "/payload/expires_at", _until(seconds=0)),
    Attack("action for ever", "validity_too_long", "/payload/expires_at", _until(hours=72, seconds=1)),
    Attack("action of a killed key", "killed", "/key", _killed),
    Attack("action of a held key", "held", "/key", _held),
    Attack("action after the key's time", "cryptoperiod_over", "/key", _over),
    Attack("action by a spend key", "wrong_key_purpose", "/key", _spend_key),
    Attack("action by a key not in use", "key_not_active", "/key", _not_activated),
)  # fmt: skip
