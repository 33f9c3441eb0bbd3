"""Transactions that do something else than their intent, tried on a deal and on a wallet of the house."""

from collections.abc import Callable
from dataclasses import replace

from custody.chains.bitcoin.psbt.wire import Maps, to_base64
from custody.chains.bitcoin.transaction import TxOutput
from custody.statements.request import Request
from tests.chains import psbts
from tests.harness.bitcoin import escrow_script, funding, public_key
from tests.signer.attacks import Attack, Ground
from tests.signer.bench import MERCHANT_PAYOUT, deposit, payout
from tests.signer.house import PAYEES

Change = Callable[[str], str]
PSBT = "/payload/psbt"


def _escrow(change: Change) -> Callable[[Ground], Request]:
    def make(ground: Ground) -> Request:
        bench = ground.house.bench
        policy = ground.house.intent().policy
        intent = bench.intent(ground.terms, policy=policy)
        return bench.spend(ground.terms, intent=intent, psbt=change(payout(ground.terms, MERCHANT_PAYOUT)))

    return make


def _house(change: Change) -> Callable[[Ground], Request]:
    return lambda ground: ground.house.transfer(psbt=change(ground.house.psbt(PAYEES)))


def _amount(psbt: str, amount: int) -> str:
    return psbts.with_output(psbt, lambda output: replace(output, amount=amount))


def _script(psbt: str) -> str:
    return psbts.with_output(psbt, lambda output: replace(output, script=b"\x00\x14" + bytes(20)))


def _extra(psbt: str) -> str:
    return psbts.with_extra_output(psbt, TxOutput(1_000, funding(escrow_script(), 1).outputs[0].script))


def _sighash(value: int) -> Change:
    return lambda psbt: psbts.with_field(psbt, b"\x03", value.to_bytes(4, "little"))


def _other_previous(psbt: str) -> str:
    return psbts.with_field(psbt, b"\x00", funding(escrow_script(), 5).to_bytes())


def _richer_output(psbt: str) -> str:
    """The bare output claims more than the coin holds: the rest would be fee."""
    rich = TxOutput(2_000_000, funding(escrow_script(), 1).outputs[0].script)
    return psbts.with_field(psbt, b"\x01", rich.to_bytes())


def _locktime(psbt: str) -> str:
    return psbts.with_unsigned(psbt, lambda transaction: replace(transaction, locktime=900_000))


def _sequence(psbt: str) -> str:
    return psbts.with_input(psbt, lambda item: replace(item, sequence=144))


def _version(psbt: str) -> str:
    return psbts.with_unsigned(psbt, lambda transaction: replace(transaction, version=3))


def _foreign_signature(psbt: str) -> str:
    return psbts.with_field(psbt, b"\x02" + public_key("stranger"), bytes(70) + b"\x01")


def _unknown_field(psbt: str) -> str:
    return psbts.with_field(psbt, b"\xfc", b"\x01")


def _coin_twice(psbt: str) -> str:
    """The same output is spent by two inputs."""
    maps = psbts.maps_of(psbt)
    unsigned = replace(maps.unsigned, inputs=maps.unsigned.inputs * 2)
    return to_base64(Maps(unsigned, maps.inputs * 2, maps.outputs))


def _key_twice(psbt: str) -> str:
    """The bare output of the input stands there twice."""
    value = psbts.maps_of(psbt).inputs[0][b"\x01"]
    field = b"\x01\x01" + bytes([len(value)]) + value
    return psbts.text(psbts.raw(psbt).replace(field, field * 2, 1))


