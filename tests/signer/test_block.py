"""BLOCK: a header is signed once per height, with every transaction decoded and every satoshi proved."""

from collections.abc import Callable, Sequence
from dataclasses import InitVar, dataclass, field, replace
from typing import Any

import pytest
from django.db import IntegrityError

from custody.chains.bitcoin.transaction import Transaction, TxOutput, double_sha256
from custody.common.errors import InvalidInputError
from custody.hsm.signer.keys import SigningToken
from custody.hsm.signer.store import models, selectors
from custody.statements.block import BlockBinding, BlockPayload
from custody.statements.proof import verify_secp256k1
from custody.statements.request import Request
from custody.statements.result import Result
from custody.statements.trust.deny import DeniedAddresses
from custody.statements.trust.holds import Hold, Kill
from custody.statements.trust.keys import KeyStateChange
from tests.chains import blocks
from tests.chains.blocks import HEIGHT, MINER, REWARD, SOURCE, block, coinbase, spend, with_coinbase
from tests.harness.bitcoin import BUYER_ADDRESS, MERCHANT_ADDRESS, REGTEST
from tests.harness.signer_bench import LABEL
from tests.signer.bench import Bench
from tests.signer.genesis import FIRST, IMPORTER
from tests.signer.house import House
from tests.signer.tokens import session_on

VERSION = 0x20000000
SECONDS = 7200
BLOCK = block(spend(0), spend(1))
PREVIOUS = (SOURCE.to_bytes().hex(),)
HEADER = "/payload/header"
COINBASE = "/payload/transactions/0"
TESTNET4 = "bip122:00000000da84f2bafbbc53dee25a72ae"


@dataclass
class Mine:
    """An application whose key signs blocks that pay the merchant."""

    bench: Bench
    of: InitVar[House | None] = None
    house: House = field(init=False)
    key: str = field(init=False)

    def __post_init__(self, of: House | None) -> None:
        self.house = of or House(self.bench)
        self.key = self.house.make_key(2, purpose="block")
        self.activate(self.key)

    def binding(self, **changes: Any) -> BlockBinding:
        values: dict[str, Any] = {
            "chain": REGTEST,
            "payees": (MERCHANT_ADDRESS,),
            "versions": (VERSION,),
            "seconds": SECONDS,
        }
        return BlockBinding(**values | changes)

    def activate(self, key: str, **changes: Any) -> None:
        body = replace(
            self.house.activation(key, wallet=1), purpose="block", wallet=None, block=self.binding(**changes)
        )
        self.house.officers.accept("KEY_ACTIVATE", body)

    @property
    def time(self) -> int:
        """The signer's clock in seconds."""
        return int(self.bench.hands.now.timestamp())

    def request(
        self,
        transactions: Sequence[Transaction] = tuple(BLOCK),
        *,
        header: bytes | None = None,
        key: str | None = None,
        **changes: Any,
    ) -> Request:
        raw = blocks.header(transactions, version=VERSION, time=self.time) if header is None else header
        values: dict[str, Any] = {
            "header": raw.hex(),
            "transactions": tuple(item.to_bytes().hex() for item in transactions),
            "previous": PREVIOUS,
            "height": HEIGHT,
            "round": 0,
        }
        request = self.bench.request("BLOCK", "block", payload=BlockPayload(**values | changes))
        return replace(request, key=key or self.key)

    def ask(self, transactions: Sequence[Transaction] = tuple(BLOCK), **changes: Any) -> Result:
        return self.bench.handle(self.request(transactions, **changes))


@pytest.fixture
def mine(bench: Bench) -> Mine:
    return Mine(bench)


def refused(result: Result) -> tuple[str | None, str | None]:
    assert result.outcome == "REFUSED"
    return result.rule, result.culprit


def at_height(height: int, *, amount: int = REWARD) -> list[Transaction]:
    """The block with another height in the script of its coinbase."""
    script = b"\x02" + height.to_bytes(2, "little") + b"\x00"
    return [coinbase(*BLOCK[1:], script=script, amount=amount), *BLOCK[1:]]


# --- what is signed -------------------------------------------------------------------------------


