"""``make bench [ONLY=name]``: one JSON line each; exit 0 all fine, 1 any not, 2 unknown name."""

import json
import subprocess
import sys

from scripts.bench import (
    Bench,
    Measurement,
    signer_approvals,
    signer_memory,
    signer_one_input,
    signer_psbt50,
    signer_queue,
)

BENCHES: dict[str, Bench] = {
    "signer.approvals": signer_approvals.measure,
    "signer.memory": signer_memory.measure,
    "signer.one_input": signer_one_input.measure,
    "signer.psbt50": signer_psbt50.measure,
    "signer.queue": signer_queue.measure,
    "signer.queue_raw": signer_queue.measure_raw,
}


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
    if len(names) == 1:
        measured = BENCHES[names[0]]()
        print(line(names[0], measured), flush=True)
        return 0 if measured.ok else 1
    # One process each: a token is logged in to once per process, and memory is measured.
    commands = ([sys.executable, "-m", "scripts.bench", name] for name in names or sorted(BENCHES))
    codes = [subprocess.run(command, check=False).returncode for command in commands]
    return max(codes)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
