"""One form per type of document: each builds exactly the body it says, and refuses at the right field."""

import json
from datetime import UTC, date, datetime
from typing import Any

import pytest

from custody.hsm.admin.trust_types.kind import midnight
from custody.hsm.admin.trust_types.registry import KINDS
from custody.hsm.models import SigningKey, TrustDraft
from custody.hsm.trust.drafting import document_of
from custody.hsm.words import DOCUMENT_TYPES
from custody.statements.policy import Policy
from custody.statements.trust import TYPES
from custody.statements.trust.deny import DeniedAddresses
from tests.approve import golden
from tests.approve.reachable import absent, fields_of
from tests.harness.bitcoin import BUYER_ADDRESS, MERCHANT_ADDRESS, REGTEST
from tests.hsm.office import DRAFTS, Office
from tests.signer.genesis import MAKER, THIRD, credential, person

ASSET = f"{REGTEST}/slip44:1"
WALLET = "wal_01KAJ8S0000000000000000002"
MANDATE = "man_01KAJ8T0000000000000000001"
SPEND_KEY = "key_01KAJ8V0000000000000000009"
PUBLIC_KEY = "02" + "79be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798"
CLIENT = "cli_01KAJ8X0000000000000000001"
TOKEN = "0xA0b86991c6218b36c1d19D4a2e9Eb0cE3606eB48"
STATION = {
    "origin": "https://approve.example.com",
    "rp_id": "approve.example.com",
    "code_hash": "0c" * 32,
    "attest_key": PUBLIC_KEY,
}
ERC20 = {"symbol": "USDC", "decimals": 6, "code_hash": "0c" * 32}
PERIOD = {"valid_from": "2026-11-22", "valid_until": "2027-05-01"}
NO_TIME = {**PERIOD, "valid_until": "2026-11-22"}
NEWCOMER = credential(person(77), ("APPROVER",)).to_json()

PASSKEY: dict[str, Any] = json.loads(golden.subject("trust-person-credential-passkey"))["body"]
RULES: dict[str, Any] = json.loads(golden.subject("policy-rules"))
GAS: dict[str, Any] = json.loads(golden.subject("policy-gas-price"))
PROXY = ERC20 | {"asset": f"eip155:1/erc20:{TOKEN.lower()}", "implementation_hash": "0d" * 32}
# What no form offers; pages show it where a document has it.
NOT_OFFERED = {
    # The form is for keys of wallets of the house on Bitcoin.
    "KEY_ACTIVATE": (
        "/wallet/client", "/wallet/safe", "/block/chain", "/block/payees/*", "/block/versions/*",
        "/block/seconds", "/critical/system", "/critical/actions/*", "/critical/people", "/critical/roles/*",
    ),
    # Wallets of the house alone; what they may pay the policy says.
    "KEY_TEMPLATE": (
        "/wallet/client", "/wallet/safe", "/wallet/limits/kinds/*", "/wallet/limits/payees/*",
        "/wallet/limits/amount_max", "/wallet/limits/fee_max",
    ),
    # Sweeps between wallets of ours.
    "MANDATE": ("/destinations/*/terms", "/destinations/*/role"),
}  # fmt: skip

