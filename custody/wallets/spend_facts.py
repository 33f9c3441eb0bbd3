"""The facts of a wanted payment, as far as the web side can know them, for the policy's decision.

The signer builds its own; here roles and proofs of approvals and the address book are taken as said,
so that a payment is not stopped early. Amounts in satoshi.
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime

from custody.chains.bitcoin.address import p2wpkh_address
from custody.chains.bitcoin.psbt import DecodedSpend
from custody.hsm import standing
from custody.hsm.deny_list import denied_of
from custody.hsm.models import SigningKey
from custody.policy.facts import Approver, OwnWallet, PastSpend, SpendFacts, bitcoin_spend
from custody.policy.selectors import current_policy
from custody.statements.credential import PersonRole
from custody.statements.intent import Intent
from custody.statements.mandate import Mandate
from custody.statements.policy import QuorumRule
from custody.statements.trust.keys import KeyActivate
from custody.wallets import selectors
from custody.wallets.handed_in import approvals_of, facts_of
from custody.wallets.house import key_of, mandate_of
from custody.wallets.models import TransferIntent, TxAttempt, Wallet


def spend_facts(intent: TransferIntent, spend: DecodedSpend, *, at: datetime) -> SpendFacts:
    """Facts of this very transaction; as in the signer, all but terms and tier are known of every wallet."""
    document, wallet = selectors.document_of(intent), intent.wallet
    key = key_of(wallet) if wallet.is_house else None
    return replace(
        bitcoin_spend(
            intent=document, terms=None if wallet.is_house else selectors.terms_of(wallet), spend=spend
        ),
        at=at.replace(microsecond=0),
        approvers=_approvers(intent, document, at=at),
        past=tuple(past_spends(wallet, without=intent)),
        own=tuple(_own_wallets(document)),
        booked=tuple(payee.to for payee in document.payees if payee.entry),
        mandate=current_mandate(document, at=at),
        source_tier=key.binding.tier if key else None,
        proven=tuple(item.fact for item in facts_of(intent)),
    )


def _approvers(intent: TransferIntent, document: Intent, *, at: datetime) -> tuple[Approver, ...]:
    """Who handed in an approval, in every role the policy asks for: which they hold, the signer knows."""
    rules = [rule for rule in current_policy().rules if isinstance(rule, QuorumRule)]
    roles: tuple[PersonRole, ...] = tuple(sorted({rule.role for rule in rules}))
    people = sorted({item.statement.person for item in approvals_of(intent, at=at)} - {document.maker})
    return tuple(Approver(person=person, roles=roles) for person in people) if roles else ()


def denied_payees(intent: TransferIntent) -> frozenset[str]:
    """Payees on the deny list of the signer that has to sign; empty where no key of ours takes part."""
    if not intent.needs_our_key:
        return frozenset()
    document = selectors.document_of(intent)
    payees = [payee.to for payee in document.payees]
    return denied_of(payees, chain=document.chain, key=intent.wallet.signing_key)


def current_mandate(document: Intent, *, at: datetime) -> Mandate | None:
    """The mandate that made the intent, as it stands now; None for a person's, and for an ended one."""
    name = mandate_of(document)
    known = standing.mandates(at=at) if name else ()
    return next((item for item in known if item.mandate == name), None)


def past_spends(wallet: Wallet, *, without: TransferIntent | None = None) -> Iterator[PastSpend]:
    """What intents of the wallet took, from the moment their transaction was signed."""
    signed = TxAttempt.objects.filter(intent__wallet=wallet, signed_at__isnull=False)
    signed = signed.exclude(intent=without) if without else signed
    for attempt in signed.select_related("intent").order_by("signed_at", "pk"):
        document = selectors.document_of(attempt.intent)
        yield PastSpend(
            asset=document.asset,
            amount=document.total,
            fee=attempt.fee,
            mandate=mandate_of(document),
            at=(attempt.signed_at or attempt.created_at).replace(microsecond=0),
        )


def _keys_beside(wallet: str) -> list[tuple[SigningKey, KeyActivate]]:
    """Keys of the signer that pays out of ``wallet``; each signer knows its own alone."""
    known = standing.activations()
    paying = [key.offline_id for key, said in known if said.wallet and said.wallet.wallet == wallet]
    signer = paying[0] if paying else None
    return [(key, said) for key, said in known if key.offline_id == signer]


def _own_wallets(document: Intent) -> Iterator[OwnWallet]:
    """Payees that are wallets of active keys of our own, as far as the paying signer knows them."""
    payees = {payee.to for payee in document.payees}
    for key, activation in _keys_beside(document.source.wallet):
        binding = activation.wallet
        if binding is None or binding.chain != document.chain or key.state != "ACTIVE":
            continue
        address = p2wpkh_address(bytes.fromhex(key.public_key), binding.chain)
        if address in payees:
            yield OwnWallet(
                address=address,
                wallet=binding.wallet,
                owner=binding.owner,
                client=binding.client,
                tier=binding.tier,
                key_class=activation.class_,
            )
