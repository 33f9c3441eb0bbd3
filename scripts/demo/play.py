"""Plays the stories once and sums up what can be checked afterwards."""

import json
import sys
import time
from pathlib import Path
from typing import Any

from scripts.demo import story
from scripts.demo.reports import make_case_file, wait_for_export
from scripts.demo.seed import import_list, make_stage, seed_people
from scripts.demo.story import wait
from scripts.embedded.world import World
from scripts.installation import Installation, separation_note
from scripts.steps import Steps

SEAL_SECONDS = 120
_STEPS = 6


def ensure_demo(installation: Installation) -> list[dict[str, Any]]:
    """Load the demonstration on first start; return the log-ins."""
    if marker(installation).exists():
        return seed_people(installation)
    return play(installation)[0]


def marker(installation: Installation) -> Path:
    """Stands where the stories were played, with their summary."""
    return installation.layout.state / "demo-played.json"


def play(installation: Installation) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """Agreement, dispute won by the merchant, a listed party stopped; reports; verification."""
    world, began = installation.world, time.monotonic()
    steps = Steps(_STEPS, sys.stdout)
    steps.begin("importing the sanctions list")
    sanctions = import_list(installation)
    logins = seed_people(installation)
    stage = make_stage(installation, logins)
    steps.begin("agreement: terms, proofs, funding, release by both")
    agreement = story.play_agreement(stage)
    steps.begin("dispute: award to the merchant, our signature from the token")
    dispute = story.play_dispute(stage)
    steps.begin("a listed party is stopped")
    listed = story.play_listed(stage)
    steps.begin("case files and scheduled export")
    reports = [make_case_file(world, deal["deal"]) for deal in (agreement, dispute)]
    reports.append(wait_for_export(world))
    steps.begin("verifying the audit record")
    audit = verify_audit(world)
    steps.end()
    summary = {
        "ok": audit["ok"] and all(report["verify_report"]["ok"] for report in reports),
        "sanctions": sanctions,
        "agreement": agreement,
        "dispute": dispute,
        "listed": listed,
        "reports": reports,
        "audit": audit,
        "separation": separation_note(),
        "seconds": round(time.monotonic() - began, 1),
    }
    marker(installation).write_text(json.dumps(summary))
    return logins, summary


def verify_audit(world: World) -> dict[str, Any]:
    """The verdict once a signed checkpoint covers what the stories left behind."""
    found: dict[str, Any] = {}

    def is_sealed() -> bool:
        nonlocal found
        found = json.loads(world.manage("verify_audit_log", "--json"))
        return bool(found["unsealed"] < found["entries"])

    wait(is_sealed, seconds=SEAL_SECONDS, what="a checkpoint of the audit record")
    return found
