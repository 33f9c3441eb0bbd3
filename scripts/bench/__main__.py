"""``make bench [ONLY=name]``: one JSON line each; exit 0 all fine, 1 any not, 2 unknown name."""

import json
import sys

from scripts.bench import Bench, Measurement
from scripts.bench.signer_one_input import measure as signer_one_input

BENCHES: dict[str, Bench] = {"signer.one_input": signer_one_input}


def line(name: str, measured: Measurement) -> str:
    return json.dumps(
        {
            "bench": name,
            "value": round(measured.value, 4),
            "unit": measured.unit,
            "peer": measured.peer,
            "ratio": round(measured.ratio, 3),
            "goal": measured.goal,
            "ok": measured.ok,
        }
    )


def main(names: list[str]) -> int:
    unknown = [name for name in names if name not in BENCHES]
    if unknown:
        print(f"bench: unknown name {unknown[0]}; known: {', '.join(sorted(BENCHES))}", file=sys.stderr)
        return 2
    fine = True
    for name in names or sorted(BENCHES):
        measured = BENCHES[name]()
        print(line(name, measured), flush=True)
        fine &= measured.ok
    return 0 if fine else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
