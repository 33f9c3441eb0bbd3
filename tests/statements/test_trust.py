"""Trust documents, genesis, mandates, facts: rules between their fields."""

from dataclasses import replace
from typing import Any

import pytest

from custody.statements.fact import Fact
from custody.statements.genesis import Genesis
from custody.statements.holdings import Holdings
from custody.statements.policy import Policy
from custody.statements.trust import TrustDocument
from tests.statements.examples import DOCUMENTS, FACT, GENESIS, HOLDINGS, OFFICERS
from tests.statements.refusing import refused

PERSON = DOCUMENTS["trust person"].to_json()
MANDATE = DOCUMENTS["trust mandate"].to_json()


def test_a_type_belongs_to_its_stream() -> None:
    with refused("/stream"):
        TrustDocument.from_json(PERSON | {"stream": "policy"})
    with refused("/stream"):
        TrustDocument.from_json(PERSON | {"stream": "weather"})


def test_zeros_stand_before_the_first_epoch_alone() -> None:
    with refused("/previous"):
        TrustDocument.from_json(PERSON | {"epoch": 1})
    with refused("/previous"):
        TrustDocument.from_json(PERSON | {"previous": "00" * 32})
    with refused("/epoch"):
        TrustDocument.from_json(PERSON | {"epoch": 0})


def test_refuses_a_type_without_a_body_form() -> None:
    with refused("/type"):
        TrustDocument.from_json(PERSON | {"type": "WISH"})


def test_refuses_the_body_of_another_type() -> None:
    with refused("/body/asset"):
        TrustDocument.from_json(PERSON | {"body": MANDATE["body"]})


def test_a_policy_body_carries_its_own_hash() -> None:
    policy = Policy(rules=())
    document = PERSON | {
        "type": "POLICY",
        "stream": "policy",
        "body": {"hash": policy.hash, "policy": policy.to_json()},
    }
    assert TrustDocument.from_json(document).type == "POLICY"
    with refused("/body/hash"):
        TrustDocument.from_json(document | {"body": document["body"] | {"hash": "00" * 32}})


@pytest.mark.parametrize(
    "roles",
    [["MEDIATOR", "APPROVER"], ["APPROVER", "APPROVER"], ["KING"]],
    ids=["order", "double", "unknown"],
)
def test_roles_are_a_sorted_set_of_known_ones(roles: list[str]) -> None:
    place = "/body/roles/0" if roles == ["KING"] else "/body/roles"
    with refused(place):
        TrustDocument.from_json(PERSON | {"body": PERSON["body"] | {"roles": roles}})


def test_writes_roles_sorted_and_once() -> None:
    (officer,) = OFFICERS
    unsorted = replace(officer, roles=("MEDIATOR", "APPROVER", "MEDIATOR"))
    assert unsorted.to_json()["roles"] == ["APPROVER", "MEDIATOR"]


def test_a_genesis_names_at_least_a_quorum_of_people() -> None:
    with refused("/people"):
        Genesis.from_json(GENESIS.to_json() | {"quorum": 2})
    with refused("/quorum"):
        Genesis.from_json(GENESIS.to_json() | {"quorum": 0})


def test_two_credentials_of_one_person_are_one_person() -> None:
    (officer,) = OFFICERS
    twice = replace(GENESIS, people=(officer, replace(officer, name="Second device")))
    with refused("/people"):
        Genesis.from_json(twice.to_json() | {"quorum": 2})


@pytest.mark.parametrize(
    "destination",
    [
        {},
        {"terms": "00" * 32},
        {"role": "buyer"},
        {"wallet": "wal_01KAJ8S0000000000000000002", "terms": "00" * 32, "role": "buyer"},
    ],
    ids=["nothing", "no role", "no terms", "both"],
)
def test_a_destination_is_a_wallet_or_a_payee(destination: dict[str, Any]) -> None:
    with refused("/body/destinations/0"):
        TrustDocument.from_json(MANDATE | {"body": MANDATE["body"] | {"destinations": [destination]}})


def test_a_mandate_may_name_a_payee_of_terms_and_needed_facts() -> None:
    body = MANDATE["body"] | {
        "destinations": [{"terms": "00" * 32, "role": "buyer"}],
        "needs": [{"fact": "PAYMENT", "depth": 6, "max_age_seconds": 3600}],
    }
    assert TrustDocument.from_json(MANDATE | {"body": body}).to_json()["body"] == body


def test_a_fact_has_the_fields_of_its_kind_only() -> None:
    height = {key: FACT.to_json()[key] for key in ("format", "instance", "witness", "chain", "block", "at")}
    assert Fact.from_json(height | {"kind": "HEIGHT"}).block.height == 101
    with refused("/amount"):
        Fact.from_json(height | {"kind": "HEIGHT", "amount": "1"})
    with refused("/txid"):
        Fact.from_json(height | {"kind": "PAYMENT"})


def test_holdings_are_not_a_fact_of_the_first_version() -> None:
    with refused("/format"):
        Fact.from_json(HOLDINGS.to_json())
    with refused("/kind"):
        Holdings.from_json(HOLDINGS.to_json() | {"kind": "PAYMENT"})
    with refused("/amount"):
        Holdings.from_json(HOLDINGS.to_json() | {"coins": 0})
    assert Holdings.from_json(HOLDINGS.to_json() | {"amount": "0"}).coins == 2
