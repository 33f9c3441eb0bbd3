"""The pinned policy: a set of rules whose order means nothing (formats section 2).

This is the form only; what a rule allows is computed in ``custody.policy``. A new rule kind is a
form here, added to ``Rule``, and an evaluator there.
"""

from dataclasses import dataclass
from typing import Annotated, ClassVar, Literal

from custody.statements.fields import SetOf
from custody.statements.form import By, Document, Form


@dataclass(frozen=True, kw_only=True)
class EscrowTermsRule(Form):
    """Allows payouts of an escrow to whom its registered terms name, and nothing else."""

    kind: Literal["escrow_terms"] = "escrow_terms"


Rule = Annotated[EscrowTermsRule, By("kind")]


@dataclass(frozen=True, kw_only=True)
class Policy(Document):
    """An empty policy is well-formed and allows nothing."""

    FORMAT: ClassVar[str] = "custody/policy/v1"

    rules: SetOf[Rule]
