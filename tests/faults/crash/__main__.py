"""``python -m tests.faults.crash [--sample N] [--seed N] [--backend NAME ...] [--report FILE]``.

Prints the summary as one JSON object; with ``--report`` writes it to FILE.json and FILE.md. Exit 1
when anything was broken; the stores of such cells stay, and the summary says where.
"""

import argparse
import json
import logging
import os
import shutil
import sys
import tempfile
import time
from pathlib import Path

import django

SEED = 20261121


def main() -> int:
    options = _options()
    directory = Path(tempfile.mkdtemp(prefix="custody-crash-"))
    os.environ.update(
        {
            "DJANGO_SETTINGS_MODULE": "custody.settings",
            "CUSTODY_PROCESS": "signer",
            "CUSTODY_PROFILE": "test",
            "CUSTODY_STATE_DIR": str(directory),
            "CUSTODY_SIGNER_DIR": str(directory),
        }
    )
    django.setup()
    logging.disable()  # each cell tells what is wrong; the signers' own words would hide the progress
    from tests.faults.crash.backends import BACKENDS
    from tests.faults.crash.matrix import run
    from tests.faults.crash.report import page, summary

    began = time.monotonic()
    chosen = options.backend or list(BACKENDS)
    played = list(run(chosen, seed=options.seed, sample=options.sample, directory=directory))
    figures = summary(played, seed=options.seed, sample=options.sample, seconds=time.monotonic() - began)
    if options.report:
        options.report.with_suffix(".json").write_text(json.dumps(figures, indent=1) + "\n")
        options.report.with_suffix(".md").write_text(page(figures))
    sys.stdout.write(json.dumps(figures) + "\n")
    if figures["violations"]:
        sys.stderr.write(f"violations; their stores are below {directory}\n")
        return 1
    shutil.rmtree(directory)
    return 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.faults.crash")
    parser.add_argument("--sample", type=int, help="cells of each subject on each back-end; all without it")
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--backend", action="append")
    parser.add_argument("--report", type=Path, help="file without suffix")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
