"""The key report counts and names what the signer was asked and how it answered."""

import hashlib
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from custody.common import canonical
from custody.hsm.models import HsmModule, JournalEntry, SignerIdentity, SigningKey, SigningRequest
from custody.reports.definition import Scope
from custody.reports.definitions.r3 import collect
from custody.reports.periods import Month
from custody.reports.render.html import render_html
from custody.reports.wording import word
from custody.statements.store_entry import StoreEntry
from tests.cast import person
from tests.harness.signer_role import write_answer
from tests.reports.desk import Desk

OCTOBER = Scope(at=datetime(2026, 11, 21, tzinfo=UTC), month=Month(2026, 10))
IN_OCTOBER = datetime(2026, 10, 15, 12, 0, tzinfo=UTC)
BEFORE = datetime(2026, 9, 30, 21, 59, 59, tzinfo=UTC)
KEY = "key_01KAJ8W0000000000000000002"


@pytest.fixture
def request_of(desk: Desk) -> Any:
    """Insert a request with its results."""

    def insert(
        kind: str, *outcomes: str, at: datetime = IN_OCTOBER, subject: str = "run_1", **answer: str
    ) -> str:
        number = SigningRequest.objects.count()
        row = SigningRequest.objects.create(
            id=f"req_{number}", kind=kind, key=KEY, subject=subject, body=b"{}", created_at=at
        )
        for outcome in outcomes:
            body = canonical.encode(answer)
            write_answer(row, outcome=outcome, body=body, at=at)
        return row.pk

    return insert


def journal(seq: int, kind: str, at: datetime, **body: str) -> JournalEntry:
    document = canonical.encode({"seq": seq, "kind": kind, "body": body})
    digest = hashlib.sha256(document).hexdigest()
    return JournalEntry.objects.create(
        seq=seq, hash=digest, previous=f"{seq:064x}", kind=kind, at=at, body=document
    )


def test_is_valid_when_nothing_happened(desk: Desk) -> None:
    sections = collect(OCTOBER)
    assert len(sections.pop("keys")) == 3
    assert [item["code"] for item in sections.pop("validity")] == [
        "NOT_PROBED", "NOT_REGISTERED", "NOT_VALIDATED",
    ]  # fmt: skip
    assert sections == {
        "modules": [],
        "sessions": [],
        "lifecycle": [],
        "totals": [],
        "requests": [],
        "refused": [],
        "interrupted": 0,
        "journal": {"entries": 0},
    }


def test_counts_by_kind_and_outcome(request_of: Any) -> None:
    request_of("CMS_SEAL", "SIGNED")
    request_of("CMS_SEAL", "FAILED", "SIGNED")
    request_of("CMS_SEAL", "REFUSED", rule="foreign_certificate", culprit="/payload")
    request_of("TERMS", "RECORDED")
    request_of("TERMS")
    sections = collect(OCTOBER)
    assert sections["totals"] == [
        {"kind": "TERMS", "signed": 0, "recorded": 1, "refused": 0, "open": 1},
        {"kind": "CMS_SEAL", "signed": 2, "recorded": 0, "refused": 1, "open": 0},
    ]
    assert sections["interrupted"] == 1


def test_takes_the_month_of_berlin(request_of: Any) -> None:
    request_of("TERMS", "RECORDED", at=BEFORE)
    request_of("TERMS", "RECORDED", at=datetime(2026, 10, 31, 23, 0, tzinfo=UTC))
    inside = request_of("TERMS", "RECORDED", at=datetime(2026, 10, 31, 22, 59, 59, tzinfo=UTC))
    assert [item["id"] for item in collect(OCTOBER)["requests"]] == [inside]


def test_names_rule_and_place_of_a_refusal(request_of: Any) -> None:
    request_of("CMS_SEAL", "REFUSED", rule="foreign_certificate", culprit="/payload/signed_attributes")
    (refused,) = collect(OCTOBER)["refused"]
    assert (refused["rule"], refused["culprit"]) == ("foreign_certificate", "/payload/signed_attributes")


