"""A software-derived wallet: its seed is the token's, its children sign in memory, hot and nowhere else."""

import gc
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from embit.bip32 import HDKey

from custody.chains.bitcoin import hd
from custody.chains.bitcoin import psbt as codec
from custody.chains.bitcoin.address import script_of
from custody.chains.bitcoin.psbt import Payee as PsbtPayee
from custody.chains.bitcoin.psbt import Spendable, build_spend
from custody.chains.bitcoin.transaction import Transaction, TxInput, TxOutput, parse_transaction
from custody.common import canonical
from custody.common.errors import InvalidInputError
from custody.hsm.address_examiner import Wanted, examine
from custody.hsm.signer import derived
from custody.hsm.signer.ceremony import WantedKey
from custody.hsm.signer.store import kept_keys, selectors
from custody.hsm.signer.store.selectors import CatalogueKey
from custody.hsm.token import seed as token_seed
from custody.statements.address import AddressPayload
from custody.statements.attestation import IssuedAddress
from custody.statements.fingerprint import fingerprint
from custody.statements.intent import Payee, Source
from custody.statements.key_account import KeyAccount
from custody.statements.request import Request
from custody.statements.result import Result
from custody.statements.trust.keys import KeyStateChange
from scripts.embedded.bitcoind import Node
from tests.harness.bitcoin import REGTEST, is_valid_spend
from tests.signer.bench import Bench
from tests.signer.genesis import FIRST
from tests.signer.house import PAYEES, House, wallet_id
from tests.signer.test_address import attested

DERIVED: dict[str, Any] = {"class_": "DERIVED_IN_RAM", "chain": REGTEST}
WALLET = wallet_id(5)


