"""``screen_address``: listed or not, and by which entry."""

import io
import json
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from custody.compliance.models import Screening
from custody.compliance.services import import_list
from tests.cast import AT
from tests.compliance.files import real_list

LISTED = "0x9DA3B4904d8b62a52c8aedff1fd6b669c9f026e5"


def ask(chain: str, address: str) -> dict[str, Any]:
    out = io.StringIO()
    call_command("screen_address", "--chain", chain, "--address", address, "--json", stdout=out)
    answer: dict[str, Any] = json.loads(out.getvalue())
    return answer


@pytest.mark.usefixtures("synthetic")
def test_a_listed_address_names_its_entry() -> None:
    assert ask("eip155:1", LISTED) == {
        "chain": "eip155:1",
        "listed": True,
        "entries": [
            {
                "list": "ofac",
                "entity_id": "900002",
                "name": "MUSTERSCHEIN HANDELS GMBH",
                "programmes": ["SYNTHETIC-A", "SYNTHETIC-B"],
                "listed_as": "ETH 0x9da3b4904D8b62a52c8aeDff1fd6b669c9f026e5",
            }
        ],
        "list_versions": {"ofac": "2020-01-02"},
    }


@pytest.mark.usefixtures("synthetic")
def test_an_address_of_two_currencies_names_its_entry_once() -> None:
    answer = ask("tron:0x2b6653dc", "TCkDcJ76gH6vJaq11Rnrse9dzp3a1hbYJ4")
    assert [entry["entity_id"] for entry in answer["entries"]] == ["900003"]


@pytest.mark.usefixtures("synthetic")
def test_an_address_that_is_not_listed_is_said_so() -> None:
    answer = ask("BTC", "1BoatSLRHtKNngkdXEeobR76b53LETtpyT")
    assert (answer["listed"], answer["entries"]) == (False, [])


@pytest.mark.usefixtures("synthetic")
def test_a_question_stores_nothing() -> None:
    ask("eip155:1", LISTED)
    assert not Screening.objects.exists()


@pytest.mark.usefixtures("synthetic")
def test_an_unknown_chain_is_refused_in_one_line() -> None:
    with pytest.raises(CommandError, match="^unknown_chain: not a known chain$"):
        ask("dogma:1", LISTED)


@pytest.mark.django_db
def test_without_a_list_there_is_no_answer() -> None:
    with pytest.raises(CommandError, match="no_sanctions_list"):
        ask("BTC", LISTED)


@pytest.mark.django_db
def test_a_really_listed_address_is_found() -> None:
    path = real_list("sdn_advanced_2025-11-19.xml.bz2")
    import_list(actor="system:test", source="ofac", path=path, at=AT)
    answer = ask("XBT", "12QtD5BFwRsdNsAZY76UVE1xyCGNTojH9h")
    assert (answer["listed"], len(answer["entries"])) == (True, 1)
