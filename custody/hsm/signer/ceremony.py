"""A key ceremony at the signer's console: custodians present agree on one key, and the signer makes it.

The key is PRE_ACTIVE afterwards: an activation document by the quorum says what it is for.
"""

from dataclasses import dataclass
from typing import ClassVar

from custody.hsm.backends.settings import Name
from custody.hsm.signer.agreement import Agreement, Plan, Rules
from custody.statements.fields import Text
from custody.statements.trust.keys import Curve, KeyPurpose


@dataclass(frozen=True, kw_only=True)
class WantedKey(Plan):
    """What the ceremony makes; on the signer's own token unless it names another back-end."""

    purpose: KeyPurpose
    curve: Curve
    label: Text
    backend: Name | None = None


@dataclass(frozen=True, kw_only=True)
class Ceremony(Agreement):
    """Agreement on a key, which is named by the action's parameters."""

    ACTION: ClassVar[str] = "MAKE_KEY"
    RULES: ClassVar[Rules] = Rules("not_a_key_ceremony", "another_key_was_approved", "ceremony_was_held")

    key: WantedKey

    @property
    def plan(self) -> WantedKey:
        return self.key