CASES: list[tuple[str, dict[str, Any], dict[str, Any], str]] = [
    ("KILL", {}, {}, "holds"),
    ("KILL", {"key": SPEND_KEY}, {"key": SPEND_KEY}, "holds"),
    ("HOLD", {"scope": "ADDRESS", "ref": BUYER_ADDRESS}, {"scope": "ADDRESS", "ref": BUYER_ADDRESS}, "holds"),
    ("LEASE", {"hours": 8}, {"person": MAKER, "until": "2026-11-21T17:00:00Z"}, "holds"),
    ("MANDATE_END", {"mandate": MANDATE}, {"mandate": MANDATE}, "mandates"),
    ("PERSON_REVOKE", {"person": THIRD}, {"person": THIRD}, "people"),
    ("PERSON_REVOKE", {"person": THIRD, "credential": "x"}, {"person": THIRD, "credential": "x"}, "people"),
    ("PERSON_CREDENTIAL", {"credential": json.dumps(NEWCOMER, indent=1)}, NEWCOMER, "people"),
    ("PERSON_CREDENTIAL", {"credential": json.dumps(PASSKEY)}, PASSKEY, "people"),
    (
        "POLICY",
        {"policy": json.dumps(RULES)},
        {"hash": Policy.from_json(RULES).hash, "policy": RULES},
        "policy",
    ),
    (
        "POLICY",
        {"policy": json.dumps(GAS)},
        {"hash": Policy.from_json(GAS).hash, "policy": GAS},
        "policy",
    ),
    ("ASSET", PROXY | {"contract": TOKEN}, PROXY | {"contract": TOKEN.lower()}, "assets"),
    (
        "POLICY",
        {"policy": '{"format": "custody/policy/v1", "rules": [{"kind": "escrow_terms"}]}'},
        {
            "hash": "8f45acb12ef768fe8f075ea53ad24da496f9a9bafcf982ef0577c8088a2f2781",
            "policy": {"format": "custody/policy/v1", "rules": [{"kind": "escrow_terms"}]},
        },
        "policy",
    ),
    (
        "DENY_ADD",
        {"addresses": f"{MERCHANT_ADDRESS}\r\n{BUYER_ADDRESS}\r\n"},
        {"chain": REGTEST, "addresses": sorted([BUYER_ADDRESS, MERCHANT_ADDRESS])},
        "deny",
    ),
    ("DENY_REMOVE", {"addresses": BUYER_ADDRESS}, {"chain": REGTEST, "addresses": [BUYER_ADDRESS]}, "deny"),
    (
        "ADDRESS",
        {"client": CLIENT, "address": BUYER_ADDRESS, "label": "Bank", "proof": "a\nb"},
        {"entries": [{"chain": REGTEST, "address": BUYER_ADDRESS, "label": "Bank", "proof": "a b"}]},
        f"book/{CLIENT}",
    ),
    (
        "ADDRESS_REMOVE",
        {"address": BUYER_ADDRESS},
        {"chain": REGTEST, "address": BUYER_ADDRESS},
        "book/house",
    ),
    (
        "ADDRESS",
        {"chain": "eip155:1", "address": TOKEN, "label": "Desk", "proof": "call"},
        {"entries": [{"chain": "eip155:1", "address": TOKEN.lower(), "label": "Desk", "proof": "call"}]},
        "book/house",
    ),
    (
        "ASSET",
        ERC20 | {"asset": f"eip155:1/erc20:{TOKEN}", "contract": TOKEN},
        ERC20 | {"asset": f"eip155:1/erc20:{TOKEN.lower()}", "contract": TOKEN.lower()},
        "assets",
    ),
    (
        "ASSET",
        {"asset": "eip155:1/slip44:60", "symbol": "ETH", "decimals": 18, "removed": "on"},
        {"asset": "eip155:1/slip44:60", "symbol": "ETH", "decimals": 18, "removed": True},
        "assets",
    ),
    (
        "ABI",
        {"chain": "eip155:1", "contract": TOKEN, "methods": "pause()\r\nburn(uint256)"},
        {"chain": "eip155:1", "contract": TOKEN.lower(), "methods": ["burn(uint256)", "pause()"]},
        "assets",
    ),
    (
        "ABI",
        {"chain": "eip155:1", "contract": TOKEN},
        {"chain": "eip155:1", "contract": TOKEN.lower(), "methods": []},
        "assets",
    ),
    (
        "STATION",
        STATION,
        STATION,
        "station",
    ),
    (
        "KEY_ACTIVATE",
        {"key": SPEND_KEY, "wallet": WALLET, "tier": "WARM", **PERIOD},
        {
            "key": SPEND_KEY,
            "public_key": PUBLIC_KEY,
            "curve": "secp256k1",
            "class": "NEVER_LEAVES",
            "purpose": "spend",
            "wallet": {"wallet": WALLET, "owner": "HOUSE", "chain": REGTEST, "tier": "WARM"},
            "valid_from": "2026-11-21T23:00:00Z",
            "valid_until": "2027-04-30T22:00:00Z",
        },
        "keys",
    ),
    (
        "KEY_ACTIVATE",
        {
            "key": SPEND_KEY, "wallet": WALLET, "tier": "HOT", "kinds": ["SWEEP"], "payees": BUYER_ADDRESS,
            "amount_max": 500, "fee_max": 5, **PERIOD,
        },
        {
            "key": SPEND_KEY,
            "public_key": PUBLIC_KEY,
            "curve": "secp256k1",
            "class": "NEVER_LEAVES",
            "purpose": "spend",
            "wallet": {
                "wallet": WALLET,
                "owner": "HOUSE",
                "chain": REGTEST,
                "tier": "HOT",
                "limits": {
                    "kinds": ["SWEEP"], "payees": [BUYER_ADDRESS], "amount_max": "500", "fee_max": "5",
                },
            },
            "valid_from": "2026-11-21T23:00:00Z",
            "valid_until": "2027-04-30T22:00:00Z",
        },
        "keys",
    ),
    (
        "KEY_TEMPLATE",
        {
            "wallet": WALLET, "tier": "HOT", "open_max": 20, "lifetime_days": 90, "settled_depth": 6,
            "dispute_days": 30, **PERIOD,
        },
        {
            "wallet": {"wallet": WALLET, "owner": "HOUSE", "chain": REGTEST, "tier": "HOT"},
            "open_max": 20,
            "lifetime_seconds": 7_776_000,
            "settled_depth": 6,
            "dispute_seconds": 2_592_000,
            "valid_from": "2026-11-21T23:00:00Z",
            "valid_until": "2027-04-30T22:00:00Z",
        },
        "keys",
    ),
    ("KEY_STATE", {"key": SPEND_KEY, "state": "SUSPENDED"}, {"key": SPEND_KEY, "state": "SUSPENDED"}, "keys"),
    (
        "MANDATE",
        {
            "mandate": MANDATE, "key": SPEND_KEY, "destinations": WALLET, "cap_per_transaction": 50,
            "cap_amount": 200, "cap_hours": 24, "fee_max": 5, "fee_amount": 20, "depth": 6,
            "valid_from": "2026-11-21", "valid_until": "2027-05-01",
        },
        {
            "mandate": MANDATE,
            "key": SPEND_KEY,
            "intent_kind": "SWEEP",
            "chain": REGTEST,
            "asset": ASSET,
            "destinations": [{"wallet": WALLET}],
            "cap_per_transaction": "50",
            "cap_window": {"amount": "200", "seconds": 86400},
            "fee": {"max": "5", "window": {"amount": "20", "seconds": 86400}},
            "needs": [{"fact": "PAYMENT", "depth": 6, "max_age_seconds": 3600}],
            "valid_from": "2026-11-20T23:00:00Z",
            "valid_until": "2027-04-30T22:00:00Z",
        },
        "mandates",
    ),
]  # fmt: skip


