"""Import of lists through the command: all or nothing, newer only, the same file once."""

import io
import json
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from custody.audit.models import AuditEntry
from custody.compliance.models import ActiveList, ListAddress, ListEntry, ListName, SanctionsList
from custody.compliance.samples import OFAC_SYNTHETIC
from tests.compliance.files import SYNTHETIC_TEXT, real_list, written

pytestmark = pytest.mark.django_db


def run_import(path: Path) -> dict[str, Any]:
    out = io.StringIO()
    call_command("import_sanctions", "--source", "ofac", "--file", str(path), "--json", stdout=out)
    summary: dict[str, Any] = json.loads(out.getvalue())
    return summary


def newer(text: str = SYNTHETIC_TEXT) -> str:
    return text.replace("<Year>2020</Year>", "<Year>2021</Year>")


def test_the_summary_counts_what_was_imported() -> None:
    summary = run_import(OFAC_SYNTHETIC)
    assert summary.pop("seconds") >= 0
    assert len(summary.pop("sha256")) == 64
    assert summary == {
        "source": "ofac",
        "version": 1,
        "list_date": "2020-01-02",
        "is_new": True,
        "parties": 7,
        "names": 17,
        "weak_names": 2,
        "addresses": 7,
        "added": 7,
        "removed": 0,
        "changed": 0,
    }


def test_rows_carry_keys() -> None:
    run_import(OFAC_SYNTHETIC)
    entry = ListEntry.objects.get(profile_id="900002")
    assert (entry.kind, entry.programmes) == ("ENTITY", ["SYNTHETIC-A", "SYNTHETIC-B"])
    name = entry.names.get(alias_type="F.K.A.")
    assert (name.text, name.key) == ("MUSTER-SCHEIN & SÖHNE OHG", "muster ohg schein sohne")
    assert entry.addresses.get(currency="ETH").key == "0x9da3b4904d8b62a52c8aedff1fd6b669c9f026e5"


def test_the_same_file_again_changes_nothing() -> None:
    run_import(OFAC_SYNTHETIC)
    assert run_import(OFAC_SYNTHETIC)["is_new"] is False
    assert SanctionsList.objects.count() == 1


def test_a_newer_list_replaces_the_active_version(tmp_path: Path) -> None:
    run_import(OFAC_SYNTHETIC)
    changed = newer().replace("SPECIMEN STAR", "SPECIMEN MOON").replace('"900006"', '"900016"')
    summary = run_import(written(tmp_path, changed, packed=True))
    assert (summary["version"], summary["added"], summary["removed"], summary["changed"]) == (2, 1, 1, 1)
    assert ActiveList.objects.get().list.version == 2
    assert SanctionsList.objects.count() == 2


def test_an_older_list_is_refused(tmp_path: Path) -> None:
    run_import(written(tmp_path, newer()))
    with pytest.raises(CommandError, match="list_is_older"):
        run_import(OFAC_SYNTHETIC)
    assert ActiveList.objects.get().list.list_date.year == 2021


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("</SanctionsEntries>", "", "broken_list: not a complete XML file"),
        (">PLACEHOLDER<", ">***<", "broken_list: profile 900005: name has no letter"),
        (
            "bcrt1q79gxyyqr2s6x5gl6chw8h34wvwuphanxs048rr",
            "two words",
            "broken_list: profile 900002: not an address",
        ),
    ],
)
def test_a_broken_list_changes_nothing(tmp_path: Path, old: str, new: str, message: str) -> None:
    run_import(OFAC_SYNTHETIC)
    with pytest.raises(CommandError, match=message):
        run_import(written(tmp_path, newer().replace(old, new)))
    assert ActiveList.objects.get().list.version == 1
    assert (SanctionsList.objects.count(), ListEntry.objects.count()) == (1, 7)
    assert (ListName.objects.count(), ListAddress.objects.count()) == (17, 7)


def test_a_truncated_list_is_refused_and_recorded(tmp_path: Path) -> None:
    path = written(tmp_path, SYNTHETIC_TEXT, packed=True)
    path.write_bytes(path.read_bytes()[:-100])
    with pytest.raises(CommandError, match="broken_list: compressed file is truncated") as error:
        run_import(path)
    assert error.value.returncode == 1
    entry = AuditEntry.objects.get(verb="compliance.list.import.refused")
    assert b'"code":"broken_list"' in bytes(entry.body)
    assert not SanctionsList.objects.exists()


def test_the_import_is_recorded() -> None:
    run_import(OFAC_SYNTHETIC)
    entry = AuditEntry.objects.get(verb="compliance.list.imported")
    assert (entry.subject, entry.actor_text) == ("list:ofac:1", "system:test")


def test_the_real_lists_are_imported_exactly() -> None:
    before = run_import(real_list("sdn_advanced_2025-08-27.xml.bz2"))
    assert (before["list_date"], before["parties"]) == ("2025-08-27", 17815)
    after = run_import(real_list("sdn_advanced_2025-11-19.xml.bz2"))
    assert (after["parties"], after["names"], after["weak_names"], after["addresses"]) == (
        18367,
        48482,
        4454,
        761,
    )
    assert (after["added"], after["removed"]) == (617, 65)
    assert after["seconds"] < 60
    assert ListName.objects.count() == before["names"] + after["names"]
    assert ListAddress.objects.count() == before["addresses"] + after["addresses"]
