"""``screen_address``: is an address on an active list, and by which entry?

A question without a subject: nothing is stored and nobody is stopped. Exit 0 with an answer, 1 when
there is none: a text that no list names and that is no address is a slip of the pen, not "not listed".
"""

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from custody.compliance import matching
from custody.compliance.address_forms import check_address
from custody.web.refusals import guards_command


class Command(BaseCommand):
    help = "Look up an address in the active sanctions lists."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--chain", required=True, help="CAIP-2 id or currency code of a list")
        parser.add_argument("--address", required=True)
        parser.add_argument("--json", action="store_true", help="print one JSON object")

    @guards_command("compliance.address.screen")
    def handle(self, *_: object, chain: str, address: str, json: bool, **__: object) -> None:
        lists = matching.active_lists()
        entries = [
            _entry(match) for match in matching.match_address(chain=chain, address=address, lists=lists)
        ]
        if not entries:
            check_address(chain=chain, address=address)
        answer = {
            "chain": chain,
            "listed": bool(entries),
            "entries": entries,
            "list_versions": {used.source: used.list_date.isoformat() for used in lists},
        }
        self.stdout.write(_as_json(answer) if json else _as_text(answer))


def _entry(match: matching.Match) -> dict[str, Any]:
    return {
        "list": match.entry.list.source,
        "entity_id": match.entry.profile_id,
        "name": match.entry.name,
        "programmes": match.entry.programmes,
        "listed_as": match.listed,
    }


def _as_json(answer: dict[str, Any]) -> str:
    return json.dumps(answer, ensure_ascii=False)


def _as_text(answer: dict[str, Any]) -> str:
    used = ", ".join(f"{source} of {date}" for source, date in answer["list_versions"].items())
    if not answer["listed"]:
        return f"not listed: {used}"
    lines = [f"{entry['list']} {entry['entity_id']} {entry['name']}" for entry in answer["entries"]]
    return "\n".join([f"LISTED: {used}", *lines])