@pytest.fixture
def spend_key(office: Office, request: pytest.FixtureRequest) -> None:
    state = "ACTIVE" if "[MANDATE-" in request.node.name else "PRE_ACTIVE"
    SigningKey.objects.create(
        id=SPEND_KEY, purpose="spend", curve="secp256k1", public_key=PUBLIC_KEY, state=state
    )


@pytest.mark.parametrize(
    ("kind", "fields", "body", "stream"),
    CASES,
    ids=[f"{case[0]}-{number}" for number, case in enumerate(CASES)],
)
def test_the_form_builds_the_body(
    office: Office, spend_key: None, kind: str, fields: dict[str, Any], body: dict[str, Any], stream: str
) -> None:
    draft = office.draft(kind, **fields)
    document = document_of(draft)
    assert (document.body.to_json(), document.stream, document.type) == (body, stream, kind)
    assert (document.reason, document.maker, document.epoch) == ("test", MAKER, 1)
    page = office.page(f"{DRAFTS}{draft.pk}/change/")
    assert draft.hash[:4] in page
    office.speak("de")
    assert office.page(f"{DRAFTS}{draft.pk}/change/") != page


def test_a_wrong_address_is_named_by_its_line(office: Office) -> None:
    typed = f"{BUYER_ADDRESS.upper()}\n\n{BUYER_ADDRESS}q\nnowhere"
    answer = office.post(f"{DRAFTS}add/?type=DENY_ADD", {"reason": "x", "life_hours": 2, "addresses": typed})
    assert answer.context_data["offer"].form.errors["addresses"] == [
        "Line 3: checksum or form is wrong",
        "Line 4: checksum or form is wrong",
    ]
    draft = office.draft("DENY_ADD", addresses=f"\n{BUYER_ADDRESS.upper()}\n{BUYER_ADDRESS}")
    assert document_of(draft).body == DeniedAddresses(chain=REGTEST, addresses=(BUYER_ADDRESS,))


def test_a_day_begins_where_the_installation_is() -> None:
    assert midnight(date(2026, 11, 22)) == datetime(2026, 11, 21, 23, tzinfo=UTC)
    assert midnight(date(2026, 7, 1)) == datetime(2026, 6, 30, 22, tzinfo=UTC)


def test_every_type_is_named_and_has_a_form() -> None:
    assert DOCUMENT_TYPES.keys() == TYPES.keys() == KINDS.keys()
    drafted = {case[0] for case in CASES}
    # These need something that stands at the signer; test_trust_documents drafts them.
    assert KINDS.keys() - drafted == {"HOLD_END", "RESTART", "VETO"}


@pytest.mark.parametrize("type_", sorted(TYPES.keys() - {"HOLD_END", "RESTART", "VETO"}))
def test_a_form_offers_every_field_of_its_type_or_it_is_said_why_not(type_: str) -> None:
    bodies = [case[2] for case in CASES if case[0] == type_]
    assert tuple(absent(fields_of(TYPES[type_][1]), bodies)) == NOT_OFFERED.get(type_, ())


