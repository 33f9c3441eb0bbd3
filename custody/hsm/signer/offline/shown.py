"""What the custodian reads before typing anything, every line of it from the bytes themselves.

Subjects are rendered with the table that officers approve by; a Bitcoin transaction is shown decoded,
with every output it has, whatever the intent beside it says.
"""

from collections.abc import Iterator

from custody.chains.bitcoin import psbt
from custody.common.errors import InvalidInputError
from custody.hsm.signer.offline.counter import Case
from custody.statements.critical import Critical
from custody.statements.display.render import show
from custody.statements.display.table import Language
from custody.statements.intent import Intent
from custody.statements.request import Request, SpendPayload

WORDS: dict[str, dict[Language, str]] = {
    "request": {"de": "Anfrage", "en": "Request"},
    "key": {"de": "Schlüssel", "en": "Key"},
    "inputs": {"de": "Eingänge zusammen", "en": "Inputs together"},
    "output": {"de": "Ausgang", "en": "Output"},
    "fee": {"de": "Gebühr", "en": "Fee"},
    "transaction": {"de": "Transaktion, aus ihren Bytes", "en": "Transaction, from its bytes"},
    "unreadable": {"de": "Die Transaktion ist nicht lesbar.", "en": "The transaction cannot be read."},
    "says": {"de": "sagt", "en": "says"},
    "approvals": {"de": "Zustimmungen", "en": "Approvals"},
    "refused": {"de": "WIRD ABGELEHNT", "en": "WILL BE REFUSED"},
    "decided": {"de": "Schon entschieden", "en": "Decided already"},
    "type": {"de": "Zum Bestätigen tippen", "en": "To confirm, type"},
}


def text(case: Case, *, language: Language) -> str:
    """Everything about a request, ending with the signer's verdict as far as it is known."""
    return "\n".join(_lines(case, language))


def _lines(case: Case, language: Language) -> Iterator[str]:
    request = case.request
    yield f"{_word('request', language)}: {request.kind} {request.id}"
    if request.key:
        yield f"{_word('key', language)}: {request.key}"
    action = request.payload if isinstance(request.payload, Critical) else None
    subject = request.intent or action or next((item.document for item in request.trust_documents), None)
    if subject is not None:
        yield show(subject.to_bytes(), language=language).text
    if request.intent is not None and isinstance(request.payload, SpendPayload):
        yield from _transaction(request.intent, request.payload, language)
    yield from _approvals(request, language)
    if case.is_refused:
        yield f"{_word('refused', language)}: {case.verdict['rule']} {case.verdict['culprit']}".rstrip()
    elif case.is_decided:
        yield f"{_word('decided', language)}: {case.verdict['decision']}"


def _transaction(intent: Intent, payload: SpendPayload, language: Language) -> Iterator[str]:
    yield f"{_word('transaction', language)}:"
    try:
        spend = psbt.decode(payload.psbt, chain=intent.chain)
    except InvalidInputError:
        yield f"  {_word('unreadable', language)}"
        return
    yield f"  txid {spend.txid}"
    yield f"  {_word('inputs', language)} ({len(spend.inputs)}): {sum(item.amount for item in spend.inputs)}"
    for number, output in enumerate(spend.outputs, start=1):
        yield f"  {_word('output', language)} {number}: {output.amount} -> {output.address}"
    yield f"  {_word('fee', language)}: {spend.fee}"


def _approvals(request: Request, language: Language) -> Iterator[str]:
    said = [*request.approvals, *(one for item in request.trust_documents for one in item.approvals)]
    if said:
        yield f"{_word('approvals', language)}:"
    for approval in said:
        statement = approval.statement
        yield f"  {statement.person} {_word('says', language)} {statement.verdict}"


def _word(name: str, language: Language) -> str:
    return WORDS[name][language]


def asked(case: Case, *, language: Language) -> str:
    """The question at the end."""
    return f"{_word('type', language)} {case.word}: "
