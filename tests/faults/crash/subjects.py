"""What the signer is asked for in a cell: one line for each kind of request and each order of the console."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from custody.common.ids import new_id
from custody.statements.checkpoint import Checkpoint, SignedCheckpoint
from custody.statements.intent import Payee
from custody.statements.request import Request
from custody.statements.trust.holds import Hold, Kill
from tests.faults.crash.ground import Ground
from tests.harness.bitcoin import BUYER_ADDRESS
from tests.signer import releases
from tests.signer import test_address as address
from tests.signer import test_csr as csr
from tests.signer import test_key_proof as key_proof
from tests.signer.accounts import PRICE
from tests.signer.genesis import FIRST, INSTANCE
from tests.signer.house import PAYEES, wallet_id

NOWHERE = Hold(scope="WALLET", ref=wallet_id(99))


@dataclass(frozen=True)
class Subject:
    """``make`` returns the requests of one wake, and may give orders; ``outcomes`` are theirs, in order."""

    make: Callable[[Ground], Sequence[Request]]
    outcomes: tuple[str, ...]


def _escrow(ground: Ground) -> Request:
    return ground.bench.spend(ground.terms, intent=ground.escrow_intent())


def _two_coins(ground: Ground) -> Request:
    """A transfer that needs two signatures of one key."""
    house = ground.accounts
    intent = house.intent()
    coins = house.coins(500_000, 500_000, salt=0x33)
    return house.transfer(intent, psbt=house.psbt(intent.payees, coins=coins))


def _seal(ground: Ground) -> Request:
    return releases.seal_request(ground.bench, releases.attributes(ground.bench))


def _csr(ground: Ground) -> Request:
    return csr.request(ground.bench, csr.own_info(ground.bench))


def _checkpoint(ground: Ground) -> Request:
    return ground.bench.checkpoint(["11" * 32])


def _hold(ground: Ground) -> Request:
    officers = ground.accounts.officers
    document = officers.document("HOLD", NOWHERE, maker=FIRST)
    return officers.request(document, officers.approval(document, FIRST))


def _address(ground: Ground) -> Request:
    return address.request(ground.bench, wallet=wallet_id(1))


def _key_proof(ground: Ground) -> Request:
    return key_proof.request_for(ground.bench, ground.bench.key_proof(ground.terms))


def _head(ground: Ground) -> Request:
    """A checkpoint that the checkpoint key has signed, and that this store knows nothing of."""
    bench, key = ground.bench, ground.bench.key("checkpoint")
    lost = Checkpoint(instance=INSTANCE, stream="main", position=9, link="99" * 32, at=bench.hands.now)
    signature = bench.token.make(key, bytes.fromhex(lost.hash)).hex()
    head = SignedCheckpoint(checkpoint=lost, public_key=key.public_key, signature=signature)
    return Request(id=new_id("req", at=bench.hands.now), instance=INSTANCE, kind="HEAD", payload=head)


def _too_rich(ground: Ground) -> Request:
    """A transfer of more than was approved."""
    house = ground.accounts
    return house.transfer(psbt=house.psbt((replace(PAYEES[0], amount=990_001),)))


def _ceremony(ground: Ground) -> Sequence[Request]:
    """Custodians order a key; what wakes the signer is a checkpoint."""
    body = ground.accounts.ceremony("made while dying")
    ground.bench.orders.give(kind="MAKE_KEY", body=body, reason="ceremony")
    return (_checkpoint(ground),)


def _kill(ground: Ground) -> Sequence[Request]:
    """A kill of the console, and a transfer that came too late."""
    ground.bench.orders.give(kind="KILL", body=Kill(), reason="drill")
    return (ground.accounts.transfer(),)


def _batch(ground: Ground) -> Sequence[Request]:
    """Six of one wake: kinds of all sorts, and one that is refused in their middle."""
    return (
        _escrow(ground),
        _two_coins(ground),
        _too_rich(ground),
        ground.accounts.pay(),
        _hold(ground),
        _checkpoint(ground),
    )


def _rivals(ground: Ground) -> Sequence[Request]:
    """Two intents for one coin in one wake: the first one gets it, whoever dies."""
    house = ground.accounts
    other = house.intent(payees=(Payee(to=BUYER_ADDRESS, amount=990_000),))
    return house.transfer(), house.transfer(other)


def _replaced(ground: Ground) -> Sequence[Request]:
    """A transaction and what replaces it, in one wake; a third that pays no more comes too late."""
    house = ground.accounts
    intent = house.wanted()
    cheap = {"max_fee_per_gas": PRICE // 2, "max_priority_fee_per_gas": 10**8}
    return house.pay(intent, **cheap), house.pay(intent), house.pay(intent)


def _lapse(ground: Ground) -> Sequence[Request]:
    """A promise whose time is over, and another payment with its coin."""
    return ground.overdue, ground.rival()


def _alone(make: Callable[[Ground], Request]) -> Callable[[Ground], Sequence[Request]]:
    return lambda ground: (make(ground),)


SUBJECTS: dict[str, Subject] = {
    "BTC_SPEND of a deal": Subject(_alone(_escrow), ("SIGNED",)),
    "BTC_SPEND of the house": Subject(_alone(_two_coins), ("SIGNED",)),
    "BTC_SPEND mandated": Subject(_alone(lambda ground: ground.accounts.sweep(ground.cold)), ("SIGNED",)),
    "EVM_TX": Subject(_alone(lambda ground: ground.accounts.pay()), ("SIGNED",)),
    "EVM_TX replaced": Subject(_replaced, ("SIGNED", "SIGNED", "REFUSED")),
    "SAFE_TX": Subject(_alone(lambda ground: ground.accounts.out_of_safe()), ("SIGNED",)),
    "TERMS": Subject(_alone(lambda ground: ground.other_terms()), ("RECORDED",)),
    "KEY_PROOF": Subject(_alone(_key_proof), ("SIGNED",)),
    "CMS_SEAL": Subject(_alone(_seal), ("SIGNED",)),
    "CSR": Subject(_alone(_csr), ("SIGNED",)),
    "CHECKPOINT": Subject(_alone(_checkpoint), ("SIGNED",)),
    "TRUST": Subject(_alone(_hold), ("RECORDED",)),
    "BLOCK": Subject(_alone(lambda ground: ground.mine.request()), ("SIGNED",)),
    "ADDRESS": Subject(_alone(_address), ("SIGNED",)),
    "CRITICAL": Subject(_alone(lambda ground: ground.actions.request()), ("SIGNED",)),
    "HEAD": Subject(_alone(_head), ("RECORDED",)),
    "a refusal": Subject(_alone(_too_rich), ("REFUSED",)),
    "order of a ceremony": Subject(_ceremony, ("SIGNED",)),
    "order of a kill": Subject(_kill, ("REFUSED",)),
    "batch of six": Subject(_batch, ("SIGNED", "SIGNED", "REFUSED", "SIGNED", "RECORDED", "SIGNED")),
    "rivals for a coin": Subject(_rivals, ("SIGNED", "REFUSED")),
    "lapse of a promise": Subject(_lapse, ("REFUSED", "SIGNED")),
}
