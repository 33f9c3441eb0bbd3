"""A document for an offline signer, by hand: out of the page, over to the machine, back into the page."""

from dataclasses import replace
from pathlib import Path

import pytest
from playwright.sync_api import FilePayload

from custody.common import clock
from custody.common.ids import new_id
from custody.statements.genesis import Genesis
from scripts.embedded.genesis import ensure_demo_genesis, people_of
from tests.browser.looks import reload_until, watch
from tests.browser.site import Site
from tests.browser.test_signer_pages import approve
from tests.offline.machine import Machine

pytestmark = pytest.mark.xdist_group("live")
NAME = "Tresorraum"


@pytest.fixture
def machine(site: Site, tmp_path: Path) -> Machine:
    """The people of the demonstration on a machine of its own, and the web knows what it publishes."""
    genesis = Genesis.from_bytes(ensure_demo_genesis(site.world.layout).read_bytes())
    machine = Machine.set_up(tmp_path / "offline", replace(genesis, instance=new_id("ins", at=clock.now())))
    file = site.world.layout.state / "offline-signer.json"
    file.write_bytes(machine.published)
    file.chmod(0o644)
    site.world.manage("mirror_offline_signer", str(file), "--name", NAME, "--words", machine.words)
    return machine


def test_a_document_is_carried_to_the_offline_signer_and_back(site: Site, machine: Machine) -> None:
    page = site.log_in("security")
    errors = watch(page)

    def screens(name: str, path: str) -> None:
        site.screens(page, name, path)

    page.goto(f"{site.base}/admin/hsm/trustdraft/add/?type=HOLD")
    page.locator("[name=signer]").select_option(label=NAME)
    page.locator("[name=scope]").select_option("CLIENT")
    page.locator("[name=ref]").fill("cli_01KAJ8X0000000000000000002")
    page.locator("[name=reason]").fill("Hinweis der Bank")
    page.locator("main form button").click()
    draft = page.url
    with page.expect_download() as started:
        page.locator("#do-take button").click()
    approval = approve(site, Path(started.value.path()).read_bytes())
    page.locator("#do-approve summary").click()
    page.locator("#do-approve [type=file]").set_input_files(
        FilePayload(name="a.json", mimeType="application/json", buffer=approval)
    )
    page.locator("#do-approve form button").click()
    page.locator("#do-submit summary").click()
    page.locator("#do-submit form button").click()
    page.goto(f"{site.base}/admin/hsm/signingrequest/?kind__exact=TRUST")
    page.get_by_text(f"zu tragen nach: {NAME}").first.wait_for()
    screens("offline-1-requests", "/admin/hsm/signingrequest/?kind__exact=TRUST")
    page.locator("#result_list tbody a").first.click()
    request = page.url.removeprefix(site.base)
    screens("offline-2-request", request)
    page.get_by_role("link", name="Als QR-Codes zeigen").click()
    screens("offline-3-codes", page.url.removeprefix(site.base))
    page.goto(site.base + request)
    with page.expect_download() as started:
        page.locator("#do-carry button").click()
    custodian = people_of(ensure_demo_genesis(site.world.layout))["security"]
    data = machine.answer(Path(started.value.path()).read_bytes(), custodian=custodian, typed="HOLD")
    answer = page.locator("#do-answer")
    if not answer.locator("[type=file]").is_visible():
        answer.locator("summary").click()
    answer.locator("[type=file]").set_input_files(
        FilePayload(name="answer.json", mimeType="application/json", buffer=data)
    )
    answer.locator("form button").click()
    page.locator(".record-head .status.good").wait_for()
    screens("offline-4-answered", request)
    page.goto(draft)
    reload_until(page, page.locator(".record-head .status.good"))
    assert errors == []