def test_signs_the_double_hash_of_the_header(mine: Mine) -> None:
    header = blocks.header(BLOCK, version=VERSION, time=mine.time)
    result = mine.ask(header=header)
    (made,) = result.signatures
    digest = double_sha256(header).hex()
    verify_secp256k1(public_key=made.public_key, digest=digest, signature=made.signature)
    assert selectors.digest_in(mine.key, f"block:{REGTEST}:{HEIGHT}:0") == digest
    assert selectors.last_block(mine.key, REGTEST) == (HEIGHT, 0)
    (seen,) = (entry.body for entry in result.entries if entry.kind == "SEEN")
    assert seen["block"] == {
        "chain": REGTEST,
        "height": HEIGHT,
        "round": 0,
        "hash": double_sha256(header)[::-1].hex(),
    }


def test_claims_all_of_subsidy_and_fees(mine: Mine) -> None:
    whole = [coinbase(*BLOCK[1:], amount=REWARD + 2_000), *BLOCK[1:]]
    assert mine.ask(whole).outcome == "SIGNED"


@pytest.mark.parametrize("seconds", [-SECONDS, SECONDS])
def test_the_time_may_differ_as_much_as_the_key_allows(mine: Mine, seconds: int) -> None:
    header = blocks.header(BLOCK, version=VERSION, time=mine.time + seconds)
    assert mine.ask(header=header).outcome == "SIGNED"


def test_goes_on_to_the_next_round_and_height(mine: Mine) -> None:
    assert mine.ask().outcome == "SIGNED"
    assert mine.ask(round=3).outcome == "SIGNED"
    assert mine.ask(at_height(HEIGHT + 1), height=HEIGHT + 1).outcome == "SIGNED"
    assert selectors.last_block(mine.key, REGTEST) == (HEIGHT + 1, 0)


def test_another_key_has_its_own_heights(mine: Mine) -> None:
    other = mine.house.make_key(3, purpose="block")
    mine.activate(other)
    assert mine.ask(round=1).outcome == "SIGNED"
    assert mine.ask(key=other).outcome == "SIGNED"


def test_the_same_request_gets_the_same_signature_after_the_token_was_away(mine: Mine) -> None:
    request, token = mine.request(), mine.bench.token
    mine.bench.token = SigningToken(session_on(LABEL, pin="999999"))
    assert mine.bench.handle(request).outcome == "FAILED"
    mine.bench.token = token
    assert refused(mine.ask()) == ("block_not_above_last", "/payload/round")
    result = mine.bench.handle(request)
    assert result.outcome == "SIGNED"
    assert mine.bench.handle(request) == result


# --- never back -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("height", "number", "culprit"),
    [(HEIGHT, 5, "round"), (HEIGHT, 4, "round"), (HEIGHT - 1, 9, "height")],
)
def test_never_back(mine: Mine, height: int, number: int, culprit: str) -> None:
    assert mine.ask(round=5).outcome == "SIGNED"
    result = mine.ask(at_height(height), height=height, round=number)
    assert refused(result) == ("block_not_above_last", f"/payload/{culprit}")


def test_of_two_blocks_of_one_place_in_one_wake_one_is_signed(mine: Mine) -> None:
    first, second = mine.request(), mine.request(block(spend(0)))
    answers = mine.bench.signer.handle_all([(item.id, item.to_bytes()) for item in (first, second)])
    outcomes = [Result.from_bytes(answer).outcome for answer in answers]
    assert outcomes == ["SIGNED", "REFUSED"]


@pytest.mark.parametrize(("height", "number"), [(HEIGHT, 5), (HEIGHT, 4), (HEIGHT - 1, 9)])
def test_the_store_itself_never_goes_back(mine: Mine, height: int, number: int) -> None:
    mine.ask(round=5)
    with pytest.raises(IntegrityError):
        models.SignedBlock.objects.create(
            entry_id=0, key_id=mine.key, chain=REGTEST, height=height, round=number, hash="00" * 32
        )


# --- attacks: rule and culprit --------------------------------------------------------------------

SECOND_OUTPUT = TxOutput(1_000, spend(0).outputs[0].script)
Attack = Callable[[Mine], Request]


def header_of(mine: Mine, **changes: Any) -> bytes:
    return blocks.header(BLOCK, **{"version": VERSION, "time": mine.time} | changes)


