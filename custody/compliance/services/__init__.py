"""Writes of compliance; every entry point and every package above calls these functions only."""

from custody.compliance.services.hits import confirm_hit, decide_hit, return_hit
from custody.compliance.services.lists import ImportOutcome, import_list
from custody.compliance.services.screening import register_party, screen_address, screen_party

__all__ = [
    "ImportOutcome",
    "confirm_hit",
    "decide_hit",
    "import_list",
    "register_party",
    "return_hit",
    "screen_address",
    "screen_party",
]
