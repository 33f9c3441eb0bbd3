"""The crash matrix of a house wallet's payment: killed around every commit until the signer is asked.

Whatever the moment, going on afterwards asks the signer exactly once, for the transaction frozen first.
"""

import signal
from dataclasses import dataclass, replace
from datetime import timedelta

import pytest

from custody.accounts.models import User
from custody.accounts.roles import Role
from custody.accounts.services import link_person
from custody.common.ids import new_id
from custody.hsm.models import SignerIdentity, SigningKey, SigningRequest
from custody.policy.services import adopt_policy
from custody.statements.intent import Fee, Intent, Payee, Reason, Source
from custody.statements.policy import EscrowTermsRule, Policy
from custody.statements.trust.keys import KeyActivate, WalletBinding
from custody.wallets import services
from custody.wallets.models import TransferApproval, TransferIntent, TxAttempt, UtxoLease, Wallet
from custody.wallets.services.chain import scan_chain
from custody.wallets.states import State
from scripts.embedded.world import World
from tests.cast import person
from tests.harness.bitcoin import MERCHANT_ADDRESS, REGTEST, public_key
from tests.signer.genesis import TREASURER
from tests.signer.house import HOUSE_QUORUM
from tests.wallets.conftest import DEPTH
from tests.wallets.crashing import pay_from_house
from tests.wallets.deals import ACTOR, ASSET, AT, INSTANCE, Escrow
from tests.wallets.houses import QUORUM, as_file, statement_about
from tests.wallets.test_crashes import run

POLICY = Policy(rules=(EscrowTermsRule(), HOUSE_QUORUM))
# Commits: T1, screening, policy, three approvals handed in, decision, T3, T4, and a look for the answer.
COMMITS = 10
POINTS = [(f"{side} commit", count) for count in range(1, COMMITS + 1) for side in ("before", "after")]


@dataclass(frozen=True)
class Wanted:
    """A payment with its coin and its approvals, as arguments of the dying process."""

    document: Intent
    coin: str
    approvals: tuple[bytes, ...]

    @property
    def arguments(self) -> list[str]:
        return [self.document.to_bytes().hex(), self.coin, *(item.hex() for item in self.approvals)]


@pytest.fixture
def wanted(committed: World, committed_escrow: Escrow, request: pytest.FixtureRequest) -> Wanted:
    """A funded wallet of a key of its own, and the quorum's approvals of a payment out of it."""
    wallet, node = _wallet(request.node.nodeid), committed_escrow.node
    node.fund(wallet.address, 500_000)
    node.mine(DEPTH)
    scan_chain(at=AT)
    document = Intent(
        id=new_id("int", at=AT),
        instance=INSTANCE,
        kind="TRANSFER",
        asset=ASSET,
        source=Source(wallet=wallet.pk, owner="HOUSE"),
        payees=(Payee(to=MERCHANT_ADDRESS, amount=495_000),),
        fee=Fee(max=10_000),
        reason=Reason(code="TREASURY", ref=wallet.pk),
        maker=TREASURER,
        policy=POLICY.hash,
        expires_at=AT + timedelta(hours=48),
    )
    approvals = tuple(as_file(statement_about(document, who, at=AT)) for who in QUORUM)
    return Wanted(document, wallet.utxos.get().outpoint, approvals)


def _wallet(name: str) -> Wallet:
    adopt_policy(actor=ACTOR, policy=POLICY, at=AT)
    identity = {"instance": INSTANCE, "genesis": "00" * 32, "demo": True, "policy": POLICY.to_bytes()}
    SignerIdentity.objects.update_or_create(only=True, defaults=identity)
    if not User.objects.filter(person=TREASURER).exists():
        link_person(actor=ACTOR, user=person("treasurer", Role.TREASURY), person=TREASURER, at=AT)
    key = public_key(f"house key of {name}").hex()
    activation = KeyActivate(
        key=new_id("key", at=AT),
        public_key=key,
        curve="secp256k1",
        class_="NEVER_LEAVES",
        purpose="spend",
        wallet=WalletBinding(wallet=new_id("wal", at=AT), owner="HOUSE", chain=REGTEST, tier="HOT"),
        valid_from=AT,
        valid_until=AT + timedelta(days=180),
    )
    SigningKey.objects.create(
        id=activation.key, purpose="spend", curve="secp256k1", public_key=key, state="ACTIVE",
        activation=activation.to_json(),
    )  # fmt: skip
    wallet = services.open_house_wallet(key_id=activation.key, at=AT)
    assert wallet is not None
    return wallet


@pytest.fixture(autouse=True)
def genesis_policy_afterwards(committed: World, committed_escrow: Escrow) -> object:
    """Other tests of the committed world make intents under the genesis policy."""
    yield
    adopt_policy(actor=ACTOR, policy=replace(POLICY, rules=(EscrowTermsRule(),)), at=AT)


@pytest.mark.parametrize(("point", "count"), POINTS)
def test_a_killed_process_asks_the_signer_once(
    committed: World, wanted: Wanted, point: str, count: int
) -> None:
    assert run(committed, point, str(count), *wanted.arguments) == -signal.SIGKILL
    frozen = TxAttempt.objects.filter(intent=wanted.document.id).values_list("txid", "digests").first()
    pay_from_house(wanted.document, wanted.coin, wanted.approvals)
    intent = TransferIntent.objects.get(pk=wanted.document.id)
    attempt = intent.attempts.get()
    assert (intent.state, attempt.outpoints) == (State.SIGNING, [wanted.coin])
    assert frozen in (None, (attempt.txid, attempt.digests))
    assert UtxoLease.objects.filter(intent=intent, released_at=None).count() == 1
    assert TransferApproval.objects.filter(intent=intent).count() == len(QUORUM)
    assert SigningRequest.objects.filter(subject=intent.pk).count() == 1


def test_the_matrix_covers_every_commit(committed: World, wanted: Wanted) -> None:
    assert run(committed, "before commit", str(COMMITS + 1), *wanted.arguments) == 0
    assert TransferIntent.objects.get(pk=wanted.document.id).state == State.SIGNING