ATTACKS: dict[str, tuple[Attack, str, str]] = {
    "a version the key does not allow": (
        lambda mine: mine.request(header=header_of(mine, version=VERSION + 1)), "block_version", HEADER),
    "a version of old": (
        lambda mine: mine.request(header=header_of(mine, version=3)), "block_version", HEADER),
    "a time in the future": (
        lambda mine: mine.request(header=header_of(mine, time=mine.time + SECONDS + 1)),
        "block_time", HEADER),
    "a time in the past": (
        lambda mine: mine.request(header=header_of(mine, time=mine.time - SECONDS - 1)),
        "block_time", HEADER),
    "another list behind the root": (
        lambda mine: mine.request(BLOCK[:2], header=header_of(mine)), "block_merkle_root", HEADER),
    "a list that ends in a repetition": (
        lambda mine: mine.request([*BLOCK, BLOCK[-1]]),
        "block_repeated_transactions", "/payload/transactions"),
    "a height that is not the coinbase's": (
        lambda mine: mine.request(height=HEIGHT + 1), "block_height", "/payload/height"),
    "a satoshi too much": (
        lambda mine: mine.request([coinbase(*BLOCK[1:], amount=REWARD + 2_001), *BLOCK[1:]]),
        "block_reward", f"{COINBASE}/outputs"),
    "the subsidy of an earlier height": (
        lambda mine: mine.request(at_height(450), height=450), "block_reward", f"{COINBASE}/outputs"),
    "fees that nothing proves": (
        lambda mine: mine.request(previous=()), "block_previous_missing",
        "/payload/transactions/1/inputs/0"),
    "previous transactions of another block": (
        lambda mine: mine.request(previous=(replace(SOURCE, locktime=1).to_bytes().hex(),)),
        "block_previous_missing", "/payload/transactions/1/inputs/0"),
    "a foreign payee of the reward": (
        lambda mine: mine.request(with_coinbase(BLOCK, outputs=(
            TxOutput(REWARD, SECOND_OUTPUT.script), BLOCK[0].outputs[1]))),
        "block_foreign_payee", f"{COINBASE}/outputs/0"),
    "a foreign payee behind the pinned one": (
        lambda mine: mine.request(with_coinbase(BLOCK, outputs=(
            TxOutput(REWARD - 1_000, MINER), BLOCK[0].outputs[1], SECOND_OUTPUT))),
        "block_foreign_payee", f"{COINBASE}/outputs/2"),
    "an output spent twice": (
        lambda mine: mine.request(block(spend(0), spend(0, amount=98_000))), "block_double_spend",
        "/payload/transactions/2/inputs/0"),
    "a second coinbase": (
        lambda mine: mine.request([*BLOCK, coinbase()]), "block_coinbase", "/payload/transactions/3"),
    "witnesses that are not committed to": (
        lambda mine: mine.request([coinbase(), *BLOCK[1:]]), "block_witness_commitment", COINBASE),
    "81 bytes of header": (
        lambda mine: mine.request(header=header_of(mine) + b"\x00"), "malformed", HEADER),
}  # fmt: skip


@pytest.mark.parametrize("name", ATTACKS)
def test_refuses(mine: Mine, name: str) -> None:
    attack, rule, culprit = ATTACKS[name]
    assert refused(mine.bench.handle(attack(mine))) == (rule, culprit)
    assert models.SignedBlock.objects.count() == 0


def test_the_binding_says_which_network_a_header_is_for(mine: Mine) -> None:
    """The bytes do not say it: the same scripts are other addresses elsewhere."""
    key = mine.house.make_key(3, purpose="block")
    mine.activate(key, chain=TESTNET4, payees=("tb1qwyxsqzgk4y770fven3ur0ysj3gld8rxvcs4vnn",))
    assert mine.ask(block(spend(0), spend(1)), key=key).outcome == "SIGNED"
    assert selectors.last_block(key, REGTEST) is None
    assert selectors.last_block(key, TESTNET4) == (HEIGHT, 0)


