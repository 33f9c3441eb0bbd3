"""Every button of the back office against every role that does not have its right.

Offered or not, a deed can be posted. It is refused, recorded under its action, and changes nothing;
on a page that the role does not open, the record does not exist.
"""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.apps import apps
from django.contrib import admin

from custody.accounts.models import User
from custody.accounts.roles import ROLE_RIGHTS, Right, Role
from custody.accounts.services import link_person
from custody.audit.models import AuditEntry
from custody.chains.bitcoin.address import p2wpkh_address
from custody.chains.bitcoin.script import p2wpkh_script
from custody.common.errors import ForbiddenError
from custody.common.ids import new_id
from custody.compliance.models import Hit
from custody.compliance.services import register_party, screen_party
from custody.hsm.models import AddressAttestation, Checkpoint, SigningRequest
from custody.hsm.register import enter_module
from custody.hsm.trust.stops import stop_signing
from custody.reports import states
from custody.reports.models import ReportRun
from custody.reports.services import download_report, fail_run, request_report, retry_run
from custody.statements.intent import Fee, Intent, Payee, Reason, Source
from custody.wallets.models import TransferIntent, Wallet
from custody.wallets.services import create_intent
from custody.web.admin import Deed, RecordAdmin
from tests.cast import AT, fresh_code, logged_in
from tests.harness.bitcoin import MERCHANT_ADDRESS, REGTEST, public_key
from tests.portal.conftest import stage
from tests.portal.stage import Stage
from tests.wallets.deals import ASSET, INSTANCE

__all__ = ["stage"]

CAST = {
    Role.COMPLIANCE_OFFICER: "officer",
    Role.TREASURY: "treasurer",
    Role.MEDIATOR: "mediator",
    Role.KEY_CUSTODIAN: "custodian",
    Role.SECURITY_OFFICER: "security",
    Role.AUDITOR: "auditor",
    Role.ADMIN: "administrator",
}
MODULE = {
    "backend": "cold", "vendor": "Acme", "model": "One", "serial": "1", "firmware": "2", "certificate": "",
    "standard": "", "level": "", "status": "NONE", "sunset": None, "in_use": True,
}  # fmt: skip
LISTED = "Sheinfal, Valdemar OSTENOVICH"


def pages() -> Iterator[tuple[str, RecordAdmin[Any], Deed[Any], bool]]:
    """(model, page, deed, whether it begins a record) of all that is registered."""
    for model, page in admin.site._registry.items():
        if isinstance(page, RecordAdmin):
            for deed in page._all_deeds:
                yield model._meta.label, page, deed, False
            if page.begin:
                yield model._meta.label, page, page.begin, True


def everything() -> dict[str, list[Any]]:
    """All rows of the product but those of the record and of log-ins."""
    models = [model for model in apps.get_models() if model.__module__.startswith("custody.")]
    kept = [model for model in models if model._meta.app_label not in {"audit", "signer_store"}]
    left_out = {"accounts.User", "accounts.Authenticator"}
    rows = {
        model._meta.label: list(model._default_manager.order_by("pk").values_list())
        for model in kept
        if model._meta.label not in left_out
    }
    people = User.objects.order_by("pk").values_list("pk", "password", "is_active", "totp_key", "is_staff")
    return rows | {"people": list(people)}


@pytest.fixture
def failed_run(db: None) -> ReportRun:
    run = request_report(actor="system:test", report="R3", about="2026-10", at=AT)
    fail_run(run_id=run.pk, reason="layout", at=AT)
    return run


@pytest.fixture
def people(request: pytest.FixtureRequest) -> dict[Role, User]:
    return {role: request.getfixturevalue(name) for role, name in CAST.items()}


@pytest.fixture
def house_intent(db: None) -> TransferIntent:
    """A payment out of a wallet of the house that waits for approvals."""
    key = public_key("house")
    wallet = Wallet.objects.create(
        id=new_id("wal", at=AT),
        owner=Wallet.Owner.HOUSE,
        chain=REGTEST,
        asset=ASSET,
        script_pubkey=p2wpkh_script(key),
        address=p2wpkh_address(key, REGTEST),
        signing_key="key_01KAJ8V0000000000000000001",
        public_key=key.hex(),
        created_at=AT,
    )
    document = Intent(
        id=new_id("int", at=AT),
        instance=INSTANCE,
        kind="TRANSFER",
        asset=ASSET,
        source=Source(wallet=wallet.pk, owner="HOUSE"),
        payees=(Payee(to=MERCHANT_ADDRESS, amount=1_000),),
        fee=Fee(max=1_000),
        reason=Reason(code="TREASURY", ref=wallet.pk),
        maker="per_01KAJ8Q0000000000000000001",
        policy="00" * 32,
        expires_at=AT + timedelta(hours=48),
    )
    return create_intent(actor="system:test", document=document, needs_our_key=True, at=AT)


