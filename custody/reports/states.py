"""States of a report run. Pure.

DUE: wanted, nothing made. RENDERING: data are frozen as twin. SEALING: the unsealed file waits
for the signer. MADE: sealed, stored, its hash in the audit record. FAILED: a step gave up; the
run can be started again and keeps its data only if it had frozen them.
"""

from custody.common.states import Transitions

DUE = "DUE"
RENDERING = "RENDERING"
SEALING = "SEALING"
MADE = "MADE"
FAILED = "FAILED"

RUN = Transitions(
    "report run",
    {
        (DUE, "collect"): RENDERING,
        (RENDERING, "prepare"): SEALING,
        (SEALING, "seal"): MADE,
        (DUE, "fail"): FAILED,
        (RENDERING, "fail"): FAILED,
        (SEALING, "fail"): FAILED,
        (FAILED, "retry"): DUE,
    },
)
