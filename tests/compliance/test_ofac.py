"""The reader of OFAC's advanced XML: what it takes from the file, and every broken file refused."""

from collections import Counter
from datetime import date
from pathlib import Path

import pytest

from custody.compliance.lists.base import BrokenListError, ListedAddress, ListedName
from custody.compliance.lists.files import open_list
from custody.compliance.lists.ofac import read_ofac
from custody.compliance.samples import OFAC_SYNTHETIC
from tests.compliance.files import SYNTHETIC_TEXT, parse, real_list, written


def test_all_parties_of_the_synthetic_list_are_read() -> None:
    parsed = parse(OFAC_SYNTHETIC)
    assert parsed.list_date == date(2020, 1, 2)
    assert [(party.profile_id, party.kind, party.name) for party in parsed.parties] == [
        ("900001", "PERSON", "Waldemar Østen SCHEINFALL"),
        ("900002", "ENTITY", "MUSTERSCHEIN HANDELS GMBH"),
        ("900003", "PERSON", "Faris AL-MITHAL"),
        ("900004", "PERSON", "Eva-Marie BEISPIELOVÁ D'EXEMPLE"),
        ("900005", "VESSEL", "SPECIMEN STAR"),
        ("900006", "AIRCRAFT", "XX-TEST"),
        ("900007", "ENTITY", "PROBE ELECTRONICS TECHNOLOGY"),
    ]


def test_names_carry_parts_alias_weakness_and_script() -> None:
    names = parse(OFAC_SYNTHETIC).parties[0].names
    assert names[1] == ListedName(
        text="Вальдемар Шайнфаль",
        parts=(("First Name", "Вальдемар"), ("Last Name", "Шайнфаль")),
        alias_type="Name",
        is_primary=True,
        is_weak=False,
        script="Cyrl",
    )
    assert [(name.alias_type, name.is_weak) for name in names[2:]] == [("A.K.A.", False), ("A.K.A.", True)]


def test_addresses_and_programmes_are_read() -> None:
    party = parse(OFAC_SYNTHETIC).parties[1]
    assert party.addresses == (
        ListedAddress("XBT", "1MJLFX3pn4PrQUsUGZ8DGY2aps2AdBi7aw"),
        ListedAddress("XBT", "bcrt1q79gxyyqr2s6x5gl6chw8h34wvwuphanxs048rr"),
        ListedAddress("ETH", "0x9da3b4904D8b62a52c8aeDff1fd6b669c9f026e5"),
    )
    assert party.programmes == ("SYNTHETIC-A", "SYNTHETIC-B")


def test_the_digest_changes_with_what_officers_see() -> None:
    before, after = parse(OFAC_SYNTHETIC).parties[:2]
    assert before.digest == parse(OFAC_SYNTHETIC).parties[0].digest
    assert before.digest != after.digest


def test_a_packed_file_reads_the_same(tmp_path: Path) -> None:
    assert parse(written(tmp_path, SYNTHETIC_TEXT, packed=True)) == parse(OFAC_SYNTHETIC)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("</Sanctions>", "", "not a complete XML file"),
        ("<Sanctions xmlns", "<Sanction xmlns", "not a complete XML file"),
        ("<Year>2020</Year>", "", "DateOfIssue lacks Year"),
        ("<Month>1</Month>", "<Month>13</Month>", "DateOfIssue is not a date"),
        ("DateOfIssue", "DateOfNothing", "DateOfIssue is missing"),
        ("DistinctParty ", "LostParty ", "not a complete XML file"),
        ('ProfileID="900003"', 'ProfileID="900033"', "2 profiles lack their party or their SanctionsEntry"),
        ('Profile ID="900003"', 'Profile ID="900002"', "profile 900002 occurs twice"),
        ('<NamePartType ID="1520"', '<NamePartType ID="1"', "refers to unknown number 1520"),
        ('<FeatureType ID="344"', '<FeatureType ID="1"', "profile 900002 refers to unknown number 344"),
        ('<Script ID="220"', '<Script ID="1"', "profile 900001 refers to unknown number 220"),
        (">XX-TEST<", "><", "name 990048 is empty"),
        (' PartySubTypeID="4"', "", "Profile lacks PartySubTypeID"),
    ],
)
def test_a_broken_file_is_refused_and_named(tmp_path: Path, old: str, new: str, message: str) -> None:
    assert old in SYNTHETIC_TEXT
    with pytest.raises(BrokenListError, match=message) as error:
        parse(written(tmp_path, SYNTHETIC_TEXT.replace(old, new)))
    assert (error.value.code, error.value.field) == ("broken_list", "file")


def test_a_party_without_names_is_refused(tmp_path: Path) -> None:
    text = SYNTHETIC_TEXT.replace("<Alias ", "<Other ").replace("</Alias>", "</Other>")
    with pytest.raises(BrokenListError, match="profile 900001 has no name"):
        parse(written(tmp_path, text))


def test_a_list_without_parties_is_refused(tmp_path: Path) -> None:
    head, _, rest = SYNTHETIC_TEXT.partition("<DistinctParties>")
    text = head + rest.partition("</DistinctParties>")[2]
    with pytest.raises(BrokenListError, match="there is no DistinctParty"):
        parse(written(tmp_path, text))


def test_a_truncated_packed_file_is_refused(tmp_path: Path) -> None:
    path = written(tmp_path, SYNTHETIC_TEXT, packed=True)
    path.write_bytes(path.read_bytes()[:-20])
    with pytest.raises(BrokenListError, match="compressed file is truncated"):
        parse(path)


def test_a_damaged_packed_file_is_refused(tmp_path: Path) -> None:
    path = written(tmp_path, SYNTHETIC_TEXT, packed=True)
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)
    with pytest.raises(BrokenListError, match="compressed file is broken"):
        parse(path)


def test_another_xml_format_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BrokenListError, match="root element is not Sanctions"):
        parse(written(tmp_path, "<CONSOLIDATED_LIST/>"))


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BrokenListError, match="file cannot be read: No such file"):
        parse(tmp_path / "nothing.xml")


def test_entities_are_not_expanded(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("leak")
    entity = f'<!DOCTYPE Sanctions [<!ENTITY x SYSTEM "{tmp_path}/secret">]>\n<Sanctions'
    text = SYNTHETIC_TEXT.replace("<Sanctions", entity, 1).replace(">XX-TEST<", ">&x;<")
    with pytest.raises(BrokenListError, match="name 990048 is empty"):
        parse(written(tmp_path, text))


def test_the_length_is_limited(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("custody.compliance.lists.files.MAX_BYTES", 10_000)
    with pytest.raises(BrokenListError, match="longer than 10000 bytes"):
        parse(OFAC_SYNTHETIC)


def test_the_real_list_is_read_completely() -> None:
    path = real_list("sdn_advanced_2025-11-19.xml.bz2")
    with open_list(path) as stream:
        parsed = read_ofac(stream)
        stream.drain()
    assert stream.sha256 == "36c517bd264d8d97eff353eadd8d84427d5eb293505a8ce07271a5bc258c3117"
    assert Counter(party.kind for party in parsed.parties) == {
        "ENTITY": 9359,
        "PERSON": 7303,
        "VESSEL": 1370,
        "AIRCRAFT": 335,
    }
    currencies = Counter(listed.currency for party in parsed.parties for listed in party.addresses)
    assert (currencies.total(), currencies["XBT"], currencies["ETH"]) == (761, 519, 77)
