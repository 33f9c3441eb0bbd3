"""The list of requests with its filters and exports, and one request decoded before and after."""

import json
from datetime import timedelta

import pytest

from custody.accounts.models import User
from custody.audit.models import AuditEntry
from custody.common import canonical
from custody.hsm import services
from custody.hsm.admin.export import as_csv, as_json
from custody.hsm.admin.marked import at, found, marked
from custody.hsm.models import SigningKey, SigningRequest, SigningResult
from custody.hsm.services import collect_result
from custody.statements.request import Request
from tests.cast import logged_in
from tests.harness.bitcoin import MERCHANT_ADDRESS, REGTEST
from tests.hsm.desk import AT, CHECKPOINT_KEY, answer, request_checkpoint
from tests.hsm.office import Office
from tests.signer.genesis import MAKER, MEDIATOR

REQUESTS = "/admin/hsm/signingrequest/"
HEADER = (
    "id,asked_at,kind,chain,key,subject,request_hash,outcome,rule,rule_in_words,culprit,signatures,"
    "answered_at\r\n"
)


def refused(rule: str = "not_the_next_position", **changes: object) -> SigningRequest:
    request = request_checkpoint(**changes)
    answer(request, "REFUSED", rule=rule)
    collect_result(request_id=request.pk, at=AT)
    return request


def fetched(user: User, path: str) -> str:
    http = logged_in(user)
    http.post("/account/language/", {"language": "en", "next": "/admin/"})
    response = http.get(path)
    assert response.status_code == 200
    content = getattr(response, "streaming_content", None)
    return (b"".join(content) if content else response.content).decode()


def written(row: SigningRequest) -> str:
    """When the database wrote the answer, as exports say it."""
    at = SigningResult.objects.get(request=row).created_at
    return f"{at:%Y-%m-%dT%H:%M:%SZ}"


def test_csv_has_exact_bytes(desk: None, custodian: User) -> None:
    first, second = refused(), request_checkpoint(at=AT + timedelta(seconds=5))
    hashes = [Request.from_bytes(bytes(row.body)).hash for row in (first, second)]
    assert fetched(custodian, f"{REQUESTS}export.csv") == (
        f"{HEADER}"
        f"{second.pk},2026-11-21T09:00:05Z,CHECKPOINT,,{CHECKPOINT_KEY},main,{hashes[1]},,,,,0,\r\n"
        f"{first.pk},2026-11-21T09:00:00Z,CHECKPOINT,,{CHECKPOINT_KEY},main,{hashes[0]},REFUSED,"
        "not_the_next_position,The checkpoint does not continue the last one.,/payload/from,0,"
        f"{written(first)}\r\n"
    )


def test_json_has_exact_bytes(desk: None, custodian: User) -> None:
    row = refused()
    text = fetched(custodian, f"{REQUESTS}export.json")
    entry = {
        "id": row.pk,
        "asked_at": "2026-11-21T09:00:00Z",
        "kind": "CHECKPOINT",
        "chain": "",
        "key": CHECKPOINT_KEY,
        "subject": "main",
        "request_hash": Request.from_bytes(bytes(row.body)).hash,
        "outcome": "REFUSED",
        "rule": "not_the_next_position",
        "rule_in_words": "The checkpoint does not continue the last one.",
        "culprit": "/payload/from",
        "signatures": 0,
        "answered_at": written(row),
    }
    assert text == "[\n" + json.dumps(entry, separators=(",", ":")) + "\n]\n"


def test_an_empty_list_is_exported_as_such(desk: None, custodian: User) -> None:
    assert fetched(custodian, f"{REQUESTS}export.csv") == HEADER
    assert fetched(custodian, f"{REQUESTS}export.json") == "[]\n"


