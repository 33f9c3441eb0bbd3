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


def run(chain: str, address: str, *options: str) -> str:
    out = io.StringIO()
    call_command("screen_address", "--chain", chain, "--address", address, *options, stdout=out)
    return out.getvalue()


def ask(chain: str, address: str) -> dict[str, Any]:
    answer: dict[str, Any] = json.loads(run(chain, address, "--json"))
    return answer


@pytest.mark.usefixtures("synthetic")
def test_the_answer_names_the_lists_and_their_dates() -> None:
    assert run("eip155:1", LISTED) == "LISTED: ofac of 2020-01-02\nofac 900002 MUSTERSCHEIN HANDELS GMBH\n"
    assert run("BTC", "1BoatSLRHtKNngkdXEeobR76b53LETtpyT") == "not listed: ofac of 2020-01-02\n"


@pytest.mark.usefixtures("synthetic")
@pytest.mark.parametrize(
    ("chain", "address"),
    [
        ("BTC", "1BoatSLRHtKNngkdXEeobR76b53LETtpyU"),
        ("BTC", "hello"),
        ("bip122:000000000019d6689c085ae165831e93", "bc1qng77pcpyvecqvndezu8cen0wee576tehwnemux"),
        ("BCH", "1BoatSLRHtKNngkdXEeobR76b53LETtpyU"),
        ("eip155:1", LISTED[:-1]),
        ("ETH", "1BoatSLRHtKNngkdXEeobR76b53LETtpyT"),
        ("TRX", "TCkDcJ76gH6vJaq11Rnrse9dzp3a1hbYJ5"),
        ("XMR", "0OIl"),
        ("USDT", "hello"),
    ],
)
def test_what_is_no_address_of_the_chain_is_refused(chain: str, address: str) -> None:
    with pytest.raises(CommandError, match="^bad_address: ") as error:
        run(chain, address)
    assert error.value.returncode == 1


@pytest.mark.usefixtures("synthetic")
def test_an_address_of_another_network_is_refused() -> None:
    with pytest.raises(CommandError, match="^wrong_network: "):
        run("bip122:0f9188f13cb7b2c71f2a335e3a4fc328", "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4")


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
        ask("eip155:1", LISTED)


@pytest.mark.django_db
def test_a_really_listed_address_is_found() -> None:
    path = real_list("sdn_advanced_2025-11-19.xml.bz2")
    import_list(actor="system:test", source="ofac", path=path, at=AT)
    answer = ask("XBT", "12QtD5BFwRsdNsAZY76UVE1xyCGNTojH9h")
    assert (answer["listed"], len(answer["entries"])) == (True, 1)
