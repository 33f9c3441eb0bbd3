"""What the custodian reads before typing anything, every line of it from the bytes themselves.

Every field has its row in the table that officers approve by; a Bitcoin transaction is shown decoded,
with every output it has, whatever the intent beside it says, and other bytes as ``opened`` reads them.
"""

from collections.abc import Iterator

from custody.chains.bitcoin import psbt
from custody.common.errors import InvalidInputError
from custody.hsm.signer.offline.counter import CarriedRequest
from custody.hsm.signer.offline.opened import opened
from custody.hsm.signer.refusal import Refusal
from custody.statements.critical import Critical
from custody.statements.display import show, show_carried
from custody.statements.display.table import Language
from custody.statements.intent import Intent
from custody.statements.request import CarriedDocument, Request, SpendPayload
from custody.statements.terms import SignedTerms, Terms

# Parts of a request that have lines of their own behind it.
ELSEWHERE = frozenset({"intent", "documents", "payload", "approvals"})

WORDS: dict[str, dict[Language, str]] = {
    "inputs": {"de": "Eingänge zusammen", "en": "Inputs together"},
    "output": {"de": "Ausgang", "en": "Output"},
    "fee": {"de": "Gebühr", "en": "Fee"},
    "transaction": {"de": "Transaktion, aus ihren Bytes", "en": "Transaction, from its bytes"},
    "unreadable": {"de": "Die Bytes sind nicht lesbar.", "en": "The bytes cannot be read."},
    "says": {"de": "sagt", "en": "says"},
    "approvals": {"de": "Zustimmungen", "en": "Approvals"},
    "refused": {"de": "WIRD ABGELEHNT", "en": "WILL BE REFUSED"},
    "decided": {"de": "Schon entschieden", "en": "Decided already"},
    "type": {"de": "Zum Bestätigen tippen", "en": "To confirm, type"},
}


def text(carried: CarriedRequest, *, language: Language) -> str:
    """Everything about a request, ending with the signer's verdict as far as it is known.

    Raises NotShownError where nothing says how a part of it is shown: nobody confirms blindly.
    """
    return "\n".join(_lines(carried, language))


def _lines(carried: CarriedRequest, language: Language) -> Iterator[str]:
    request = carried.request
    own = {name: part for name, part in request.to_json().items() if name not in ELSEWHERE}
    yield from show_carried(request.FORMAT, own, language=language)
    if request.intent is not None:
        yield show(request.intent.to_bytes(), language=language).text
    for document in request.documents:
        yield from _document(document, language)
    if request.payload is not None:
        yield from _payload(carried, language)
    yield from _approvals(request, language)
    if carried.is_refused:
        yield f"{_word('refused', language)}: {carried.verdict['rule']} {carried.verdict['culprit']}".rstrip()
    elif carried.is_decided:
        yield f"{_word('decided', language)}: {carried.verdict['decision']}"


def _document(carried: CarriedDocument, language: Language) -> Iterator[str]:
    """Approved documents as those who approved saw them; terms with who signed them."""
    if isinstance(carried, SignedTerms):
        yield from show_carried(Terms.FORMAT, carried.to_json(), language=language)
    else:
        yield show(carried.document.to_bytes(), language=language).text


def _payload(carried: CarriedRequest, language: Language) -> Iterator[str]:
    """Bytes of another form decoded; what cannot be decoded is said to be unreadable, and refused."""
    request, payload = carried.request, carried.request.payload
    if isinstance(payload, Critical):
        yield show(payload.to_bytes(), language=language).text
    elif isinstance(payload, SpendPayload) and request.intent is not None:
        yield from _transaction(request.intent, payload, language)
    else:
        try:
            values = opened(request, at=carried.at)
        except (InvalidInputError, Refusal):
            yield _word("unreadable", language)
            return
        yield from show_carried(request.kind, values, language=language)


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
    said = [
        *request.approvals,
        *(one for item in request.trust_documents for one in item.approvals),
        *(one for item in request.releases for one in item.approvals),
    ]
    if said:
        yield f"{_word('approvals', language)}:"
    for approval in said:
        statement = approval.statement
        yield f"  {statement.person} {_word('says', language)} {statement.verdict}"


def _word(name: str, language: Language) -> str:
    return WORDS[name][language]


def asked(carried: CarriedRequest, *, language: Language) -> str:
    """The question at the end."""
    return f"{_word('type', language)} {carried.word}: "