@pytest.fixture
def head(db: None) -> Checkpoint:
    """A head of the record that the signer has signed."""
    request = SigningRequest.objects.create(
        id=new_id("req", at=AT), kind="CHECKPOINT", subject="main", body=b"{}", created_at=AT
    )
    return Checkpoint.objects.create(
        stream="main", position=1, link="00" * 32, at=AT, signature="00" * 64, request=request
    )


@pytest.fixture
def issued(db: None) -> AddressAttestation:
    """An address that the signer has issued."""
    request = SigningRequest.objects.create(
        id=new_id("req", at=AT), kind="ADDRESS", subject="x", body=b"{}", created_at=AT
    )
    return AddressAttestation.objects.create(
        owner="x", chain=REGTEST, address=MERCHANT_ADDRESS, at=AT, body=b"{}", request=request
    )


@pytest.fixture
def records(
    stage: Stage,
    failed_run: ReportRun,
    house_intent: TransferIntent,
    head: Checkpoint,
    issued: AddressAttestation,
    buyer: User,
    custodian: User,
) -> dict[str, str]:
    """Id of a record of each kind that has buttons."""
    register_party(actor="system:test", subject="cli_listed", names=[LISTED], at=AT)
    screening = screen_party(actor="system:test", subject="cli_listed", purpose="ONBOARDING", at=AT)
    hit = Hit.objects.get(pk=screening.hits[0])
    link_person(actor="system:test", user=custodian, person="per_01KAJ8Q0000000000000000002", at=AT)
    stop = stop_signing(actor=custodian, word="STOPP", reason="test", at=AT)
    asked = SigningRequest.objects.create(
        id="req_01KAJ8W0000000000000000001", kind="TRUST", subject="x", body=b"{}", created_at=AT
    )
    return {
        "accounts.User": buyer.pk,
        "compliance.Hit": hit.pk,
        "escrow.Deal": stage.deal.pk,
        "hsm.SigningRequest": asked.pk,
        "hsm.HsmModule": enter_module(actor=custodian, values=MODULE, at=AT).pk,
        "hsm.AddressAttestation": str(issued.pk),
        "hsm.Checkpoint": str(head.pk),
        "hsm.SigningStop": stop.pk,
        "hsm.TrustDraft": stop.draft.pk if stop.draft else "",
        "reports.ReportRun": failed_run.pk,
        "wallets.Wallet": house_intent.wallet_id,
        "wallets.TransferIntent": house_intent.pk,
    }


def test_no_deed_is_done_without_its_right(people: dict[Role, User], records: dict[str, str]) -> None:
    before, expected = everything(), []
    for label, page, deed, begins in pages():
        path = f"/admin/{label.lower().replace('.', '/')}/"
        path += "add/" if begins else f"{records[label]}/do/{deed.name}/"
        for role, user in people.items():
            if deed.right in ROLE_RIGHTS[role]:
                continue
            sent = {f"{deed.name}-token": fresh_code(user), "token": fresh_code(user)}
            is_open = page.view_right in ROLE_RIGHTS[role]
            status = 403 if begins else 400 if is_open else 404
            assert (path, role, logged_in(user).post(path, sent).status_code) == (path, role, status)
            about = records[label] if is_open and not begins else ""
            expected.append((f"{deed.action}.refused", user.pk, about))
    entries = AuditEntry.objects.filter(verb__endswith=".refused").order_by("pk")
    assert list(entries.values_list("verb", "actor", "subject")) == expected
    assert everything() == before
    assert len(expected) > 60


@pytest.mark.parametrize("role", [role for role in Role if Right.MAKE_REPORT not in ROLE_RIGHTS[role]])
def test_reports_are_made_by_right_alone(
    role: Role, people: dict[Role, User], stage: Stage, failed_run: ReportRun
) -> None:
    actor = people[role]
    with pytest.raises(ForbiddenError) as making:
        request_report(actor=actor, report="R7", about=stage.deal.pk, at=AT)
    with pytest.raises(ForbiddenError) as retrying:
        retry_run(actor=actor, run_id=failed_run.pk, at=AT)
    assert (making.value.code, retrying.value.code) == ("no_right", "no_right")
    assert list(ReportRun.objects.values_list("pk", "state")) == [(failed_run.pk, states.FAILED)]


@pytest.mark.parametrize("role", [role for role in Role if Right.VIEW_REPORT not in ROLE_RIGHTS[role]])
def test_reports_are_taken_by_right_alone(
    role: Role, people: dict[Role, User], failed_run: ReportRun
) -> None:
    with pytest.raises(ForbiddenError) as error:
        download_report(actor=people[role], run_id=failed_run.pk, at=AT)
    assert error.value.code == "no_right"
