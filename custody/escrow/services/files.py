"""Takes files of a deal out of the vault for our people; each reading is recorded."""

from datetime import datetime

from django.db import transaction

from custody.accounts.models import User
from custody.documents.services import fetch_document
from custody.escrow.models import Evidence
from custody.escrow.permissions import access_deal
from custody.escrow.services.gate import note


@transaction.atomic
def read_file(*, actor: User, deal_id: str, sha256: str, at: datetime) -> tuple[str, bytes]:
    """Return name and bytes of an agreed text or of evidence of the deal.

    Raises NotFoundError for a foreign deal and for a file that is not one of the deal.
    """
    deal = access_deal(actor, deal_id)
    content = fetch_document(subject=deal.pk, sha256=sha256)
    evidence = Evidence.objects.filter(deal=deal, sha256=sha256).first()
    note(deal, "file_read", actor=actor, at=at, payload={"sha256": sha256})
    # What is kept about a deal is evidence or the text that was agreed.
    return evidence.name if evidence else f"{deal.pk}-contract", content
