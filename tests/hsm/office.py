"""The web side and a real signer under test face to face: requests go over as rows, answers come back."""

from dataclasses import dataclass, field
from datetime import datetime
from html import unescape
from typing import Any

from django.test import Client as Http

from custody.accounts.models import User
from custody.accounts.services import link_person
from custody.common import canonical
from custody.hsm import selectors, services
from custody.hsm.models import SigningRequest, TrustDraft
from custody.hsm.tasks import apply_trust
from custody.hsm.trust.drafting import document_of
from custody.statements.approval import Approval
from tests.cast import logged_in
from tests.harness.signer_role import write_answer
from tests.signer.bench import Bench
from tests.signer.genesis import FIRST, MAKER, SECOND
from tests.signer.officers import Officers

DRAFTS = "/admin/hsm/trustdraft/"


@dataclass
class Office:
    """One drafting person linked to MAKER of the genesis, and the officers with their keys."""

    bench: Bench
    user: User
    officers: Officers = field(init=False)
    http: Http = field(init=False)

    def __post_init__(self) -> None:
        self.officers = Officers(self.bench)
        self.http = logged_in(self.user)
        link_person(actor="system:test", user=self.user, person=MAKER, at=self.now)
        services.mirror_signer(at=self.now)
        self.speak("en")

    def speak(self, language: str) -> None:
        self.http.post("/account/language/", {"language": language, "next": "/admin/"})

    @property
    def now(self) -> datetime:
        return self.bench.hands.now

    def post(self, path: str, data: dict[str, Any] | None = None) -> Any:
        return self.http.post(path, data or {})

    def page(self, path: str) -> str:
        response: Any = self.http.get(path)
        assert response.status_code == 200
        return unescape(response.content.decode())

    # --- drafts -----------------------------------------------------------------------------

    def draft(self, kind: str, **fields: Any) -> TrustDraft:
        """Draft through the form; the newest document."""
        response = self.post(f"{DRAFTS}add/?type={kind}", {"reason": "test", "life_hours": 2, **fields})
        assert response.status_code == 302, response.content.decode()
        return TrustDraft.objects.order_by("-pk")[0]

    def do(self, draft: TrustDraft, deed: str, data: dict[str, Any] | None = None) -> Any:
        return self.post(f"{DRAFTS}{draft.pk}/do/{deed}/", data)

    def approval(self, draft: TrustDraft, who: str, **changes: Any) -> Approval:
        return self.officers.approval(document_of(draft), who, **changes)

    def bring(self, draft: TrustDraft, *people: str, **changes: Any) -> None:
        """Hand in an approval of each of these people as text."""
        for who in people:
            data = canonical.encode(self.approval(draft, who, **changes).to_json())
            assert self.do(draft, "approve", {"approve-text": data.decode()}).status_code == 302

    def submit(self, draft: TrustDraft) -> TrustDraft:
        """Hand it to the signer, let it answer, take the answer in."""
        assert self.do(draft, "submit").status_code == 302
        self.answer_all()
        draft.refresh_from_db()
        return draft

    def enact(self, kind: str, *people: str, **fields: Any) -> TrustDraft:
        """Drafted, signed by ``people`` (the whole quorum), accepted."""
        draft = self.draft(kind, **fields)
        self.bring(draft, *(people or (MAKER, FIRST, SECOND)))
        return self.submit(draft)

    def answer_all(self) -> None:
        """The signer answers what waits; every answer is collected and followed."""
        for row in list(selectors.unanswered_requests()):
            result = self.bench.handle_bytes(row.pk, bytes(row.body))
            write_answer(row, outcome=result.outcome, body=result.to_bytes(), at=self.now)
            services.collect_result(request_id=row.pk, at=self.now)
            if row.kind == "TRUST":
                apply_trust(request_id=row.pk)

    def last_request(self) -> SigningRequest:
        return SigningRequest.objects.order_by("-created_at", "-pk")[0]
