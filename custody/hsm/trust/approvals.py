"""Approvals of a draft as people bring them: files or texts of the console program ``approve``.

Checked is what the web can know: that it is an approval, of this very document, and proved by a
credential that the signer publishes. Whether it suffices is the signer's to judge.
"""

from collections.abc import Sequence
from datetime import datetime

from django.db import IntegrityError, transaction

from custody.accounts.models import User
from custody.accounts.permissions import require_right
from custody.accounts.roles import Right
from custody.audit import services as audit
from custody.common import canonical
from custody.common.errors import RefusedError
from custody.hsm.models import TrustApproval, TrustDraft
from custody.hsm.selectors import identity
from custody.hsm.trust.drafting import lock_draft
from custody.hsm.trust.proving import check_proof, still_proved
from custody.hsm.trust_states import OPEN
from custody.statements.approval import Approval
from custody.statements.handed import read_approval
from custody.statements.trust import TrustDocument


@transaction.atomic
def add_approval(*, actor: User, draft_id: str, data: bytes, at: datetime) -> TrustApproval:
    """Keep an approval of this draft; whoever brings it need not be who signed it.

    Raises ForbiddenError, NotFoundError, InvalidInputError ``bad_approval``, RefusedError ``wrong_state``,
    ``approval_of_another`` or ``approval_known``, and what ``check_proof`` raises.
    """
    require_right(actor, Right.DRAFT_TRUST)
    approval = read_approval(data, field="file")
    draft = lock_draft(draft_id)
    if draft.state not in OPEN:
        raise RefusedError("the signer has this document", code="wrong_state")
    statement = approval.statement
    about = (statement.subject.format, statement.subject.hash, statement.instance)
    if about != (TrustDocument.FORMAT, draft.hash, identity(draft.offline).instance):
        raise RefusedError(
            "this approval is about another document", code="approval_of_another", field="file"
        )
    check_proof(approval, field="file", at=at, of=draft.offline)
    row = _insert(draft, approval, actor=actor, at=at)
    audit.record(
        verb="hsm.trust.approval_added",
        actor=actor,
        subject=draft.pk,
        payload={"person": row.person, "verdict": row.verdict, "statement": row.statement},
        at=at,
    )
    return row


def usable(draft: TrustDraft, *, at: datetime) -> Sequence[Approval]:
    """Those the signer may still take: proved now, and given under the policy that counts now.

    One that is left out would make the signer refuse all of them.
    """
    return still_proved([item for item in all_of(draft) if _is_current(draft, item)], at=at, of=draft.offline)


def _is_current(draft: TrustDraft, approval: Approval) -> bool:
    return approval.statement.policy == identity(draft.offline).policy.hash


def all_of(draft: TrustDraft) -> list[Approval]:
    """All that were handed in, in their order."""
    return [decode(row) for row in draft.approvals.order_by("pk")]


def decode(row: TrustApproval) -> Approval:
    return Approval.read(canonical.decode(bytes(row.body)))


def _insert(draft: TrustDraft, approval: Approval, *, actor: User, at: datetime) -> TrustApproval:
    row = TrustApproval(
        draft=draft,
        person=approval.statement.person,
        verdict=approval.statement.verdict,
        statement=approval.statement.hash,
        body=canonical.encode(approval.to_json()),
        handed_in_by=actor,
        handed_in_at=at,
    )
    try:
        with transaction.atomic():
            row.save(force_insert=True)
    except IntegrityError:
        raise RefusedError("this approval is here already", code="approval_known", field="file") from None
    return row
