"""What people come for, clicked through in a real browser on real components."""

import subprocess
from pathlib import Path

import pytest

from tests.browser.looks import WIDTHS, has_no_sideways_scroll, reload_until, watch
from tests.browser.site import BrowserParty, Site

pytestmark = pytest.mark.xdist_group("live")


def test_a_party_goes_from_log_in_to_payout(site: Site) -> None:
    page = site.log_in("buyer")
    errors = watch(page)
    buyer = BrowserParty.at(site, page, "buyer")
    merchant = site.party("merchant")
    stage = site.stage(buyer, merchant)
    deal = site.open_deal(stage, "Zwei Druckmaschinen")

    def screens(name: str, path: str = f"/deals/{deal}/") -> None:
        site.screens(page, name, path)

    page.goto(site.base)
    assert page.get_by_text("Zwei Druckmaschinen").is_visible()
    screens("portal-1-deals", "/")
    buyer.join(deal)
    merchant.join(deal)
    screens("portal-2-joined")
    site.propose_terms(stage, deal)
    buyer.open(deal)
    screens("portal-3-terms")
    buyer.sign_terms(deal)
    merchant.sign_terms(deal)
    buyer.open(deal).locator("#give-nonce").wait_for()
    screens("portal-4-challenge")
    buyer.give_nonce(deal)
    merchant.give_nonce(deal)
    buyer.prove_key(deal)
    merchant.prove_key(deal)
    stage.wait_for(deal, "KEYS_PROVEN")
    screens("portal-5-address")
    checksum = buyer.confirm_address(deal)
    merchant.confirm_address(deal)
    stage.office.do("mediator", f"escrow/deal/{deal}", "confirm_address", checksum=str(checksum))
    buyer.open(deal).locator("#fund").wait_for()
    screens("portal-6-fund")
    site.fund(stage, deal, blocks=1)
    page.get_by_text("1 Bestätigung").wait_for()
    site.node.mine(6)
    page.locator("#propose-release").wait_for()
    screens("portal-7-funded")
    buyer.propose_release(deal)
    page.locator("#sign-payout").wait_for()
    screens("portal-8-sign")
    buyer.sign_payout(deal)
    merchant.sign_payout(deal)
    stage.wait_for(deal, "RELEASE_BROADCAST")
    site.node.mine(6)
    page.get_by_text("an den Händler gezahlt").first.wait_for()
    screens("portal-9-released")
    assert errors == []


def test_an_officer_makes_and_downloads_a_case_file(site: Site, tmp_path: Path) -> None:
    stage = site.stage(site.party("buyer"), site.party("merchant"))
    deal = site.open_deal(stage, "Eine Werkzeugmaschine")
    stage.buyer.join(deal)
    page = site.log_in("compliance")
    errors = watch(page)

    def screens(name: str, path: str) -> None:
        site.screens(page, name, path)

    assert page.url == f"{site.base}/admin/"
    screens("office-1-due", "/admin/")
    page.goto(f"{site.base}/admin/escrow/deal/")
    page.get_by_role("link", name="Eine Werkzeugmaschine").first.click()
    screens("office-2-deal", f"/admin/escrow/deal/{deal}/change/")
    page.get_by_role("button", name="Fallakte erstellen").click()
    download = page.get_by_role("button", name="Gesiegeltes PDF laden")
    reload_until(page, download)
    screens("office-3-report", page.url.removeprefix(site.base))
    with page.expect_download() as started:
        download.click()
    file = tmp_path / "case.pdf"
    started.value.save_as(file)
    found = subprocess.run(["pdfsig", "-nocert", str(file)], capture_output=True, text=True, check=False)
    assert "Signature is Valid" in found.stdout
    for name in (
        "compliance/hit",
        "hsm/signingrequest",
        "hsm/signingkey",
        "reports/reportrun",
        "audit/auditentry",
    ):
        screens(f"office-4-{name.replace('/', '-')}", f"/admin/{name}/")
    assert errors == []


@pytest.mark.parametrize("width", WIDTHS)
def test_log_in_by_keyboard_alone(site: Site, width: int) -> None:
    page = site.browser.new_context(viewport={"width": width, "height": 844}).new_page()
    errors = watch(page)
    page.goto(f"{site.base}/account/login/")
    page.wait_for_function("document.activeElement.name === 'email'")
    page.keyboard.type(site.people["auditor"].login["email"])
    page.keyboard.press("Tab")
    page.keyboard.type(site.people["auditor"].login["password"])
    page.keyboard.press("Enter")
    page.wait_for_url("**/account/code/**")
    page.screenshot(path=f".local/screens/login-code-{width}.png")
    page.get_by_label("Code").fill("000000")
    page.keyboard.press("Enter")
    page.get_by_role("alert").wait_for()
    page.screenshot(path=f".local/screens/login-wrong-{width}.png")
    assert has_no_sideways_scroll(page)
    assert [error for error in errors if "400" not in error] == []
