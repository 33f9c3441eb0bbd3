"""The deal's page as our people use it: over HTTP, with what they see and what the record says."""

from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile

from custody.accounts.models import User
from custody.audit.models import AuditEntry
from custody.common import canonical
from custody.web.worklist import Row
from tests.cast import logged_in

Answer = Any  # a response of Django's test client: HttpResponse with its context


def address(deal_id: str, deed: str = "") -> str:
    return f"/admin/escrow/deal/{deal_id}/" + (f"do/{deed}/" if deed else "change/")


def page(user: User, deal_id: str) -> str:
    """The deal's page as ``user`` sees it."""
    response = logged_in(user).get(address(deal_id))
    assert response.status_code == 200
    return response.content.decode()


def press(user: User, deal_id: str, deed: str, **fields: Any) -> Answer:
    """Send the form of the button ``deed``."""
    return logged_in(user).post(
        address(deal_id, deed), {f"{deed}-{name}": value for name, value in fields.items()}
    )


def offered(user: User, deal_id: str) -> dict[str, bool]:
    """Buttons on the page; True for those this person may press."""
    response: Answer = logged_in(user).get(address(deal_id))
    return {offer.deed.name: not offer.blocked for offer in response.context["offers"]}


def file_of(content: bytes, name: str = "contract.txt") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content, content_type="text/plain")


def assert_refused(response: Answer, *, verb: str, code: str) -> None:
    """The page says so in a place that is read aloud, and the record keeps the code."""
    assert response.status_code == 400
    assert 'role="alert"' in response.content.decode()
    assert [payload["code"] for payload in recorded(verb)] == [code]


def recorded(verb: str) -> list[dict[str, Any]]:
    """Payloads of the entries with this verb, oldest first."""
    entries = AuditEntry.objects.filter(verb=verb).order_by("pk")
    return [canonical.decode(bytes(entry.body))["payload"] for entry in entries]


def due(user: User) -> dict[str, list[Row]]:
    """What the home page lists about deals, by the title of the section."""
    response: Answer = logged_in(user).get("/admin/", headers={"accept-language": "en"})
    sections = response.context["worklist"]
    return {
        section.source.rows.__name__: list(section.rows)
        for section in sections
        if section.source.page == "escrow.Deal"
    }
