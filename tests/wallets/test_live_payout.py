"""The one path of money with everything real: worker, beat, signer with its token, and node."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from custody.chains.bitcoin.address import p2wsh_address
from custody.chains.bitcoin.script import multisig_script
from custody.chains.bitcoin.transaction import TxOutput, parse_transaction
from custody.common import clock
from custody.common.ids import new_id
from custody.compliance.samples import OFAC_SYNTHETIC
from custody.compliance.services import import_list
from custody.hsm import selectors as desk
from custody.hsm.services import mirror_signer, submit_request
from custody.policy.services import adopt_policy
from custody.statements.terms import RoleKeys, SignedTerms
from custody.wallets import selectors, services
from custody.wallets.models import TransferIntent, Wallet
from custody.wallets.states import State
from scripts.embedded.bitcoind import Node
from scripts.embedded.genesis import people_of
from scripts.embedded.world import World
from tests.harness.bitcoin import MERCHANT_ADDRESS, REGTEST, is_valid_spend, public_key
from tests.harness.waiting import eventually
from tests.wallets.deals import ACTOR, AMOUNT, Escrow, attempt_of, fresh, give, sign_terms, signed_terms

FINALITY_DEPTH = 6
PREFIX = "live payout's "


@pytest.fixture
def rules(live: World) -> None:
    """List, policy and the signer's identity, as the running world has them."""
    eventually(lambda: mirror_signer(at=clock.now()), what="identity of the signer")
    import_list(actor=ACTOR, source="ofac", path=Path(OFAC_SYNTHETIC), at=clock.now())
    adopt_policy(actor=ACTOR, policy=desk.identity().policy, at=clock.now())


def our_mediator(live: World) -> str:
    """Person id of the mediator in the genesis of the live world."""
    return people_of(live.layout.state / "genesis.json")["mediator"]


def our_terms(live: World) -> SignedTerms:
    """Terms whose mediator key is the one on the token; the parties have keys of their own."""
    mediator = desk.active_key("mediator").public_key
    buyer, merchant = (public_key(PREFIX + role).hex() for role in ("buyer", "merchant"))
    keys = RoleKeys(buyer=buyer, merchant=merchant, mediator=mediator)
    script = multisig_script([keys.buyer, keys.merchant, keys.mediator])
    return sign_terms(
        replace(
            signed_terms("mediator").document,
            id=new_id("deal", at=clock.now()),
            instance=desk.identity().instance,
            keys=keys,
            script=script.hex(),
            address=p2wsh_address(script, REGTEST),
            mediator=our_mediator(live),
        ),
        prefix=PREFIX,
    )


def registered(terms: SignedTerms) -> Wallet:
    """Have the signer register the terms, then make the wallet."""
    key, at = desk.active_key("mediator").pk, clock.now()
    request = submit_request(
        actor=ACTOR, kind="TERMS", key=key, subject=terms.document.id, documents=[terms], at=at
    )
    result = eventually(lambda: desk.result_of(request.pk), what="registration of the terms")
    assert result is not None
    assert (result.outcome, result.rule) == ("RECORDED", None)
    return services.register_escrow_wallet(actor=ACTOR, terms=terms, signing_key=key, subjects=[], at=at)


def award(escrow: Escrow, maker: str) -> TransferIntent:
    """A payout to the merchant that our key takes part in."""
    document = escrow.intent(
        (MERCHANT_ADDRESS, AMOUNT - 2_000),
        id=new_id("int", at=clock.now()),
        instance=desk.identity().instance,
        maker=maker,
        policy=desk.identity().policy.hash,
        expires_at=(clock.now() + timedelta(hours=70)).replace(microsecond=0),
    )
    return services.create_intent(actor=ACTOR, document=document, needs_our_key=True, at=clock.now())


def reaches(intent: TransferIntent, state: State) -> bool:
    return fresh(intent).state == state


def test_an_award_is_signed_by_the_token_and_one_party_and_becomes_final(
    rules: None, live: World, node: Node
) -> None:
    escrow = Escrow(node, registered(our_terms(live)), mediator="")
    node.fund(escrow.wallet.address, AMOUNT)
    node.mine(FINALITY_DEPTH)
    eventually(lambda: selectors.wallet_funding(escrow.wallet).final == AMOUNT, timeout=120, what="funding")
    intent = award(escrow, our_mediator(live))
    ours = desk.active_key("mediator").public_key
    eventually(lambda: reaches(intent, State.SIGNING), what="preparation")
    eventually(lambda: ours in selectors.signed_keys(attempt_of(intent)), what="signature of the token")
    give(intent, PREFIX + "merchant")
    eventually(lambda: reaches(intent, State.BROADCAST), what="broadcast")
    final = parse_transaction(bytes(attempt_of(intent).raw or b""))
    spend = selectors.spend_of(attempt_of(intent))
    assert is_valid_spend(final, [TxOutput(item.amount, item.script_pubkey) for item in spend.inputs])
    node.mine(FINALITY_DEPTH)
    eventually(lambda: reaches(intent, State.FINAL), what="finality")
