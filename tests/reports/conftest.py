"""A desk that seals, and deals to report about."""

from pathlib import Path

import pytest

from custody.hsm.models import SignerIdentity
from custody.reports.identity import SignerIdentity as PublishedIdentity
from custody.reports.identity import read_identity
from custody.reports.models import ReportRun
from custody.reports.render.pdf import render_pdf
from custody.reports.services import request_report, steps
from tests.cast import AT
from tests.escrow.conftest import funded, stage  # noqa: F401 - fixtures
from tests.reports.desk import Desk, with_twin
from tests.wallets.conftest import _node_of_tests, rules  # noqa: F401 - fixtures
from tests.wallets.deals import INSTANCE, POLICY

MONTH = "2026-10"
_layouts: list[bytes] = []


@pytest.fixture(autouse=True)
def shared_layout(monkeypatch: pytest.MonkeyPatch) -> None:
    """Lay the pages out once and exchange the twin after that: most tests are not about pages.

    Modules that are override this fixture by one that does nothing.
    """
    monkeypatch.setattr(steps, "render_pdf", _render_once)


def _render_once(*, html: str, twin: bytes, twin_name: str) -> bytes:
    if not _layouts:
        _layouts.append(render_pdf(html=html, twin=twin, twin_name=twin_name))
    return with_twin(_layouts[0], twin=twin, name=twin_name)


@pytest.fixture(scope="session")
def keys_and_certificates() -> Desk:
    return Desk.open()


@pytest.fixture
def desk(db: None, keys_and_certificates: Desk) -> Desk:
    """The signer's keys are known to the web side."""
    SignerIdentity.objects.get_or_create(
        only=True,
        defaults={"instance": INSTANCE, "genesis": "00" * 32, "demo": True, "policy": POLICY.to_bytes()},
    )
    keys_and_certificates.register()
    return keys_and_certificates


@pytest.fixture
def published(desk: Desk, tmp_path: Path) -> PublishedIdentity:
    """What an examiner was given of the signer."""
    return read_identity(desk.publish(tmp_path))


@pytest.fixture
def run(desk: Desk) -> ReportRun:
    """R3 of October 2026, requested."""
    return request_report(actor="system:test", report="R3", about=MONTH, at=AT)


@pytest.fixture
def made(desk: Desk, run: ReportRun) -> ReportRun:
    """The same, made and under a checkpoint."""
    made = desk.make(run)
    desk.checkpoint()
    return made
