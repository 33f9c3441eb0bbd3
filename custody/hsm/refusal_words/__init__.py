"""Every rule of the signer in plain words, for pages and exports: one table, a file per subject."""

from django.utils.functional import Promise
from django.utils.translation import gettext as _t

from custody.hsm.refusal_words import (
    accounts,
    approvals,
    blocks,
    documents,
    keys,
    messages,
    requests,
    spends,
    transactions,
)

RULES: dict[str, Promise] = {
    **requests.WORDS,
    **approvals.WORDS,
    **spends.WORDS,
    **documents.WORDS,
    **messages.WORDS,
    **transactions.WORDS,
    **accounts.WORDS,
    **blocks.WORDS,
    **keys.WORDS,
}


def in_words(rule: str) -> str:
    """One sentence about a rule; of one that is not in the table it says so."""
    if rule in RULES:
        return str(RULES[rule])
    return _t("A rule without words yet; its name says what was refused.") if rule else ""
