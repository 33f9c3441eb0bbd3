"""Stream ``policy``: the rules the signer decides by."""

from dataclasses import dataclass

from custody.statements.codecs import BadFieldError
from custody.statements.fields import Hash
from custody.statements.form import Form
from custody.statements.policy import Policy


@dataclass(frozen=True, kw_only=True)
class PolicyBody(Form):
    """A new policy in full, with the hash people compare."""

    hash: Hash
    policy: Policy

    def __post_init__(self) -> None:
        if self.policy.hash != self.hash:
            raise BadFieldError("not the hash of this policy", field="/hash")
