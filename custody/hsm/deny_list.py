"""The deny list as the accepted trust documents of the web side make it.

For early refusals and pages: nothing rests on it, the signer asks its own trust store.
"""

from collections.abc import Iterable

from custody.common.errors import RefusedError
from custody.hsm.models import TrustDraft
from custody.hsm.selectors import offline_signer
from custody.hsm.trust_states import State
from custody.statements.trust import TrustDocument
from custody.statements.trust.deny import DeniedAddresses


def denied_of(addresses: Iterable[str], *, chain: str, key: str) -> frozenset[str]:
    """Those of ``addresses`` that the signer of ``key`` does not pay: the last word about each counts."""
    asked, denied = frozenset(addresses), frozenset[str]()
    signer = offline_signer(key=key) if key else None
    documents = TrustDraft.objects.filter(
        type__in=("DENY_ADD", "DENY_REMOVE"), state=State.ACCEPTED, offline=signer
    )
    for draft in documents.order_by("epoch", "pk"):
        body = TrustDocument.from_bytes(bytes(draft.body)).body
        if isinstance(body, DeniedAddresses) and body.chain == chain:
            named = asked & set(body.addresses)
            denied = denied | named if draft.type == "DENY_ADD" else denied - named
    return denied


def refuse_denied(address: str, *, chain: str, key: str) -> None:
    """Raise RefusedError ``payee_denied`` for an address that the signer of ``key`` does not pay."""
    if denied_of([address], chain=chain, key=key):
        raise RefusedError("The payee stands on the pinned deny list.", code="payee_denied", field="payee")
