"""The HSM register: entered by one, confirmed by another, shown beside what the device says."""

from typing import Any

import pytest
from django.db import IntegrityError, transaction

from custody.accounts.models import User
from custody.audit.models import AuditEntry
from custody.hsm.held import devices, findings
from custody.hsm.models import HsmModule
from custody.hsm.validity import Code
from tests.cast import fresh_code, logged_in
from tests.hsm.office import Office
from tests.signer.genesis import MAKER

REGISTER = "/admin/hsm/hsmmodule/"
VALUES = {
    "backend": "pkcs11", "vendor": "SoftHSM project", "model": "SoftHSM v2", "serial": "1", "firmware": "2.6",
    "status": "NONE", "in_use": "on",
}  # fmt: skip


@pytest.fixture
def known(office: Office) -> Office:
    """The web side has what the signer publishes."""
    office.bench.public.publish_identity(at=office.now)
    office.enact("HOLD", MAKER, scope="DEAL", ref="deal_01KAJ8P0000000000000000009")
    return office


def enter(office: Office, **changes: str) -> Any:
    return office.post(f"{REGISTER}add/", VALUES | changes)


def entered(office: Office, **changes: str) -> HsmModule:
    response = enter(office, **changes)
    assert response.status_code == 302, response.content.decode()
    return HsmModule.objects.get(state="ENTERED")


def check(user: User, module: HsmModule, deed: str = "confirm") -> Any:
    token = fresh_code(user)
    return logged_in(user).post(f"{REGISTER}{module.pk}/do/{deed}/", {f"{deed}-token": token})


def test_an_entry_counts_once_another_has_confirmed(known: Office, custodian: User) -> None:
    module = entered(known)
    assert (module.state, module.entered_by, module.module) == ("ENTERED", known.user, module.pk)
    assert Code.NOT_REGISTERED in {item.code for item in findings(at=known.now).all}
    assert check(custodian, module).status_code == 302
    module.refresh_from_db()
    assert (module.state, module.checked_by) == ("CONFIRMED", custodian)
    codes = {item.code for item in findings(at=known.now).all}
    assert codes == {Code.NOT_VALIDATED, Code.DIFFERS}
    verbs = AuditEntry.objects.filter(subject=module.pk, verb__startswith="hsm.module").order_by("pk")
    assert [entry.verb for entry in verbs] == ["hsm.module.entered", "hsm.module.confirmed"]


def test_nobody_confirms_their_own_entry(known: Office) -> None:
    module = entered(known)
    response = check(known.user, module)
    assert response.status_code == 400
    assert "another person has to confirm" in response.content.decode()
    module.refresh_from_db()
    assert module.state == "ENTERED"
    with pytest.raises(IntegrityError, match="hsm_module_checked_by_another"), transaction.atomic():
        HsmModule.objects.filter(pk=module.pk).update(
            state="CONFIRMED", checked_by=known.user, checked_at=known.now
        )


def test_who_may_only_look_neither_enters_nor_confirms(known: Office, auditor: User) -> None:
    module = entered(known)
    reader = logged_in(auditor)
    assert reader.get(f"{REGISTER}{module.pk}/change/").status_code == 200
    assert reader.post(f"{REGISTER}add/", VALUES).status_code == 403
    assert check(auditor, module).status_code in {400, 403}
    module.refresh_from_db()
    assert (module.state, HsmModule.objects.count()) == ("ENTERED", 1)


def test_a_change_replaces_the_entry_in_force(known: Office, custodian: User) -> None:
    first = entered(known)
    check(custodian, first)
    serial = devices()["pkcs11"].module["serial"]
    changed = {f"change-{name}": value for name, value in (VALUES | {"serial": serial}).items()}
    assert known.post(f"{REGISTER}{first.pk}/do/change/", changed).status_code == 302
    second = HsmModule.objects.get(state="ENTERED")
    assert (second.module, second.serial) == (first.pk, serial)
    again = known.post(f"{REGISTER}{first.pk}/do/change/", changed)
    assert "a change of this module waits already" in again.content.decode()
    check(custodian, second)
    first.refresh_from_db()
    assert first.state == "REPLACED"
    assert {item.code for item in findings(at=known.now).all} == {Code.NOT_VALIDATED}


def test_a_returned_entry_changes_nothing(known: Office, custodian: User) -> None:
    module = entered(known)
    assert check(custodian, module, "return").status_code == 302
    module.refresh_from_db()
    assert (module.state, module.checked_by) == ("RETURNED", custodian)
    again = check(custodian, module)
    assert again.status_code == 400
    assert Code.NOT_REGISTERED in {item.code for item in findings(at=known.now).all}


def test_one_module_in_use_per_back_end(known: Office, custodian: User) -> None:
    check(custodian, entered(known))
    second = entered(known, serial="2")
    response = check(custodian, second)
    assert response.status_code == 400
    assert "An diesem Schlüsselsystem ist ein anderes Modul in Gebrauch." in response.content.decode()
    second.refresh_from_db()
    assert second.state == "ENTERED"


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"status": "ACTIVE"}, "a certificate has a number"),
        ({"sunset": "2030-01-01"}, "only a certificate has a sunset"),
        ({"backend": "Not a name"}, "backend"),
        ({"status": "GOLD"}, "status"),
        ({"sunset": "tomorrow"}, "sunset"),
    ],
)
def test_refuses_what_cannot_be_so(known: Office, changes: dict[str, str], field: str) -> None:
    response = enter(known, **changes)
    assert response.status_code == 400
    assert field in response.content.decode()
    assert not HsmModule.objects.exists()


def test_the_page_shows_register_and_device_side_by_side(known: Office, custodian: User) -> None:
    module = entered(known)
    check(custodian, module)
    page = known.page(f"{REGISTER}{module.pk}/change/")
    device = page.partition("What the device says")[2]
    assert devices()["pkcs11"].module["serial"] in device
    assert (device.count("agrees"), device.count("differs")) == (3, 1)
    assert "device says something else than the register" in page
    assert "module is not validated" in page
    assert "No session with this token was reported." in page


def test_key_pages_and_worklist_name_the_findings(known: Office, custodian: User) -> None:
    key = known.bench.key("seal").id
    page = known.page(f"/admin/hsm/signingkey/{key}/change/")
    assert "module is not in the HSM register" in page
    home = known.page("/admin/")
    assert "Validity: module is not in the HSM register" in home
    assert f'href="{REGISTER}add/?backend=pkcs11"' in home
    module = entered(known)
    assert "Confirm an entry of the HSM register" in known.page("/admin/")
    check(custodian, module)
    home = known.page("/admin/")
    assert "Validity: device says something else than the register" in home
    assert "module is not validated" not in home
    assert f'href="{REGISTER}{module.pk}/change/"' in known.page(f"/admin/hsm/signingkey/{key}/change/")
