"""A payment on pages: its attempt, who has signed, how deep it lies, in words and numbers.

Used by the page of the intent and, further up, by the page of the deal.
"""

from collections.abc import Mapping

from django.utils.safestring import SafeString
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from custody.hsm.refusal_words import RULES, in_words
from custody.wallets.house import house_wallets
from custody.wallets.models import TransferIntent, TxAttempt, TxSignature
from custody.wallets.selectors import attempt_of, confirmations, document_of, terms_of
from custody.wallets.spend_facts import denied_payees
from custody.wallets.words import REASONS, state_tone, state_word
from custody.web import links, show
from custody.web.admin import Fact, Section
from custody.web.spends import spend_sections


def intent_state(intent: TransferIntent) -> SafeString:
    """State with sign and word."""
    return show.status(state_word(intent.state), state_tone(intent.state))


def stopped_by(intent: TransferIntent) -> SafeString:
    """What keeps it from going on: by name, after the sentence where a rule of the signer says it."""
    words = in_words(intent.problem) if intent.problem in RULES else ""
    return show.lines([part for part in (words, show.code(intent.problem)) if part])


def payee_names(intent: TransferIntent) -> dict[str, str]:
    """Whose the payout addresses of the signed terms are."""
    if intent.wallet.is_house:
        return _own_names(intent)
    payouts = terms_of(intent.wallet).payouts
    return {payouts.buyer: _t("buyer"), payouts.merchant: _t("merchant")}


def _own_names(intent: TransferIntent) -> dict[str, str]:
    """Payees that are wallets of the house, or that no key pays."""
    payees = [payee.to for payee in document_of(intent).payees]
    own = house_wallets().filter(chain=intent.wallet.chain, address__in=payees)
    denied = dict.fromkeys(denied_payees(intent), _t("on the deny list"))
    return {wallet.address: _t("wallet of the house") for wallet in own} | denied


def wanted(intent: TransferIntent) -> Section:
    """What the intent says, decoded from its canonical bytes."""
    document, names = document_of(intent), payee_names(intent)
    reason = show.named(REASONS, document.reason.code)
    payees = [
        show.lines([show.coins(payee.amount), names.get(payee.to, ""), show.grouped(payee.to)])
        for payee in document.payees
    ]
    facts = [
        Fact(_("Pays"), show.lines(payees)),
        Fact(_("Highest fee"), show.coins(document.fee.max)),
        Fact(
            _("Because of"),
            show.lines([reason, links.to_record(document.reason.ref)]),
        ),
        Fact(_("Made by"), show.code(document.maker)),
        Fact(_("Expires"), show.moment(document.expires_at)),
        Fact(_("Hash of the intent"), show.grouped(intent.hash, copy=True)),
        Fact(_("Stopped by"), stopped_by(intent)),
    ]
    return Section(_("What is wanted"), facts=facts)


def attempt_sections(intent: TransferIntent) -> list[Section]:
    """The concrete transaction of the intent, none before it is prepared."""
    attempt = attempt_of(intent)
    if attempt is None:
        return []
    words = spend_sections(attempt.psbt, chain=attempt.chain, names=payee_names(intent))
    return [*words, _progress(attempt), _signatures(intent, attempt)]


def _progress(attempt: TxAttempt) -> Section:
    facts = [
        Fact(_("Prepared"), show.moment(attempt.created_at)),
        Fact(_("Asked of the signer"), links.to_record(attempt.signing_request)),
        Fact(_("Signed"), show.moment(attempt.signed_at)),
        Fact(_("First sent"), show.moment(attempt.first_sent_at)),
        Fact(_("Confirmations"), confirmations(attempt)),
    ]
    return Section(_("Progress"), facts=facts)


def _signatures(intent: TransferIntent, attempt: TxAttempt) -> Section:
    owners = _key_owners(intent)
    rows = [
        [owners.get(row.public_key, ""), _source(row), row.input, show.moment(row.created_at)]
        for row in attempt.signatures.order_by("input", "created_at", "pk")
    ]
    columns = (_("Key of"), _("Came from"), _("Input"), _("Since"))
    note = "" if intent.wallet.is_house else _("Two of three keys are needed.")
    return Section(_("Signatures"), columns=columns, rows=rows, note=note)


def _key_owners(intent: TransferIntent) -> Mapping[str, str]:
    if intent.wallet.is_house:
        return {intent.wallet.public_key: _t("house")}
    keys = terms_of(intent.wallet).keys
    return {keys.buyer: _t("buyer"), keys.merchant: _t("merchant"), keys.mediator: _t("mediator")}


def _source(row: TxSignature) -> str:
    return _t("our signer") if row.source == TxSignature.Source.SIGNER else _t("upload of the party")