@pytest.mark.parametrize("cell", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1"])
def test_no_cell_becomes_a_formula(cell: str) -> None:
    entry = dict.fromkeys(HEADER.strip().split(","), "") | {"subject": cell}
    line = list(as_csv([entry]))[1]
    assert f"'{cell}" in line
    assert cell in json.loads("".join(as_json([entry])))[0]["subject"]


@pytest.mark.parametrize(
    ("query", "number"),
    [
        ("", 2),
        ("?kind__exact=CHECKPOINT", 2),
        ("?kind__exact=TERMS", 0),
        ("?results__outcome__exact=REFUSED", 1),
        (f"?key={CHECKPOINT_KEY}", 2),
        ("?key=key_01KAJ8V0000000000000000001", 0),
        ("?rule=not_the_next_position", 1),
        ("?rule=killed", 0),
        (f"?chain={REGTEST}", 0),
        ("?q=main", 2),
        ("?q=elsewhere", 0),
        (
            "?created_at__gte=2026-11-21+00%3A00%3A00%2B01%3A00&created_at__lt=2026-11-22+00%3A00%3A00%2B01%3A00",
            2,
        ),
        (
            "?created_at__gte=2026-11-22+00%3A00%3A00%2B01%3A00&created_at__lt=2026-11-23+00%3A00%3A00%2B01%3A00",
            0,
        ),
    ],
)
def test_filters_narrow_list_and_export_alike(desk: None, custodian: User, query: str, number: int) -> None:
    rows = [refused(), request_checkpoint(at=AT + timedelta(seconds=5))]
    exported = json.loads(fetched(custodian, f"{REQUESTS}export.json{query}"))
    page = fetched(custodian, f"{REQUESTS}{query}")
    assert len(exported) == number
    assert sum(f"{REQUESTS}{row.pk}/change/" in page for row in rows) == number


def test_an_unknown_filter_exports_nothing(desk: None, custodian: User) -> None:
    refused()
    response = logged_in(custodian).get(f"{REQUESTS}export.json?body__startswith=x")
    assert response.status_code == 400
    assert not AuditEntry.objects.filter(verb="hsm.request.exported").exists()


def test_an_export_is_on_record(desk: None, custodian: User) -> None:
    refused()
    fetched(custodian, f"{REQUESTS}export.csv?rule=not_the_next_position&q=Geheimer+Name")
    entry = AuditEntry.objects.get(verb="hsm.request.exported")
    assert entry.actor == custodian
    assert canonical.decode(bytes(entry.body))["payload"] == {
        "form": "csv", "rows": 0, "filters": {"rule": "not_the_next_position", "searched": True},
    }  # fmt: skip


def test_who_may_not_see_keys_exports_nothing(desk: None, mediator: User, stranger: User) -> None:
    refused()
    for form in ("csv", "json"):
        assert logged_in(mediator).get(f"{REQUESTS}export.{form}").status_code == 403
        assert logged_in(stranger).get(f"{REQUESTS}export.{form}", follow=True).status_code == 403
    assert not AuditEntry.objects.filter(verb="hsm.request.exported").exists()
    assert AuditEntry.objects.filter(verb="hsm.request.export.refused", actor=mediator).count() == 2


def test_bytes_come_as_the_signer_reads_them(desk: None, custodian: User, mediator: User) -> None:
    request = request_checkpoint()
    path = f"{REQUESTS}{request.pk}/bytes/"
    response = logged_in(custodian).get(path)
    assert response.content == bytes(request.body)
    assert response["Content-Disposition"] == f'attachment; filename="{request.pk}.json"'
    assert logged_in(mediator).get(path).status_code == 404


def test_a_spend_is_decoded_before_and_after(office: Office) -> None:
    terms = office.bench.register()
    asked = office.bench.spend(terms)
    assert asked.intent
    assert asked.payload
    row = services.submit_request(
        actor="system:test", kind="BTC_SPEND", key=asked.key, subject=asked.intent.id,
        intent=asked.intent, payload=asked.payload.to_json(), at=office.now,
    )  # fmt: skip
    assert row.chain == REGTEST
    office.answer_all()
    page = office.page(f"{REQUESTS}{row.pk}/change/")
    groups = "".join(
        f"<span>{MERCHANT_ADDRESS[i : i + 4]}</span>" for i in range(0, len(MERCHANT_ADDRESS), 4)
    )
    assert f'Pay <span class="amount">0.00990000 BTC</span> to <code class="groups">{groups}</code>' in page
    assert '<span class="amount">0.01000000 BTC</span>' in page
    assert "None: the policy or a mandate has to allow it without." in page
    assert f"<code>{MEDIATOR}</code>" in page
    assert page.count("<h3>Signatures</h3>") == 1
    assert "Takes" in page


def test_a_refused_spend_shows_the_culprit(office: Office) -> None:
    terms = office.bench.register()
    asked = office.bench.spend(terms, intent=office.bench.intent(terms, policy="11" * 32))
    assert asked.intent
    assert asked.payload
    row = services.submit_request(
        actor="system:test", kind="BTC_SPEND", key=asked.key, subject=asked.intent.id,
        intent=asked.intent, payload=asked.payload.to_json(), at=office.now,
    )  # fmt: skip
    office.answer_all()
    page = office.page(f"{REQUESTS}{row.pk}/change/")
    assert "Another policy counts now than when this was made or approved." in page
    assert f'<mark>    "policy": "{"11" * 32}",</mark>' in page
    assert page.count("<mark>") == 1
    assert f"{REQUESTS}{row.pk}/change/" in office.page(f"{REQUESTS}?chain={REGTEST}&rule=policy_changed")


def test_approvals_of_a_trust_request_are_shown(office: Office) -> None:
    draft = office.enact("HOLD", MAKER, scope="KEY", ref=SigningKey.objects.get(purpose="seal").pk)
    page = office.page(f"{REQUESTS}{draft.request}/change/")
    assert "Accept the trust document: Hold" in page
    assert f"Security<br><code>{MAKER}</code>" in page
    assert f'href="/admin/hsm/trustdraft/{draft.pk}/change/"' in page


def test_places_at_fault_are_found_and_marked() -> None:
    value = {"payload": {"psbt": "x", "entries": [{"a": 1}, {"a": 2}]}, "kind": "<b>"}
    assert found(value, "/payload/entries/1/a") == ("payload", "entries", "1", "a")
    assert found(value, "/payload/psbt/inputs/0") == ("payload", "psbt")
    assert at(value, "/payload/psbt/inputs/0") == "x"
    assert found(value, "") == ()
    shown = marked(value, "/payload/entries/1")
    assert shown.count("<mark>") == 3
    assert "&lt;b&gt;" in shown
    plain = marked(value, "").removeprefix('<pre class="document" tabindex="0">').removesuffix("</pre>")
    assert plain.replace("&quot;", '"').replace("&lt;b&gt;", "<b>") == json.dumps(value, indent=2) + "\n"
