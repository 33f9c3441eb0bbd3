"""Prepares people, clients and sanctions list of the demonstration, and says how to log in."""

import json
from pathlib import Path
from typing import Any

from scripts.demo.office import Office
from scripts.demo.party import Party
from scripts.demo.person import Person
from scripts.demo.story import Stage
from scripts.embedded.genesis import ensure_demo_genesis, people_of
from scripts.embedded.layout import PROJECT
from scripts.installation import Installation

REAL_LIST = PROJECT.parent / "shared" / "data" / "screening" / "sdn_advanced_2025-11-19.xml.bz2"
SYNTHETIC_LIST = PROJECT / "custody" / "compliance" / "samples" / "ofac_synthetic.xml"
# A name of the list that is imported, spelled differently from it.
LISTED_NAMES = {REAL_LIST: "Garantex Europe OÜ", SYNTHETIC_LIST: "Musterschein Handels GmbH"}


def import_list(installation: Installation) -> dict[str, Any]:
    """Import the real OFAC list when it is there, else the synthetic one."""
    path = sanctions_list()
    arguments = ("import_sanctions", "--source", "ofac", "--file", str(path), "--json")
    imported: dict[str, Any] = json.loads(installation.world.manage(*arguments))
    return imported | {"file": path.name}


def sanctions_list() -> Path:
    return REAL_LIST if REAL_LIST.exists() else SYNTHETIC_LIST


def seed_people(installation: Installation) -> list[dict[str, Any]]:
    """Create the people once and return their log-ins, passwords included (demonstration only)."""
    persons = people_of(ensure_demo_genesis(installation.layout))
    listed = LISTED_NAMES[sanctions_list()]
    printed = installation.world.manage(
        "seed_demo", "--seed", "1", "--persons", json.dumps(persons), "--listed-name", listed
    )
    logins: list[dict[str, Any]] = json.loads(printed)
    return logins


def make_stage(installation: Installation, logins: list[dict[str, Any]]) -> Stage:
    """Put everybody in place; parties get paid at addresses of the node's own wallet."""
    base = f"http://localhost:{installation.world.web_port}"
    people = {login["name"]: Person(login, base) for login in logins}
    node, chain = installation.node, installation.chain

    def party(name: str) -> Party:
        return Party(people[name].log_in(), installation.layout, chain=chain, payout=node.new_address())

    return Stage(
        office=Office(people, base),
        buyer=party("buyer"),
        merchant=party("merchant"),
        listed=party("listed"),
        node=node,
        clients={login["name"]: login["client"] for login in logins if "client" in login},
        users={login["name"]: login["user"] for login in logins},
    )


def describe(installation: Installation, logins: list[dict[str, Any]]) -> str:
    """The addresses and log-ins that ``make run`` prints."""
    port = installation.world.web_port
    lines = [
        "",
        "DEMONSTRATION: no real coins, SoftHSM token, log-ins below are printed on purpose.",
        f"  portal       http://localhost:{port}/",
        f"  back office  http://localhost:{port}/admin/",
        f"  API          http://localhost:{port}/api/docs/",
        "",
        f"  {'e-mail':28} {'password':22} authenticator secret (Base32)",
    ]
    lines += [
        f"  {login['email']:28} {login['password']:22} {login['totp_secret']}   {_role(login)}"
        for login in logins
    ]
    lines += [
        "",
        "  A code: scripts/totp SECRET",
        "  Coins and blocks: scripts/regtest pay ADDRESS AMOUNT_BTC | mine N | address",
        "  Take part as a party: see README, each step in the portal shows its command",
        "",
    ]
    return "\n".join(lines)


def _role(login: dict[str, Any]) -> str:
    return str(login.get("client_name") or ", ".join(login.get("roles", [])))
