"""Whether a rule speaks about an intent."""

from custody.policy.facts import SpendFacts
from custody.statements.policy import Scope


def is_in_scope(scope: Scope, facts: SpendFacts) -> bool:
    """Every part that is present must name what the intent has."""
    intent = facts.intent
    parts = (
        (scope.kinds, intent.kind),
        (scope.owners, intent.source.owner),
        (scope.wallets, intent.source.wallet),
        (scope.assets, intent.asset),
    )
    return all(named is None or actual in named for named, actual in parts)
