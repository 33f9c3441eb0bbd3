"""A session with a closed token: named requests, for so many minutes, agreed by custodians present.

The key's back-end stays closed otherwise, and whoever rules the web side can ask for signatures as
long as they like: nothing there can be signed (trust.md 15).
"""

from dataclasses import dataclass
from typing import Annotated, Literal

from custody.hsm.backends.settings import Name
from custody.hsm.signer.agreement import CUSTODIANS, Agreement, Plan, Rules
from custody.statements.codecs import BadFieldError
from custody.statements.fields import Hash, Positive, RequestId
from custody.statements.form import Form, Many

ACTION = "OPEN_TOKEN"
MAX_MINUTES = 240
MAX_REQUESTS = 100

Ending = Literal["command", "done", "restart", "time_out", "unusable"]


@dataclass(frozen=True, kw_only=True)
class SessionPlan(Plan):
    """``requests``: hashes of the signing requests that may be signed, and no others."""

    backend: Name
    minutes: Positive
    requests: Annotated[tuple[Hash, ...], Many(as_set=True, least=1)]

    def __post_init__(self) -> None:
        if self.minutes > MAX_MINUTES:
            raise BadFieldError(f"at most {MAX_MINUTES} minutes", field="/minutes")
        if len(self.requests) > MAX_REQUESTS:
            raise BadFieldError(f"at most {MAX_REQUESTS} requests", field="/requests")


@dataclass(frozen=True, kw_only=True)
class ColdSession(Agreement):
    """Agreement on a session; it is named by the id of its action."""

    ACTION = ACTION
    ROLES = CUSTODIANS
    RULES = Rules(
        another_action="not_a_session",
        other_parameters="another_session_was_approved",
        done_before="session_was_held",
        too_few="custodians_missing",
    )

    session: SessionPlan

    @property
    def parameters(self) -> str:
        return self.session.parameters


@dataclass(frozen=True, kw_only=True)
class SessionEnd(Form):
    """Closes a session before its time; one person at the console is enough, it only takes away."""

    session: RequestId
