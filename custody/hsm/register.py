"""Writes the HSM register: one person enters or changes a module, another confirms or returns it."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction

from custody.accounts.models import User
from custody.accounts.otp import FreshFactor
from custody.accounts.permissions import require_right
from custody.accounts.roles import Right
from custody.audit import services as audit
from custody.common.errors import InvalidInputError, NotFoundError, RefusedError
from custody.common.ids import new_id
from custody.hsm.models import HsmModule

State = HsmModule.State
FIELDS = (
    "backend", "vendor", "model", "serial", "firmware", "certificate", "standard", "level", "status",
    "sunset", "in_use",
)  # fmt: skip


@transaction.atomic
def enter_module(
    *, actor: User, values: Mapping[str, Any], at: datetime, changes: str | None = None
) -> HsmModule:
    """Write a version that waits for a second person; ``changes`` is the id of one in force.

    Raises ForbiddenError, InvalidInputError for what cannot be so, RefusedError ``change_waits`` while
    another version waits and ``wrong_state`` when the one to be changed is not in force.
    """
    require_right(actor, Right.DRAFT_TRUST)
    _check(values)
    identifier = new_id("hsm", at=at)
    row = HsmModule(
        id=identifier,
        module=_to_change(changes).module if changes else identifier,
        entered_by=actor,
        entered_at=at,
        **{name: values[name] for name in FIELDS},
    )
    try:
        with transaction.atomic():
            row.save(force_insert=True)
    except IntegrityError:
        raise RefusedError("a change of this module waits already", code="change_waits") from None
    audit.record(verb="hsm.module.entered", actor=actor, subject=row.pk, payload=_payload(row), at=at)
    return row


@transaction.atomic
def confirm_module(*, actor: User, module_id: str, factor: FreshFactor, at: datetime) -> HsmModule:
    """The second person: the version is in force, and the one before it is replaced.

    Raises RefusedError ``backend_taken`` when another module is in use there, besides what ``_to_check``
    raises.
    """
    row = _to_check(actor, module_id, factor, at=at)
    before = HsmModule.objects.select_for_update().filter(module=row.module, state=State.CONFIRMED).first()
    try:
        with transaction.atomic():
            if before is not None:
                before.state = State.REPLACED
                before.save(update_fields=["state"])
            _close(row, State.CONFIRMED, actor, at)
    except IntegrityError:
        raise RefusedError("another module is in use on this back-end", code="backend_taken") from None
    audit.record(verb="hsm.module.confirmed", actor=actor, subject=row.pk, payload=_payload(row), at=at)
    return row


@transaction.atomic
def return_module(*, actor: User, module_id: str, factor: FreshFactor, at: datetime) -> HsmModule:
    """The second person does not agree; nothing changes. Raises what ``_to_check`` raises."""
    row = _to_check(actor, module_id, factor, at=at)
    _close(row, State.RETURNED, actor, at)
    audit.record(verb="hsm.module.returned", actor=actor, subject=row.pk, payload={}, at=at)
    return row


def _close(row: HsmModule, state: str, actor: User, at: datetime) -> None:
    row.state, row.checked_by, row.checked_at = state, actor, at
    row.save(update_fields=["state", "checked_by", "checked_at"])


def _to_change(module_id: str) -> HsmModule:
    row = HsmModule.objects.select_for_update().filter(pk=module_id).first()
    if row is None:
        raise NotFoundError("no such module")
    if row.state != State.CONFIRMED:
        raise RefusedError("only the version in force is changed", code="wrong_state")
    return row


def _to_check(actor: User, module_id: str, factor: FreshFactor, *, at: datetime) -> HsmModule:
    """The waiting version, for somebody who did not enter it.

    Raises ForbiddenError, NotFoundError, RefusedError ``wrong_state`` and ``same_person``.
    """
    require_right(actor, Right.DRAFT_TRUST)
    factor.check(actor=actor, at=at)
    row = HsmModule.objects.select_for_update().filter(pk=module_id).first()
    if row is None:
        raise NotFoundError("no such module")
    if row.state != State.ENTERED:
        raise RefusedError("this version does not wait any more", code="wrong_state")
    if row.entered_by_id == actor.pk:
        raise RefusedError("another person has to confirm", code="same_person")
    return row


def _check(values: Mapping[str, Any]) -> None:
    is_validated = values["status"] != HsmModule.Status.NONE
    if is_validated and not values["certificate"]:
        raise InvalidInputError("a certificate has a number", code="certificate_missing", field="certificate")
    if not is_validated and values["sunset"]:
        raise InvalidInputError("only a certificate has a sunset", code="sunset_without", field="sunset")


def _payload(row: HsmModule) -> dict[str, Any]:
    said = {name: getattr(row, name) for name in FIELDS}
    return {"module": row.module} | {
        name: value if isinstance(value, bool) else str(value)
        for name, value in said.items()
        if value is not None
    }
