"""``make demo``: the main job without a browser; the last line is one JSON summary."""

import json
import sys

from scripts.demo.play import play
from scripts.installation import Installation


def main() -> int:
    """Exit 0 when everything happened and verifies."""
    with Installation() as installation:
        _, summary = play(installation)
    print(json.dumps(summary, ensure_ascii=False))
    return 0 if summary["ok"] else 1


if __name__ == "__main__":
    sys.exit(main())