@dataclass
class DerivedHouse(House):
    """A house with a second wallet, whose addresses are derived."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.derived = self.make_key(5, **DERIVED)
        self.activate_derived()
        self.bench.hands.pass_by(seconds=1)

    derived: str = ""

    def activate_derived(self, **changes: Any) -> None:
        self.officers.accept(
            "KEY_ACTIVATE", self.activation(self.derived, wallet=5, class_="DERIVED_IN_RAM", **changes)
        )

    @property
    def catalogue(self) -> CatalogueKey:
        key = selectors.key(self.derived)
        assert key is not None
        return key

    @property
    def account(self) -> KeyAccount:
        assert self.catalogue.account is not None
        return self.catalogue.account

    def ask(self, index: int) -> Result:
        payload = AddressPayload(wallet=WALLET, index=index)
        return self.bench.handle(self.bench.request("ADDRESS", "attest", payload=payload))

    def issue(self, index: int) -> str:
        address = attested(self.ask(index)).attestation.body["address"]
        assert isinstance(address, str)
        return address

    def address_at(self, index: int) -> str:
        return hd.child_address(self.account.xpub, index, chain=REGTEST)

    def coins_at(self, *indexes: int, amount: int = 500_000, salt: int = 0x51) -> Transaction:
        """A transaction with one output to each of these addresses."""
        outputs = tuple(TxOutput(amount, script_of(self.address_at(index), REGTEST)) for index in indexes)
        return Transaction(2, (TxInput(bytes([salt]).hex() * 32, 0, b"", 0xFFFFFFFF),), outputs, 0)

    def spend_psbt(self, coins: list[tuple[Transaction, int, int]], payees: tuple[Payee, ...]) -> str:
        """``coins``: transaction, output, number of the address it pays."""
        return build_spend(
            inputs=[
                Spendable(vout, paid.to_bytes(), hd.child_key(self.account.xpub, index))
                for paid, vout, index in coins
            ],
            payees=[PsbtPayee(payee.to, payee.amount) for payee in payees],
            public_key=bytes.fromhex(self.catalogue.public_key),
            chain=REGTEST,
        )

    def spend(self, *indexes: int, psbt: str | None = None, **parts: Any) -> Request:
        total = 500_000 * len(indexes) - 10_000
        payees = (replace(PAYEES[0], amount=total),)
        intent = self.intent(source=Source(wallet=WALLET, owner="HOUSE"), payees=payees)
        paid = self.coins_at(*indexes)
        coins = [(paid, vout, index) for vout, index in enumerate(indexes)]
        psbt = psbt or self.spend_psbt(coins, payees)
        return self.transfer(intent, key=self.derived, psbt=psbt, **parts)


@pytest.fixture
def house(wrapping: Bench) -> DerivedHouse:
    return DerivedHouse(wrapping)


def said(result: Result) -> tuple[str, str | None, str | None]:
    return result.outcome, result.rule, result.culprit


def refused(rule: str, culprit: str) -> tuple[str, str, str]:
    return "REFUSED", rule, culprit


def refuses_activation(house: House, key: str, **changes: Any) -> tuple[str | None, str | None]:
    binding = changes.pop("wallet", None)
    body = house.activation(key, wallet=6, class_="DERIVED_IN_RAM", **changes)
    body = replace(body, wallet=binding) if binding else body
    document = house.officers.document("KEY_ACTIVATE", body)
    result = house.officers.present(document, "per_01KAJ8Q0000000000000000002", FIRST)
    return result.rule, result.culprit


# --- making and activation --------------------------------------------------------------------


def test_the_catalogue_knows_the_account_and_the_token_the_seed(house: DerivedHouse) -> None:
    key = house.catalogue
    assert (key.key_class, key.state, key.is_backed_up) == ("DERIVED_IN_RAM", "ACTIVE", 1)
    assert house.account.path == "84h/1h/0h"
    assert key.public_key == hd.child_key(house.account.xpub, 0).hex()
    seed = house.bench.token.backend().open_seed(kept_keys.blob_of(key.id))  # type: ignore[attr-defined]
    assert derived.account_of(seed, chain=REGTEST) == house.account


def test_each_wallet_has_a_seed_and_an_account_of_its_own(house: DerivedHouse) -> None:
    other = selectors.key(house.make_key(6, **DERIVED))
    assert other is not None
    assert other.account is not None
    assert other.account.fingerprint != house.account.fingerprint


def test_the_seed_stands_nowhere_in_clear(house: DerivedHouse) -> None:
    assert house.bench.handle(house.spend(0)).outcome == "SIGNED"
    seed = house.bench.token.backend().open_seed(kept_keys.blob_of(house.derived))  # type: ignore[attr-defined]
    for file in house.bench.directory.rglob("*"):
        if file.is_file():
            data = file.read_bytes()
            assert bytes(seed) not in data
            assert bytes(seed).hex().encode() not in data


def test_the_opened_seed_is_overwritten(house: DerivedHouse, monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[bytearray] = []
    original = token_seed.open_seed

    def watched(*args: Any, **kwargs: Any) -> bytearray:
        opened.append(original(*args, **kwargs))
        assert any(opened[-1])
        return opened[-1]

    monkeypatch.setattr(token_seed, "open_seed", watched)
    assert house.bench.handle(house.spend(0)).outcome == "SIGNED"
    house.make_key(6, **DERIVED)
    assert len(opened) == 2
    assert [bytes(seed) for seed in opened] == [bytes(32), bytes(32)]


def test_no_private_child_outlives_its_call(house: DerivedHouse) -> None:
    house.bench.handle(house.spend(0))
    gc.collect()
    assert [item for item in gc.get_objects() if type(item) is HDKey and item.is_private] == []


@pytest.mark.parametrize("tier", ["WARM", "COLD"])
def test_a_derived_key_is_hot_and_nothing_else(house: DerivedHouse, tier: Any) -> None:
    key = house.make_key(6, **DERIVED)
    assert refuses_activation(house, key, tier=tier) == (
        "tier_not_of_class",
        "/documents/0/document/body/wallet/tier",
    )


def test_a_derived_key_is_for_the_chain_of_its_ceremony(house: DerivedHouse) -> None:
    key = house.make_key(6, **DERIVED)
    binding = house.activation(key, wallet=6).wallet
    assert binding is not None
    other = replace(binding, chain="bip122:000000000019d6689c085ae165831e93")
    assert refuses_activation(house, key, wallet=other) == (
        "chain_of_another_account",
        "/documents/0/document/body/wallet/chain",
    )


def test_nobody_calls_a_derived_key_wrapped(house: DerivedHouse) -> None:
    key = house.make_key(6, **DERIVED)
    body = house.activation(key, wallet=6, class_="WRAPPED")
    document = house.officers.document("KEY_ACTIVATE", body)
    result = house.officers.present(document, "per_01KAJ8Q0000000000000000002", FIRST)
    assert result.rule == "not_the_key_of_the_catalogue"


@pytest.mark.parametrize(
    ("wish", "field"),
    [
        ({"purpose": "mediator", "class": "DERIVED_IN_RAM", "chain": REGTEST}, "/class"),
        ({"purpose": "seal", "curve": "secp256r1", "class": "WRAPPED"}, "/class"),
        ({"class": "DERIVED_IN_RAM"}, "/chain"),
        ({"class": "WRAPPED", "chain": REGTEST}, "/chain"),
        ({"chain": REGTEST}, "/chain"),
        ({"class": "OUTSIDE"}, "/class"),
    ],
)
def test_a_ceremony_makes_these_classes_for_payments_only(wish: dict[str, str], field: str) -> None:
    with pytest.raises(InvalidInputError) as error:
        WantedKey.read({"purpose": "spend", "curve": "secp256k1", "label": "x"} | wish)
    assert error.value.field == field


def test_without_a_wrapping_key_there_is_no_derived_key(bench: Bench) -> None:
    house = House(bench)
    before = len(selectors.all_keys())
    bench.orders.give(kind="MAKE_KEY", body=house.ceremony("x", of_key=DERIVED), reason="ceremony")
    bench.signer.handle_all([])
    assert len(selectors.all_keys()) == before


# --- addresses --------------------------------------------------------------------------------


@pytest.mark.parametrize("index", [0, 1, 20])
def test_attests_the_addresses_of_the_account(house: DerivedHouse, index: int) -> None:
    found = attested(house.ask(index))
    found.verify(house.bench.key("attest").public_key)
    assert IssuedAddress.read(found.attestation.body) == IssuedAddress(
        wallet=WALLET, chain=REGTEST, address=house.address_at(index), index=index
    )


def test_a_client_verifies_an_address_without_us(house: DerivedHouse, tmp_path: Path) -> None:
    signed = attested(house.ask(3))
    file = tmp_path / "attestation.json"
    file.write_bytes(canonical.encode(signed.to_json()))
    words = fingerprint(bytes.fromhex(house.bench.key("attest").public_key))
    wanted = Wanted(REGTEST, house.address_at(3), words, owner=WALLET)
    finding = examine(file, wanted)
    assert (finding.wrong, finding.owner, finding.index) == ("", WALLET, 3)
    other = replace(wanted, address=house.address_at(4))
    assert examine(file, other).wrong == "another address was issued"


def test_goes_no_further_ahead_than_watchers_look(house: DerivedHouse) -> None:
    assert said(house.ask(21)) == refused("address_index_too_far", "/payload/index")
    house.issue(20)
    assert house.issue(40) == house.address_at(40)
    assert said(house.ask(61)) == refused("address_index_too_far", "/payload/index")


def test_a_suspended_wallet_has_no_addresses(house: DerivedHouse) -> None:
    change = KeyStateChange(key=house.derived, state="SUSPENDED")
    house.officers.accept("KEY_STATE", change, FIRST, maker=FIRST)
    assert said(house.ask(3)) == refused("key_not_active", "/payload/wallet")


# --- spending ---------------------------------------------------------------------------------


def test_spends_coins_of_several_children_and_the_chain_accepts_it(house: DerivedHouse) -> None:
    for index in (3, 7):
        house.issue(index)
    request = house.spend(0, 3, 7)
    result = house.bench.handle(request)
    assert result.outcome == "SIGNED", (result.rule, result.culprit)
    wanted = [hd.child_key(house.account.xpub, index).hex() for index in (0, 3, 7)]
    assert [made.public_key for made in result.signatures] == wanted
    psbt = request.payload.psbt  # type: ignore[union-attr]
    for made in result.signatures:
        signature = codec.InputSignature(
            made.input, bytes.fromhex(made.public_key), bytes.fromhex(made.signature)
        )
        psbt = codec.add_signature(psbt, chain=REGTEST, signature=signature)
    final = codec.finalize(psbt, chain=REGTEST)
    assert is_valid_spend(final, list(house.coins_at(0, 3, 7).outputs))
    # No change: the payee's is the only output.
    assert [output.amount for output in final.outputs] == [1_490_000]


def test_the_journal_says_which_child_signed(house: DerivedHouse) -> None:
    house.issue(3)
    result = house.bench.handle(house.spend(0, 3))
    sign = next(entry.body for entry in result.entries if entry.kind == "SIGN")
    assert sorted(slot["child"] for slot in sign["slots"]) == [0, 3]
    assert {slot["key"] for slot in sign["slots"]} == {house.derived}


def test_coins_at_an_address_that_was_never_issued_stay(house: DerivedHouse) -> None:
    assert said(house.bench.handle(house.spend(0, 4))) == refused(
        "input_not_of_source", "/payload/psbt/inputs/1"
    )
    house.issue(4)
    assert house.bench.handle(house.spend(0, 4)).outcome == "SIGNED"


def test_coins_of_another_wallets_child_stay(house: DerivedHouse) -> None:
    other = house.make_key(6, **DERIVED)
    house.officers.accept("KEY_ACTIVATE", house.activation(other, wallet=6, class_="DERIVED_IN_RAM"))
    house.bench.hands.pass_by(seconds=1)
    payload = AddressPayload(wallet=wallet_id(6), index=2)
    theirs = house.bench.handle(house.bench.request("ADDRESS", "attest", payload=payload))
    key = selectors.key(other)
    assert key is not None
    assert key.account is not None
    address = attested(theirs).attestation.body["address"]
    paid = Transaction(
        2,
        (TxInput("77" * 32, 0, b"", 0xFFFFFFFF),),
        (TxOutput(500_000, script_of(str(address), REGTEST)),),
        0,
    )
    psbt = build_spend(
        inputs=[Spendable(0, paid.to_bytes(), hd.child_key(key.account.xpub, 2))],
        payees=[PsbtPayee(PAYEES[0].to, 490_000)],
        public_key=bytes.fromhex(house.catalogue.public_key),
        chain=REGTEST,
    )
    assert said(house.bench.handle(house.spend(0, psbt=psbt))) == refused(
        "input_not_of_source", "/payload/psbt/inputs/0"
    )


def test_change_to_the_wallet_itself_is_still_none(house: DerivedHouse) -> None:
    house.issue(1)
    payees = (replace(PAYEES[0], amount=490_000), Payee(to=house.address_at(1), amount=5_000))
    psbt = house.spend_psbt([(house.coins_at(0), 0, 0)], payees)
    assert said(house.bench.handle(house.spend(0, psbt=psbt))) == refused(
        "outputs_not_the_payees", "/payload/psbt/outputs"
    )


def test_nobody_on_duty_no_signature(house: DerivedHouse) -> None:
    house.bench.hands.pass_by(hours=24)
    assert said(house.bench.handle(house.spend(0))) == refused("nobody_on_duty", "/key")


def test_a_lost_backup_of_the_seed_stops_the_wallet(house: DerivedHouse) -> None:
    (house.bench.directory / "key-backup" / f"{house.derived}.json").unlink()
    assert said(house.bench.handle(house.spend(0))) == refused("key_backup_missing", "/key")


def test_a_seed_of_another_key_suspends_the_wallet(
    house: DerivedHouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(token_seed, "open_seed", lambda *args, **kwargs: bytearray(b"\x01" * 32))
    result = house.bench.handle(house.spend(0))
    assert (result.outcome, result.rule) == ("FAILED", "token_result_wrong")
    assert house.catalogue.state == "SUSPENDED"


def test_a_destroyed_wallet_has_no_seed_left(house: DerivedHouse) -> None:
    blob = kept_keys.blob_of(house.derived)
    assert blob is not None
    change = KeyStateChange(key=house.derived, state="DEACTIVATED")
    house.officers.accept("KEY_STATE", change, FIRST, maker=FIRST)
    house.officers.accept("KEY_STATE", replace(change, state="DESTROYED"))
    files = [path for path in house.bench.directory.rglob("*") if path.is_file()]
    assert [
        path for path in files if blob in path.read_bytes() or blob.hex().encode() in path.read_bytes()
    ] == []


# --- on a node --------------------------------------------------------------------------------


def test_a_node_that_watches_by_the_descriptor_sees_and_takes_the_payment(
    house: DerivedHouse, node: Node
) -> None:
    """What watching needs is the descriptor alone; what it finds, the signer spends."""
    account = house.account
    watched = hd.descriptor(account.xpub, fingerprint=account.fingerprint, path=account.path)
    addresses = [house.issue(index) for index in range(4)]
    assert node.client().call("deriveaddresses", watched, [0, 3]) == addresses
    coins = []
    for index in (1, 3):
        raw = node.client().raw_transaction(node.fund(addresses[index], 500_000))
        assert raw is not None
        paid, script = parse_transaction(raw), script_of(addresses[index], REGTEST)
        vout = next(place for place, item in enumerate(paid.outputs) if item.script == script)
        coins.append((paid, vout, index))
    node.mine()
    payees = (replace(PAYEES[0], amount=990_000),)
    psbt = house.spend_psbt(coins, payees)
    result = house.bench.handle(house.spend(1, 3, psbt=psbt))
    assert result.outcome == "SIGNED", (result.rule, result.culprit)
    for made in result.signatures:
        signature = codec.InputSignature(
            made.input, bytes.fromhex(made.public_key), bytes.fromhex(made.signature)
        )
        psbt = codec.add_signature(psbt, chain=REGTEST, signature=signature)
    assert node.client().test_accept(codec.finalize(psbt, chain=REGTEST).to_bytes()) == ""
