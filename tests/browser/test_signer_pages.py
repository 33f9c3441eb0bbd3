"""The security officer's way: draft, sign outside, bring, hand over; throw the switch; look at requests."""

import json
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import FilePayload

from custody.common import clock
from custody.statements.approval import Approval, Statement, Subject
from custody.statements.policy import Policy
from custody.statements.proof import Ed25519Proof
from custody.statements.trust import TrustDocument
from scripts.approver.home import Home
from scripts.embedded.genesis import home_path, passphrase_path
from tests.browser.looks import reload_until, watch
from tests.browser.site import Site

pytestmark = pytest.mark.xdist_group("live")
# The person of the trust store that the security officer's account belongs to here.
PERSON = "deputy"


def approve(site: Site, data: bytes) -> bytes:
    """What the person's own console program makes of the downloaded bytes."""
    document = TrustDocument.from_bytes(data)
    published = json.loads((site.world.layout.public / "signer.json").read_text())
    statement = Statement(
        instance=document.instance,
        person=document.maker,
        subject=Subject(format="custody/trust/v1", hash=document.hash),
        verdict="APPROVE",
        policy=Policy.from_json(published["policy"]).hash,
        nonce="5a" * 16,
        expires_at=clock.now().replace(microsecond=0) + timedelta(hours=1),
    )
    home = home_path(site.world.layout, PERSON)
    key = Home.find(home).key(passphrase_path(home).read_text())
    proof = Ed25519Proof(
        credential=key.public_key().public_bytes_raw().hex(),
        signature=key.sign(bytes.fromhex(statement.hash)).hex(),
    )
    return json.dumps(Approval(statement=statement, proof=proof).to_json()).encode()


def test_a_hold_from_draft_to_effect_and_the_switch(site: Site) -> None:
    page = site.log_in("security")
    errors = watch(page)

    def screens(name: str, path: str) -> None:
        site.screens(page, name, path)

    page.goto(f"{site.base}/admin/hsm/trustdraft/add/")
    screens("signer-1-choose", "/admin/hsm/trustdraft/add/")
    page.get_by_role("link", name="Sperre", exact=True).click()
    screens("signer-2-form", "/admin/hsm/trustdraft/add/?type=KEY_ACTIVATE")
    page.locator("[name=scope]").select_option("CLIENT")
    page.locator("[name=ref]").fill("cli_01KAJ8X0000000000000000001")
    page.locator("[name=reason]").fill("Hinweis der Bank")
    page.locator("main form button").click()
    with page.expect_download() as started:
        page.locator("#do-take button").click()
    data = Path(started.value.path()).read_bytes()
    draft = page.url.removeprefix(site.base)
    screens("signer-3-draft", draft)
    approval = FilePayload(name="a.json", mimeType="application/json", buffer=approve(site, data))
    page.locator("#do-approve summary").click()
    page.locator("#do-approve [type=file]").set_input_files(approval)
    page.locator("#do-approve form button").click()
    page.locator("#do-submit summary").click()
    page.locator("#do-submit form button").click()
    reload_until(page, page.locator(".record-head .status.good"))
    screens("signer-4-accepted", draft)
    screens("signer-5-requests", "/admin/hsm/signingrequest/")
    screens("signer-6-keys", "/admin/hsm/signingkey/")
    page.goto(f"{site.base}/admin/hsm/signingkey/")
    page.locator("#result_list tbody a").first.click()
    screens("signer-7-key", page.url.removeprefix(site.base))
    page.goto(f"{site.base}/admin/hsm/signingrequest/?kind__exact=TRUST")
    page.locator("#result_list tbody a").first.click()
    screens("signer-8-request", page.url.removeprefix(site.base))
    screens("signer-10-modules", "/admin/hsm/hsmmodule/")
    screens("signer-11-heads", "/admin/hsm/checkpoint/")
    assert errors == []


def test_the_switch_is_thrown_and_lifted_by_two(site: Site) -> None:
    page = site.log_in("security", width=390)
    page.goto(f"{site.base}/admin/")
    page.locator(".office-switch").click()
    page.locator("[name=reason]").fill("Probe")
    page.locator("[name=word]").fill("STOPP")
    page.keyboard.press("Enter")
    page.locator(".banner").get_by_text("Das Signieren ist gestoppt").wait_for()
    stop = page.url.removeprefix(site.base)
    site.screens(page, "signer-9-stopped", stop)
    for name, deed in (("security", "ask"), ("compliance", "lift")):
        view = page if name == "security" else site.log_in(name)
        view.goto(site.base + stop)
        if not view.locator(f"#do-{deed}").get_attribute("open"):
            view.locator(f"#do-{deed} summary").click()
        field = view.locator(f"#do-{deed} [name={deed}-token]")
        if not field.is_visible():
            view.locator(f"#do-{deed} summary").click()
        field.fill(site.people[name].code())
        view.locator(f"#do-{deed} form button").click()
        view.locator("#messages, [role=status]").first.wait_for()
    page.goto(f"{site.base}/admin/")
    assert not page.locator(".banner").count()
