"""Whose approval it is, by the credentials that its signer publishes: what is forged never gets in.

The signer decides all the same: it proves every approval itself, and knows whose word suffices.
"""

from collections.abc import Sequence
from datetime import datetime

from custody.common.errors import InvalidInputError
from custody.hsm.models import OfflineSigner, SignerIdentity
from custody.hsm.signer.trust.quorum import NO_PERSON
from custody.statements.approval import Approval
from custody.statements.known_credential import KnownCredential, prove
from custody.statements.proof import ProofError


def check_proof(approval: Approval, *, field: str, at: datetime, of: OfflineSigner | None = None) -> None:
    """Refuse what no credential proves that counts now; ``of`` is the signer, None the one on the queue.

    Raises InvalidInputError ``not_pinned``, ``not_active``, ``bad_proof`` or ``expired``, and
    ``not_a_person`` for the rejection of a machine. A signer of a release that publishes no
    credentials is asked as it comes.
    """
    known = known_credentials(of)
    if known is None:
        return
    try:
        proved = prove(approval, known, at=at)
    except ProofError as error:
        raise error.at(field) from None
    if approval.statement.verdict == "REJECT" and NO_PERSON & set(proved.credential.roles):
        raise InvalidInputError("a machine rejects nothing", code="not_a_person", field=field)


def still_proved(
    approvals: Sequence[Approval], *, at: datetime, of: OfflineSigner | None = None
) -> list[Approval]:
    """Those that would be taken now: one by a credential that has ended makes the signer refuse all."""
    known = known_credentials(of)
    in_time = [item for item in approvals if item.statement.expires_at > at]
    return [item for item in in_time if known is None or _is_proved(item, known, at)]


def known_credentials(of: OfflineSigner | None = None) -> list[KnownCredential] | None:
    """The credentials that a signer publishes; None while it publishes none."""
    row = of or SignerIdentity.objects.first()
    if row is None or row.credentials is None:
        return None
    return [KnownCredential.read(entry) for entry in row.credentials]


def _is_proved(approval: Approval, known: Sequence[KnownCredential], at: datetime) -> bool:
    try:
        prove(approval, known, at=at)
    except ProofError:
        return False
    return True
