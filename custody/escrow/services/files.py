"""Takes files of a deal out of the vault for our people; each reading is recorded."""

from datetime import datetime

from django.db import transaction

from custody.accounts.models import User
from custody.common.errors import NotFoundError
from custody.documents.services import fetch_document
from custody.escrow import selectors
from custody.escrow.models import Deal, Evidence
from custody.escrow.permissions import access_deal
from custody.escrow.services.gate import note


@transaction.atomic
def read_file(*, actor: User, deal_id: str, sha256: str, at: datetime) -> tuple[str, bytes]:
    """Return name and bytes of an agreed text or of evidence of the deal.

    Raises NotFoundError for a foreign deal and for a file that is not one of the deal.
    """
    deal = access_deal(actor, deal_id)
    name = _name_of(deal, sha256)
    content = fetch_document(subject=deal.pk, sha256=sha256)
    note(deal, "file_read", actor=actor, at=at, payload={"sha256": sha256})
    return name, content


def _name_of(deal: Deal, sha256: str) -> str:
    evidence = Evidence.objects.filter(deal=deal, sha256=sha256).first()
    if evidence is not None:
        return evidence.name
    if any(selectors.decode_terms(version).text == sha256 for version in deal.terms_versions.all()):
        return f"{deal.pk}-contract"
    raise NotFoundError("not found")
