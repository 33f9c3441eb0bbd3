"""The life of a key (NIST SP 800-57 part 1 rev. 5, section 7): which state may follow which.

A compromised key never signs again; a destroyed one is gone from its token.
"""

from custody.common.states import Transitions

STATES = ("PRE_ACTIVE", "ACTIVE", "SUSPENDED", "DEACTIVATED", "COMPROMISED", "DESTROYED")

# The event is the state wanted.
KEY_STATES = Transitions(
    noun="key",
    table={
        (state, wanted): wanted
        for state, exits in {
            "PRE_ACTIVE": ("ACTIVE", "COMPROMISED", "DESTROYED"),
            "ACTIVE": ("SUSPENDED", "DEACTIVATED", "COMPROMISED"),
            "SUSPENDED": ("ACTIVE", "DEACTIVATED", "COMPROMISED"),
            "DEACTIVATED": ("COMPROMISED", "DESTROYED"),
            "COMPROMISED": ("DESTROYED",),
        }.items()
        for wanted in exits
    },
)
