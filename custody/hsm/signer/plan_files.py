"""What ``plan`` leaves at the console: the action to approve, and what its parameters stand for.

Beside ``A.json`` lie ``A.parameters.json``, the very bytes whose SHA-256 the action names, and
``A.parameters.txt``: an approver sees the hash alone, and compares it with these.
"""

from collections.abc import Sequence
from pathlib import Path

from custody.common import canonical, clock
from custody.hsm.signer.agreement import Plan, planned_action


def write_plan(
    action: str, plan: Plan, *, output: Path, approver: str, notes: Sequence[str] = ()
) -> list[str]:
    """Write the files and return what to print; raises OSError.

    ``approver`` is who signs it, ``notes`` says more of what the plan names by a hash.
    """
    planned = planned_action(action, plan.parameters, at=clock.now())
    covered, words = _beside(output, "json"), _beside(output, "txt")
    said = [
        f"action: {planned.action}, until {clock.write_time(planned.expires_at)}",
        *(f"{name}: {value}" for name, value in plan.in_words().items()),
        *notes,
        f"parameters {planned.parameters}: compare aloud, sha256sum {covered.name} gives the same",
    ]
    output.write_bytes(planned.to_bytes())
    covered.write_bytes(canonical.encode(plan.to_json()))
    words.write_text("\n".join(said) + "\n", encoding="utf-8")
    return [*said, f"in words: {words.name}; then each {approver}: approve sign {output.name}"]


def _beside(output: Path, kind: str) -> Path:
    return output.with_name(f"{output.stem}.parameters.{kind}")