@pytest.mark.parametrize(
    ("kind", "fields", "field"),
    [
        ("HOLD", {"scope": "CLIENT", "ref": ""}, "ref"),
        ("HOLD", {"scope": "PLANET", "ref": "x"}, "scope"),
        ("LEASE", {"hours": 25}, "hours"),
        ("MANDATE_END", {"mandate": "all"}, "mandate"),
        ("PERSON_REVOKE", {"person": "Mallory"}, "person"),
        ("PERSON_CREDENTIAL", {"credential": "{}"}, "credential"),
        ("PERSON_CREDENTIAL", {"credential": "no json"}, "credential"),
        ("POLICY", {"policy": "{"}, "policy"),
        ("POLICY", {"policy": '{"format":"custody/policy/v1","rules":[{"kind":"anything"}]}'}, "policy"),
        ("POLICY", {"policy": '{"format":"custody/policy/v1","rules":[],"note":1}'}, "policy"),
        ("DENY_ADD", {"addresses": "nowhere"}, "addresses"),
        ("ADDRESS", {"address": BUYER_ADDRESS + "q", "label": "x", "proof": "y"}, "address"),
        ("ADDRESS_REMOVE", {"chain": "doge:1", "address": BUYER_ADDRESS}, "address"),
        ("ADDRESS_REMOVE", {"chain": "eip155:1", "address": BUYER_ADDRESS}, "address"),
        ("ASSET", {"asset": "ether", "symbol": "ETH", "decimals": 18}, "asset"),
        ("ASSET", {"asset": "eip155:1/slip44:60", "symbol": "E T H", "decimals": 18}, "symbol"),
        ("ABI", {"chain": "eip155:1", "contract": TOKEN[:-1] + "a"}, "contract"),
        ("ABI", {"chain": "eip155:1", "contract": TOKEN, "methods": "pause"}, "methods"),
        ("STATION", STATION | {"code_hash": "0c"}, "code_hash"),
        ("VETO", {"document": "00" * 32}, "document"),
        ("RESTART", {"kill": "00" * 32}, "kill"),
        ("HOLD_END", {"hold": "00" * 32}, "hold"),
        ("KEY_ACTIVATE", {"key": SPEND_KEY, "tier": "HOT", **NO_TIME}, "valid_until"),
        (
            "KEY_TEMPLATE",
            {
                "tier": "COLD", "open_max": 1, "lifetime_days": 1, "settled_depth": 1, "dispute_days": 0,
                **PERIOD,
            },
            "tier",
        ),
        ("KEY_ACTIVATE", {"key": SPEND_KEY, "wallet": "mine", "tier": "HOT", **PERIOD}, "wallet"),
        ("KILL", {"reason": ""}, "reason"),
        ("KILL", {"reason": "line\u202ebreak"}, "reason"),
        ("KILL", {"life_hours": 0}, "life_hours"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused_at_its_field(
    office: Office, spend_key: None, kind: str, fields: dict[str, Any], field: str
) -> None:
    response = office.post(f"{DRAFTS}add/?type={kind}", {"reason": "test", "life_hours": 2, **fields})
    assert response.status_code == 400
    form = response.context["offer"].form
    assert list(form.errors) == [field]
    assert not TrustDraft.objects.exists()


def test_forms_propose_what_links_name(office: Office, spend_key: None) -> None:
    page = office.page(f"{DRAFTS}add/?type=KEY_STATE&key={SPEND_KEY}")
    assert f'<option value="{SPEND_KEY}" selected>' in page


def test_the_choice_lists_every_type(office: Office) -> None:
    page = office.page(f"{DRAFTS}add/")
    assert all(f'href="{DRAFTS}add/?type={name}"' in page for name in KINDS)


def test_times_are_whole_seconds(office: Office) -> None:
    office.bench.hands.now = datetime(2026, 11, 21, 9, 0, 0, 123_456, tzinfo=UTC)
    document = document_of(office.draft("LEASE", hours=1))
    assert document.body.to_json()["until"] == "2026-11-21T10:00:00Z"
    assert document.expires_at == datetime(2026, 11, 21, 11, tzinfo=UTC)


def test_what_a_document_only_announces_is_no_link_yet(office: Office, spend_key: None) -> None:
    draft = office.draft("KEY_ACTIVATE", key=SPEND_KEY, wallet=WALLET, tier="WARM", **PERIOD)
    page = office.page(f"{DRAFTS}{draft.pk}/change/")
    assert WALLET in page
    assert f"/admin/wallets/wallet/{WALLET}/" not in page
    assert f"/admin/hsm/signingkey/{SPEND_KEY}/change/" in page
    assert "warm <code>WARM</code>" in page
