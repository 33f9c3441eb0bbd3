"""The custodian's people at their desks: everything through the admin pages and the API."""

import json
import re
import urllib.error
import urllib.request
from typing import Any

from scripts.demo.browser import PageError
from scripts.demo.person import Person


class Office:
    """Compliance officer and deputy, mediator and reviewer, and an auditor who watches by API."""

    def __init__(self, people: dict[str, Person], base: str) -> None:
        self._people, self._base = people, base
        self._token = ""

    def person(self, name: str) -> Person:
        """The person, logged in at first use."""
        person = self._people[name]
        if not any(cookie.name == "sessionid" for cookie in person.browser.jar):
            person.log_in()
        return person

    def do(self, name: str, record: str, deed: str, **fields: str) -> None:
        """Press the button ``deed`` on the admin page ``record`` ("escrow/deal/<id>") as ``name``."""
        self.person(name).post(
            f"/admin/{record}/do/{deed}/", {f"{deed}-{key}": value for key, value in fields.items()}
        )

    def open_deal(self, name: str, **fields: str) -> str:
        """Fill the form "new deal" and return the id from the address of its page."""
        path = "/admin/escrow/deal/add/"
        self.person(name).get(path)
        page = self.person(name).post(path, fields)
        found = re.search(r"/admin/escrow/deal/(deal_[0-9A-Z]{26})/", page.url)
        if found is None:
            raise PageError(f"no deal was opened: {page.url}")
        return found.group(1)

    def propose_terms(self, name: str, deal: str, contract: bytes) -> None:
        """Upload the agreed text; the terms are written from what the parties named."""
        self.person(name).post(
            f"/admin/escrow/deal/{deal}/do/propose_terms/", {}, {"propose_terms-contract": contract}
        )

    def deal(self, deal: str) -> dict[str, Any]:
        """The deal as the API shows it to the auditor."""
        return self._api(f"/api/v1/deals/{deal}")

    def open_hits(self, name: str) -> list[str]:
        """Ids of hits on the worklist that nobody has decided yet."""
        page = self.person(name).get("/admin/").text
        # Django's admin writes an underscore of a primary key as _5F in addresses.
        found = set(re.findall(r"/admin/compliance/hit/([^/\"]+)/change/", page))
        hits = sorted(hit.replace("_5F", "_") for hit in found)
        return [hit for hit in hits if self._offers(name, f"compliance/hit/{hit}", "decide")]

    def _offers(self, name: str, record: str, deed: str) -> bool:
        return f"/do/{deed}/" in self.person(name).get(f"/admin/{record}/change/").text

    def _api(self, path: str) -> dict[str, Any]:
        if not self._token:
            self._token = self._new_token()
        request = urllib.request.Request(  # noqa: S310 - loopback address of the demo
            self._base + path, headers={"Authorization": f"Bearer {self._token}"}
        )
        return self._send(request)

    def _new_token(self) -> str:
        auditor = self._people["auditor"]
        fields = {
            "email": auditor.login["email"],
            "password": auditor.login["password"],
            "code": auditor.code(),
        }
        request = urllib.request.Request(  # noqa: S310 - loopback address of the demo
            self._base + "/api/v1/token",
            data=json.dumps(fields).encode(),
            headers={"Content-Type": "application/json"},
        )
        return str(self._send(request)["access"])

    def _send(self, request: urllib.request.Request) -> dict[str, Any]:
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        try:
            with opener.open(request, timeout=60) as answer:
                found: dict[str, Any] = json.loads(answer.read())
        except urllib.error.HTTPError as error:
            raise PageError(f"{error.code} at {request.selector}: {error.read().decode()[:300]}") from None
        return found
