"""Writes the audit record: the one function every other service calls.

``record`` inserts the entry in the caller's transaction, so deed and record live or die together.
Payloads hold ids, amounts, states and hashes, never names, addresses of people or free text.
"""

import re
from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from custody.audit import links
from custody.audit.models import AuditEntry
from custody.common import canonical, clock
from custody.common.errors import InvalidInputError

if TYPE_CHECKING:
    from django.contrib.auth.base_user import AbstractBaseUser

_VERB = re.compile(r"[a-z][a-z_]*(\.[a-z][a-z_]*){1,3}\Z")
_SYSTEM = re.compile(r"system:[a-z][a-z0-9_.-]*\Z")


def record(
    *,
    verb: str,
    actor: "AbstractBaseUser | str",
    subject: str,
    payload: Mapping[str, Any],
    stream: str = "main",
    at: datetime | None = None,
) -> AuditEntry:
    """Insert one entry; it is linked shortly after the transaction commits.

    ``verb`` is dotted past tense ("escrow.deal.opened"); ``actor`` a user or a system name such
    as "system:worker"; ``subject`` the id it is about. Raises InvalidInputError for a verb, actor
    or payload that cannot stand in the record.
    """
    # To the second, as the bytes have it: more would be shown without being proved.
    moment = (at or clock.now()).replace(microsecond=0)
    if not _VERB.match(verb):
        raise InvalidInputError("audit verb is not dotted lower case", field="verb")
    name = actor_name(actor)
    body = canonical.encode(
        links.entry_body(
            stream=stream,
            verb=verb,
            actor=name,
            subject=subject,
            payload=dict(payload),
            at=clock.write_time(moment),
        )
    )
    return AuditEntry.objects.create(
        stream=stream,
        verb=verb,
        actor_id=None if isinstance(actor, str) else actor.pk,
        actor_text=name,
        subject=subject,
        body=body,
        hash=links.entry_hash(body),
        created_at=moment,
    )


def actor_name(actor: "AbstractBaseUser | str") -> str:
    """Return how an actor stands in the record: "system:…" or "user:<id>", never a name."""
    if not isinstance(actor, str):
        return f"user:{actor.pk}"
    if not _SYSTEM.match(actor):
        raise InvalidInputError("actor text must start with system:", field="actor")
    return actor