def test_only_counts_checkpoints_that_went_well(request_of: Any) -> None:
    request_of("CHECKPOINT", "SIGNED")
    bad = request_of("CHECKPOINT", "REFUSED", rule="not_the_next_position", culprit="/payload/from")
    sections = collect(OCTOBER)
    assert sections["totals"][0]["signed"] == 1
    assert [item["id"] for item in sections["requests"]] == [bad]


def test_lists_keys_as_they_were_at_the_end_of_the_month(desk: Desk) -> None:
    seal, checkpoint = SigningKey.objects.get(purpose="seal"), SigningKey.objects.get(purpose="checkpoint")
    made = {"key": seal.pk, "purpose": "seal", "class": "NEVER_LEAVES", "state": "ACTIVE"}
    journal(1, "KEY", BEFORE, **made)
    journal(2, "KEY", datetime(2026, 11, 2, tzinfo=UTC), **{**made, "state": "SUSPENDED"})
    journal(3, "KEY", datetime(2026, 11, 3, tzinfo=UTC), **{**made, "key": checkpoint.pk})
    SigningKey.objects.filter(pk=seal.pk).update(state="SUSPENDED")
    keys = {item["purpose"]: item for item in collect(OCTOBER)["keys"]}
    assert (keys["seal"]["state"], keys["seal"]["class"]) == ("ACTIVE", "NEVER_LEAVES")
    assert keys["seal"]["made_at"] == "2026-09-30T21:59:59Z"
    assert "checkpoint" not in keys


def test_lists_the_journal_events_of_the_month(desk: Desk) -> None:
    journal(7, "KEY", IN_OCTOBER, key="key_x", purpose="seal", state="ACTIVE")
    last = journal(8, "SIGN", IN_OCTOBER)
    sections = collect(OCTOBER)
    assert [(event["seq"], event["kind"], event["state"]) for event in sections["lifecycle"]] == [
        (7, "KEY", "ACTIVE")
    ]
    assert sections["journal"] == {"entries": 2, "first": 7, "last": 8, "head": last.hash}


DEVICE = {"manufacturer": "SoftHSM project", "model": "SoftHSM v2", "serial": "77", "firmware": "2.6"}
PROBE = {"at": "2026-10-01T08:00:00Z", "report": "ab" * 32, "module": DEVICE}


def publish(**changes: Any) -> None:
    """What the signer says of its back-end."""
    item = {"name": "pkcs11", "module": DEVICE, "seen_at": "2026-10-01T08:00:00Z", "probe": PROBE}
    SignerIdentity.objects.update(backends=[item | changes])


def enter(desk: Desk, **changes: Any) -> HsmModule:
    """A module in force."""
    values: dict[str, Any] = {
        "id": "hsm_01KAJ8W0000000000000000001", "module": "hsm_01KAJ8W0000000000000000001",
        "state": "CONFIRMED", "backend": "pkcs11", "vendor": "SoftHSM project", "model": "SoftHSM v2",
        "serial": "77", "firmware": "2.6", "status": "NONE", "entered_by": person("enterer"),
        "checked_by": person("checker"), "entered_at": IN_OCTOBER, "checked_at": IN_OCTOBER,
    }  # fmt: skip
    return HsmModule.objects.create(**values | changes)


def test_prints_the_software_token_as_not_validated(desk: Desk) -> None:
    publish()
    sections = collect(OCTOBER)
    assert sections["modules"] == [
        {
            "backend": "pkcs11",
            "status": "NONE",
            "device": DEVICE,
            "probe": {"at": "2026-10-01T08:00:00Z", "report": "ab" * 32},
            "is_probed": True,
        }
    ]
    assert [item["code"] for item in sections["validity"]] == ["NOT_REGISTERED", "NOT_VALIDATED"]
    assert word("module_status", "NONE") == "nicht validiert"