# Name, rule and culprit on a deal, rule and culprit on a wallet, what is changed.
_CASES: tuple[tuple[str, tuple[str, str], tuple[str, str], Change], ...] = (
    (
        "one satoshi less for the payee",
        ("output_not_payee", PSBT),
        ("outputs_not_the_payees", f"{PSBT}/outputs"),
        lambda psbt: _amount(psbt, 989_999),
    ),
    (
        "one satoshi more for the payee",
        ("output_not_payee", PSBT),
        ("outputs_not_the_payees", f"{PSBT}/outputs"),
        lambda psbt: _amount(psbt, 990_001),
    ),
    (
        "more than the coins hold",
        ("psbt_fee_negative", f"{PSBT}/outputs"),
        ("psbt_fee_negative", f"{PSBT}/outputs"),
        lambda psbt: _amount(psbt, 1_000_001),
    ),
    (
        "another payee",
        ("output_not_payee", PSBT),
        ("outputs_not_the_payees", f"{PSBT}/outputs"),
        _script,
    ),
    ("an extra output", ("output_count", PSBT), ("outputs_not_the_payees", f"{PSBT}/outputs"), _extra),
    *(
        (
            f"sighash {value:#x}",
            ("psbt_sighash", f"{PSBT}/inputs/0/sighash"),
            ("psbt_sighash", f"{PSBT}/inputs/0/sighash"),
            _sighash(value),
        )
        for value in (0x00, 0x02, 0x03, 0x81, 0x82, 0x83)
    ),
    (
        "no previous transaction",
        ("psbt_missing_field", f"{PSBT}/inputs/0/previous_transaction"),
        ("psbt_missing_field", f"{PSBT}/inputs/0/previous_transaction"),
        lambda psbt: psbts.with_field(psbt, b"\x00", None),
    ),
    (
        "the previous transaction of another coin",
        ("psbt_previous_mismatch", f"{PSBT}/inputs/0/previous_transaction"),
        ("psbt_previous_mismatch", f"{PSBT}/inputs/0/previous_transaction"),
        _other_previous,
    ),
    (
        "a lying amount",
        ("psbt_previous_mismatch", f"{PSBT}/inputs/0/previous_output"),
        ("psbt_previous_mismatch", f"{PSBT}/inputs/0/previous_output"),
        _richer_output,
    ),
    ("a lock time", ("locktime_used", f"{PSBT}/locktime"), ("locktime_used", f"{PSBT}/locktime"), _locktime),
    (
        "a relative lock",
        ("relative_lock_used", f"{PSBT}/inputs/0/sequence"),
        ("relative_lock_used", f"{PSBT}/inputs/0/sequence"),
        _sequence,
    ),
    (
        "an unknown version",
        ("psbt_version", f"{PSBT}/version"),
        ("psbt_version", f"{PSBT}/version"),
        _version,
    ),
    (
        "a signature by a stranger's key",
        ("psbt_foreign_key", f"{PSBT}/inputs/0/signatures/{public_key('stranger').hex()}"),
        ("psbt_foreign_key", f"{PSBT}/inputs/0/signatures/{public_key('stranger').hex()}"),
        _foreign_signature,
    ),
    (
        "one coin twice",
        ("psbt_duplicate_input", f"{PSBT}/inputs/1"),
        ("psbt_duplicate_input", f"{PSBT}/inputs/1"),
        _coin_twice,
    ),
    ("one key twice", ("psbt_malformed", PSBT), ("psbt_malformed", PSBT), _key_twice),
    (
        "a field nobody knows",
        ("psbt_unknown_field", f"{PSBT}/inputs/0/fc"),
        ("psbt_unknown_field", f"{PSBT}/inputs/0/fc"),
        _unknown_field,
    ),
)


def _foreign_coin(ground: Ground) -> Request:
    """The coin belongs to a deal, the key to the house."""
    coins = deposit(ground.terms, 1_000_000)
    psbt = payout(ground.terms, MERCHANT_PAYOUT, deposits=((coins, 0),))
    return ground.house.transfer(psbt=psbt)


def _own_coin_for_a_deal(ground: Ground) -> Request:
    """The coin belongs to the house, the key to a deal."""
    policy = ground.house.intent().policy
    intent = ground.house.bench.intent(ground.terms, policy=policy)
    return ground.house.bench.spend(ground.terms, intent=intent, psbt=ground.house.psbt(PAYEES))


ATTACKS: tuple[Attack[Ground], ...] = (
    *(Attack(f"deal: {name}", *deal, _escrow(change)) for name, deal, _, change in _CASES),
    *(Attack(f"house: {name}", *wallet, _house(change)) for name, _, wallet, change in _CASES),
    Attack("house: a coin of a deal", "input_not_of_source", f"{PSBT}/inputs/0", _foreign_coin),
    Attack("deal: a coin of the house", "input_foreign", PSBT, _own_coin_for_a_deal),
)