def test_refuses_a_denied_payee(mine: Mine) -> None:
    body = DeniedAddresses(chain=REGTEST, addresses=(MERCHANT_ADDRESS,))
    mine.house.officers.accept("DENY_ADD", body, IMPORTER, maker=IMPORTER)
    assert refused(mine.ask()) == ("payee_denied", f"{COINBASE}/outputs/0")


def test_refuses_a_held_payee(mine: Mine) -> None:
    body = Hold(scope="ADDRESS", ref=MERCHANT_ADDRESS)
    mine.house.officers.accept("HOLD", body, FIRST, maker=FIRST)
    assert refused(mine.ask()) == ("held", f"{COINBASE}/outputs/0")


def test_refuses_a_held_key(mine: Mine) -> None:
    mine.house.officers.accept("HOLD", Hold(scope="KEY", ref=mine.key), FIRST, maker=FIRST)
    assert refused(mine.ask()) == ("held", "/key")


@pytest.mark.parametrize("own", [True, False])
def test_refuses_a_killed_key(mine: Mine, own: bool) -> None:
    kill = Kill(key=mine.key if own else None)
    mine.house.officers.accept("KILL", kill, FIRST, maker=FIRST)
    assert refused(mine.ask()) == ("killed", "/key")


def test_refuses_when_nobody_is_on_duty(mine: Mine) -> None:
    mine.bench.hands.pass_by(hours=24)
    assert refused(mine.ask()) == ("nobody_on_duty", "/key")


def test_refuses_a_key_out_of_its_time(mine: Mine) -> None:
    mine.bench.hands.pass_by(days=180)
    assert refused(mine.ask()) == ("cryptoperiod_over", "/key")


def test_refuses_a_suspended_key(mine: Mine) -> None:
    mine.house.officers.accept("KEY_STATE", KeyStateChange(key=mine.key, state="SUSPENDED"))
    assert refused(mine.ask()) == ("key_not_active", "/key")


def test_refuses_a_key_that_was_not_activated(mine: Mine) -> None:
    key = mine.house.make_key(3, purpose="block")
    assert refused(mine.ask(key=key)) == ("key_not_active", "/key")


def test_no_other_key_signs_blocks(mine: Mine) -> None:
    assert refused(mine.ask(key=mine.house.key)) == ("wrong_key_purpose", "/key")


def test_a_block_key_signs_nothing_else(mine: Mine) -> None:
    intent = mine.house.intent()
    assert refused(mine.bench.handle(mine.house.transfer(intent, key=mine.key))) == (
        "wrong_key_purpose",
        "/key",
    )


# --- the binding ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "place"),
    [
        ({"chain": "eip155:1"}, "/chain"),
        ({"payees": ("tb1qwyxsqzgk4y770fven3ur0ysj3gld8rxvcs4vnn",)}, "/payees/0"),
        ({"payees": ()}, "/payees"),
        ({"versions": ()}, "/versions"),
        ({"seconds": 0}, "/seconds"),
    ],
)
def test_a_binding_says_one_bitcoin_network_and_its_limits(changes: dict[str, Any], place: str) -> None:
    values = {"chain": REGTEST, "payees": [BUYER_ADDRESS], "versions": [4], "seconds": 1}
    with pytest.raises(InvalidInputError) as found:
        BlockBinding.read(
            values | {name: list(v) if isinstance(v, tuple) else v for name, v in changes.items()}
        )
    assert found.value.field == place


def test_a_block_key_has_a_binding_and_no_other_key_has(mine: Mine) -> None:
    body = mine.house.activation(mine.key, wallet=1)
    for changes in ({"block": mine.binding()}, {"purpose": "block", "wallet": None}):
        with pytest.raises(InvalidInputError) as found:
            replace(body, **changes)
        assert found.value.field == "/block"


def test_officers_read_what_they_activate(mine: Mine) -> None:
    from custody.statements.display import show

    body = replace(
        mine.house.activation(mine.key, wallet=1), purpose="block", wallet=None, block=mine.binding()
    )
    shown = show(mine.house.officers.document("KEY_ACTIVATE", body).to_bytes(), language="en").text
    assert MERCHANT_ADDRESS in shown.replace(" ", "")
    for line in ("Coinbase only to: ", f"Only block version: {VERSION}", f"(seconds): {SECONDS}"):
        assert line in shown
