"""The live world with its web pages, people and deals, and real browsers in front of it."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, BrowserContext, Error, FilePayload, Page

from scripts.demo.office import Office
from scripts.demo.party import Party
from scripts.demo.person import Person
from scripts.demo.story import AMOUNT, CONTRACT, FEE_MAX, FINALITY_BLOCKS, SECOND_REVIEW_ABOVE, Stage
from scripts.embedded.bitcoind import Node
from scripts.embedded.genesis import ensure_demo_genesis, people_of
from scripts.embedded.layout import PROJECT
from scripts.embedded.world import World
from tests.browser.looks import has_no_sideways_scroll, take_screens

SYNTHETIC_LIST = PROJECT / "custody" / "compliance" / "samples" / "ofac_synthetic.xml"
REGTEST = "bip122:0f9188f13cb7b2c71f2a335e3a4fc328"


@dataclass
class Site:
    """Address, people and the chain behind the pages."""

    base: str
    world: World
    node: Node
    browser: Browser
    people: dict[str, Person]
    logins: dict[str, dict[str, Any]]

    @classmethod
    def prepare(cls, world: World, node: Node, browser: Browser) -> "Site":
        """Import the synthetic list and create the people of the demonstration."""
        world.manage("import_sanctions", "--source", "ofac", "--file", str(SYNTHETIC_LIST), "--json")
        # One account per person of the trust store: other tests of this world use the mediator's.
        known = people_of(ensure_demo_genesis(world.layout))
        persons = json.dumps({"mediator": known["reviewer"], "security": known["deputy"]})
        logins = json.loads(world.manage("seed_demo", "--seed", "1", "--persons", persons))
        base = f"http://localhost:{world.web_port}"
        people = {login["name"]: Person(login, base) for login in logins}
        return cls(base, world, node, browser, people, {login["name"]: login for login in logins})

    def stage(self, buyer: Party, merchant: Party) -> Stage:
        """What the stories of the demonstration need, with these two parties."""
        return Stage(
            office=Office(self.people, self.base),
            buyer=buyer,
            merchant=merchant,
            listed=buyer,
            node=self.node,
            clients={name: login["client"] for name, login in self.logins.items() if "client" in login},
            users={name: login["user"] for name, login in self.logins.items()},
        )

    def party(self, name: str) -> Party:
        """A party that acts by plain HTTP."""
        person = self.people[name].log_in()
        return Party(person, self.world.layout, chain=REGTEST, payout=self.node.new_address())

    def open_deal(self, stage: Stage, title: str) -> str:
        return stage.office.open_deal(
            "deputy",
            title=title,
            buyer=stage.clients["buyer"],
            merchant=stage.clients["merchant"],
            mediator=stage.users["mediator"],
            amount=str(AMOUNT),
            fee_max=str(FEE_MAX),
            second_review_above=str(SECOND_REVIEW_ABOVE),
        )

    def propose_terms(self, stage: Stage, deal: str) -> None:
        stage.office.propose_terms("deputy", deal, CONTRACT.encode())

    def fund(self, stage: Stage, deal: str, *, blocks: int = FINALITY_BLOCKS) -> None:
        """Pay the deal's address and mine."""
        self.node.fund(stage.office.deal(deal)["funding"]["address"], AMOUNT)
        self.node.mine(blocks)

    def log_in(self, name: str, *, width: int = 1440, scheme: Any = "light") -> Page:
        """A page of a fresh browser after both factors were typed in."""
        page = self._context(width, scheme).new_page()
        person = self.people[name]
        page.goto(f"{self.base}/account/login/")
        page.get_by_label("E-Mail").fill(person.login["email"])
        page.get_by_label("Passwort").fill(person.login["password"])
        page.get_by_role("button", name="Weiter").click()
        page.get_by_label("Code Ihrer Authenticator-App").fill(person.code())
        page.get_by_role("button", name="Anmelden").click()
        page.wait_for_url(lambda address: "/account/" not in address)
        return page

    def same_session(self, page: Page, *, width: int, scheme: Any = "light") -> Page:
        """Another window of the same person, at another width or in the dark."""
        context = self._context(width, scheme)
        context.add_cookies([{**cookie} for cookie in page.context.cookies()])  # type: ignore[typeddict-item]
        return context.new_page()

    def screens(self, page: Page, name: str, path: str) -> None:
        """Pictures of ``path`` as the person of ``page`` sees it; nothing may be wider than the screen."""

        def page_at(width: int, scheme: Any) -> Page:
            view = self.same_session(page, width=width, scheme=scheme)
            view.goto(self.base + path)
            view.wait_for_timeout(300)
            assert has_no_sideways_scroll(view), f"{name} scrolls sideways at {width}"
            return view

        take_screens(name, page_at)

    def _context(self, width: int, scheme: Any) -> BrowserContext:
        context = self.browser.new_context(
            viewport={"width": width, "height": 900 if width > 600 else 844},
            color_scheme=scheme,
            locale="en-GB",
            accept_downloads=True,
        )
        context.set_default_timeout(60_000)
        return context


class BrowserParty(Party):
    """A party that does in a real browser what ``Party`` does by plain HTTP."""

    page: Page
    base: str

    @classmethod
    def at(cls, site: Site, page: Page, name: str) -> "BrowserParty":
        party = cls(site.people[name], site.world.layout, chain=REGTEST, payout=site.node.new_address())
        party.page, party.base = page, site.base
        return party

    def open(self, deal: str) -> Page:
        address = f"{self.base}/deals/{deal}/"
        try:
            self.page.goto(address)
        except Error as error:
            # A live page may renew itself at the very moment it is left.
            if "ERR_ABORTED" not in error.message:
                raise
            self.page.goto(address)
        return self.page

    def _do(
        self, deal: str, deed: str, fields: dict[str, str], files: dict[str, bytes] | None = None
    ) -> None:
        card = self.open(deal).locator(f"#{deed}")
        if card.locator("details").count():
            card.locator("summary").click()
        for name, value in fields.items():
            field = card.locator(f"[name={name}]")
            kind = field.get_attribute("type")
            if kind == "checkbox":
                field.check()
            elif kind != "hidden":
                field.fill(value)
        for name, content in (files or {}).items():
            file = FilePayload(name=f"{name}.bin", mimeType="application/octet-stream", buffer=content)
            card.locator(f"[name={name}]").set_input_files(file)
        card.locator("button:not([data-copy])").click()
        self.page.locator(".note.success").wait_for()

    def _download(self, deal: str, name: str) -> Path:
        link = self.open(deal).locator(f"a[href='/deals/{deal}/{name}']").first
        with self.page.expect_download() as started:
            link.click()
        path = self._folder_of(deal) / name.replace("/", "-")
        path.write_bytes(Path(started.value.path()).read_bytes())
        path.chmod(0o644)
        return path
