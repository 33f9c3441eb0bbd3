"""Reports of the demonstration: a case file per finished deal, the scheduled export, verification."""

import json
import re
import subprocess
from pathlib import Path
from typing import Any

from scripts.demo.story import wait
from scripts.embedded.layout import PROJECT
from scripts.embedded.world import World

EXPORT_SECONDS = 180


def make_case_file(world: World, deal: str) -> dict[str, Any]:
    """Make, seal and write the case file R7 with its proof; verify both as an examiner would."""
    file = world.layout.web / "reports" / f"R7-{deal}.pdf"
    world.manage("render_report", "R7", "--period", deal, "--output", str(file), "--json")
    return verified(world, file)


def wait_for_export(world: World) -> dict[str, Any]:
    """The monthly report R3 that beat makes by itself, in the export folder."""
    folder = world.layout.web / "exports"

    def proofs() -> list[Path]:
        return sorted(folder.glob("R3-*.proof.json"))

    wait(lambda: bool(proofs()), seconds=EXPORT_SECONDS, what="scheduled export of R3")
    return verified(world, Path(re.sub(r"\.proof\.json$", ".pdf", str(proofs()[-1]))))


def verified(world: World, file: Path) -> dict[str, Any]:
    """What ``verify_report`` and ``pdfsig`` say of a sealed file."""
    proof = file.with_suffix(".proof.json")
    identity = world.layout.public / "signer.json"
    words = [str(file), "--identity", str(identity), "--proof", str(proof), "--json"]
    done = subprocess.run([PROJECT / "scripts" / "verify_report", *words], capture_output=True, check=False)
    found = json.loads(done.stdout)
    return {
        "file": str(file),
        "proof": str(proof),
        "verify_report": {name: found[name] for name in ("ok", "seal", "twin", "audit")},
        "pdfsig": pdfsig(file),
    }


def pdfsig(file: Path) -> str:
    """The validity line of poppler's ``pdfsig``."""
    done = subprocess.run(["pdfsig", "-nocert", str(file)], capture_output=True, text=True, check=False)
    lines = [line for line in done.stdout.splitlines() if "Signature Validation" in line]
    return lines[0].partition(":")[2].strip() if lines else "no signature found"
