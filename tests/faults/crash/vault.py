"""``python -m tests.faults.crash.vault DIRECTORY``: a key vault that lives until standard input ends."""

import json
import sys
from pathlib import Path

from tests.harness.azure import local_vault


def main(directory: str) -> None:
    """Print the settings of a back-end on it as one line."""
    with local_vault(Path(directory)) as vault:
        sys.stdout.write(json.dumps(vault.settings(Path(directory))) + "\n")
        sys.stdout.flush()
        sys.stdin.read()


if __name__ == "__main__":
    main(sys.argv[1])
