"""States of a report run, and of the release of a made one. Pure.

DUE: wanted, nothing made. RENDERING: data are frozen as twin. SEALING: the unsealed file waits
for the signer. MADE: sealed, stored, its hash in the audit record. FAILED: a step gave up; the
run can be started again and keeps its data only if it had frozen them.

A release is OPEN while people approve it, ASKED while the signer judges it, RELEASED once its seal
is there. Where the signer finds too little it is OPEN again; REJECTED and EXPIRED end it.
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

OPEN = "OPEN"
ASKED = "ASKED"
RELEASED = "RELEASED"
REJECTED = "REJECTED"
EXPIRED = "EXPIRED"

RELEASE = Transitions(
    "release of a report",
    {
        (OPEN, "ask"): ASKED,
        (OPEN, "reject"): REJECTED,
        (OPEN, "expire"): EXPIRED,
        (ASKED, "seal"): RELEASED,
        (ASKED, "refuse"): OPEN,
        (ASKED, "reject"): REJECTED,
    },
)
# Of these a run has one at most.
STANDING = (OPEN, ASKED, RELEASED)