def test_prints_certificate_sunset_and_what_differs(desk: Desk) -> None:
    publish()
    enter(desk, status="ACTIVE", certificate="4711", standard="FIPS 140-3", level="3", serial="78",
          sunset=date(2026, 12, 1))  # fmt: skip
    sections = collect(OCTOBER)
    (module,) = sections["modules"]
    assert (module["certificate"], module["standard"], module["level"]) == ("4711", "FIPS 140-3", "3")
    assert (module["sunset"], module["differs"], module["status"]) == ("2026-12-01", ["serial"], "ACTIVE")
    assert sections["validity"] == [
        {
            "code": "SUNSET", "about": "pkcs11", "step": "DAYS_30", "stops_signatures": False,
            "until": "2026-12-02T00:00:00Z",
        },
        {
            "code": "DIFFERS", "about": "pkcs11", "step": "FAR", "stops_signatures": False,
            "fields": ["serial"],
        },
    ]  # fmt: skip


def console_entry(seq: int, at: datetime, **body: Any) -> None:
    """An entry of the signer's console as the mirror keeps it."""
    entry = StoreEntry(seq=seq, previous=f"{seq:064x}", kind="HEAD", at=at, body=body)
    JournalEntry.objects.create(
        seq=seq, hash=entry.hash, previous=entry.previous, kind="HEAD", at=at, body=entry.to_bytes()
    )


def test_lists_the_sessions_of_the_month(desk: Desk) -> None:
    opened = {
        "id": "req_01KAJ8W0000000000000000007", "action": "aa" * 32, "minutes": 15,
        "people": ["per_01KAJ8Q0000000000000000010", "per_01KAJ8Q0000000000000000013"],
        "requests": ["bb" * 32], "statements": [], "ends_at": "2026-10-15T12:15:00Z",
    }  # fmt: skip
    console_entry(1, BEFORE, backend="cold", opened=opened | {"id": "req_01KAJ8W0000000000000000006"})
    console_entry(2, IN_OCTOBER, confirmed="clock")
    console_entry(3, IN_OCTOBER, backend="cold", opened=opened)
    ended = IN_OCTOBER + timedelta(minutes=2)
    console_entry(4, ended, backend="cold", closed={"id": opened["id"], "reason": "done"})
    assert collect(OCTOBER)["sessions"] == [
        {
            "session": opened["id"],
            "backend": "cold",
            "opened_at": "2026-10-15T12:00:00Z",
            "minutes": 15,
            "people": opened["people"],
            "requests": ["bb" * 32],
            "ended_at": "2026-10-15T12:02:00Z",
            "ending": "done",
        }
    ]


def test_the_pages_say_what_was_collected(desk: Desk) -> None:
    publish(module=DEVICE | {"serial": "<78>"})
    enter(
        desk, status="ACTIVE", certificate="4711", standard="FIPS 140-3", level="3", sunset=date(2026, 11, 1)
    )
    console_entry(
        1, IN_OCTOBER, backend="cold",
        opened={
            "id": "req_01KAJ8W0000000000000000007", "action": "aa" * 32, "minutes": 15,
            "people": ["per_01KAJ8Q0000000000000000010"], "requests": ["bb" * 32], "statements": [],
            "ends_at": "2026-10-15T12:15:00Z",
        },
    )  # fmt: skip
    console_entry(
        2, IN_OCTOBER, backend="cold", closed={"id": "req_01KAJ8W0000000000000000007", "reason": "time_out"}
    )
    data = {
        "title": "", "report": "R3", "norms": [], "created_at": "2026-11-21T09:00:00Z",
        "sections": collect(OCTOBER),
        "period": {"from": "2026-10-01T00:00:00Z", "to": "2026-11-01T00:00:00Z", "complete": True},
    }  # fmt: skip
    html = render_html(template="r3.html", data=data, twin_sha256="00")
    for said in (
        "Nr. &lt;78&gt;, Firmware 2.6",
        "weicht vom Register ab",
        "Nr. 4711, FIPS 140-3, Stufe 3",
        "bis 01.11.2026",
        "seither verändert",
        "Zertifikat des Moduls ist abgelaufen",
        "Gerät sagt etwas anderes als das Register",
        "per_01KAJ8Q0000000000000000010",
        "ihre Zeit war um",
    ):
        assert said in html
