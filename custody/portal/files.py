"""Files a party takes to its own program, and those the parties handed in; always as download."""

from django.http import HttpRequest, HttpResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from custody.common import canonical
from custody.common.errors import NotFoundError
from custody.documents.services import fetch_document
from custody.escrow.drafting import ProvingRole
from custody.escrow.services import challenge_document, payout_psbt
from custody.portal.views import person, situation
from custody.statements.key_proof import ProvenKey
from custody.statements.proof import Secp256k1Proof
from custody.web.downloads import download
from custody.web.refusals import recording

_PROVING: dict[str, ProvingRole] = {"buyer": "buyer", "mediator": "mediator", "merchant": "merchant"}


@require_GET
@never_cache
def terms(request: HttpRequest, deal_id: str) -> HttpResponse:
    """The terms in the very bytes that are signed."""
    now = situation(request, deal_id)
    if now.version is None:
        raise NotFoundError("not found")
    return download(bytes(now.version.body), f"{deal_id}-terms.json")


@require_GET
@never_cache
def contract(request: HttpRequest, deal_id: str) -> HttpResponse:
    """The agreed text, whose SHA-256 stands in the terms."""
    now = situation(request, deal_id)
    if now.terms is None:
        raise NotFoundError("not found")
    content = fetch_document(subject=deal_id, sha256=now.terms.text)
    return download(content, f"{deal_id}-contract{'.pdf' if content.startswith(b'%PDF-') else '.txt'}")


@require_GET
@never_cache
def challenge(request: HttpRequest, deal_id: str) -> HttpResponse:
    """The challenge for the reader's own key."""
    now = situation(request, deal_id)
    if now.challenge is None:
        raise NotFoundError("not found")
    role = _PROVING[now.me.role]
    content = challenge_document(now.challenge, role).to_bytes()
    return download(content, f"{deal_id}-challenge-{role}.json")


@require_GET
@never_cache
def proof(request: HttpRequest, deal_id: str, role: str) -> HttpResponse:
    """A proof that is there, for the other parties to check with their own program."""
    now = situation(request, deal_id)
    row = now.challenge.proofs.filter(role=role).first() if now.challenge else None
    if now.challenge is None or row is None:
        raise NotFoundError("not found")
    proven = ProvenKey(
        document=challenge_document(now.challenge, _PROVING[row.role]),
        proof=Secp256k1Proof(credential=row.public_key, signature=row.signature),
    )
    return download(canonical.encode(proven.to_json()), f"{deal_id}-proof-{role}.json")


@require_GET
@never_cache
def psbt(request: HttpRequest, deal_id: str) -> HttpResponse:
    """The payout's PSBT in Base64 with all signatures collected so far; none while the deal is held."""
    now = situation(request, deal_id)
    with recording(action="portal.deal.take_payout", actor=person(request), subject=deal_id):
        content = payout_psbt(now.deal)
    return download(content.encode(), f"{deal_id}.psbt")


@require_GET
@never_cache
def evidence(request: HttpRequest, deal_id: str, sha256: str) -> HttpResponse:
    """A file of the dispute."""
    now = situation(request, deal_id)
    row = now.dispute.evidence.filter(sha256=sha256).first() if now.dispute else None
    if row is None:
        raise NotFoundError("not found")
    return download(fetch_document(subject=deal_id, sha256=sha256), row.name)
