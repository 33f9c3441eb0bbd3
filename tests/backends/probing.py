"""``probe_key_backend`` as an operator runs it: as process signer, by the command line."""

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from scripts.embedded.layout import PROJECT


@dataclass(frozen=True)
class Probe:
    """What the command said."""

    exit_code: int
    errors: str
    report: dict[str, Any]

    def outcomes(self, outcome: str) -> set[str]:
        """Names of the checks with this outcome."""
        return {check["name"] for check in self.report["checks"] if check["outcome"] == outcome}


def probe(
    directory: Path, entry: dict[str, Any] | None, *arguments: str, process: str = "signer", **more: str
) -> Probe:
    """Probe the back-end that ``entry`` configures under the name ``subject``."""
    file = directory / "key-backends.json"
    file.write_text(json.dumps({"subject": entry} if entry is not None else {}))
    done = subprocess.run(
        [sys.executable, "manage.py", "probe_key_backend", *(arguments or ("subject",)), "--json"],
        cwd=PROJECT,
        env={
            **os.environ,
            "CUSTODY_PROCESS": process,
            "CUSTODY_PROFILE": "test",
            "CUSTODY_SIGNER_DIR": str(directory),
            "CUSTODY_KEY_BACKENDS_FILE": str(file),
            **more,
        },
        check=False,
        capture_output=True,
        text=True,
    )
    return Probe(done.returncode, done.stderr.strip(), json.loads(done.stdout) if done.stdout else {})
