"""A wallet of the house opens with its key's activation, once, and is watched like any other."""

import json
from typing import Any

import pytest
from django.db import DatabaseError, transaction

from custody.audit.models import AuditEntry
from custody.common import queue
from custody.hsm.mirror import mirror_identity
from custody.hsm.models import SigningKey
from custody.statements.trust.keys import KeyLimits
from custody.wallets import selectors, services, tasks
from custody.wallets.models import Wallet
from tests.harness.bitcoin import BUYER_ADDRESS, MERCHANT_ADDRESS, public_key
from tests.signer.house import wallet_id
from tests.wallets.deals import audited
from tests.wallets.houses import HouseDesk
from tests.wallets.test_house_transfer import refused


def test_opens_with_the_activation(house_desk: HouseDesk) -> None:
    wallet, key = house_desk.wallet, SigningKey.objects.get(pk=house_desk.house.key)
    assert (wallet.owner, wallet.signing_key, wallet.public_key) == ("HOUSE", key.pk, key.public_key)
    assert (wallet.address, wallet.deal, wallet.terms_hash) == (house_desk.house.address(), "", "")
    assert audited("wallets.wallet.opened") == [{"key": key.pk, "tier": "HOT", "address": wallet.address}]


def test_opens_once(house_desk: HouseDesk) -> None:
    for _ in range(2):
        services.open_house_wallet(key_id=house_desk.house.key, at=house_desk.at)
        services.open_missing_wallets(at=house_desk.at)
    assert (Wallet.objects.count(), len(audited("wallets.wallet.opened"))) == (1, 1)


def test_the_mirror_starts_the_opening_after_its_commit(
    house_desk: HouseDesk, monkeypatch: pytest.MonkeyPatch, django_capture_on_commit_callbacks: Any
) -> None:
    wakes: list[tuple[str, dict[str, Any]]] = []

    class Recorder:
        def __init__(self, name: str) -> None:
            self.name = name

        def apply_async(self, *, kwargs: dict[str, Any], countdown: float) -> None:
            wakes.append((self.name, kwargs))

    monkeypatch.setattr(queue, "_task", Recorder)
    second = house_desk.house.make_key(2)
    house_desk.house.activate(second, wallet=2, tier="COLD")
    bench = house_desk.house.bench
    for expected in ([("wallets.open_house_wallet", {"key_id": second})], []):
        wakes.clear()
        with django_capture_on_commit_callbacks(execute=True):
            mirror_identity(bench.directory / "public" / "signer.json", at=house_desk.at)
        assert [wake for wake in wakes if wake[0].startswith("wallets.")] == expected
    tasks.open_house_wallet(key_id=second)
    assert Wallet.objects.filter(pk=wallet_id(2), signing_key=second).exists()


def test_a_wallet_of_another_key_is_an_alarm_and_no_wallet(
    house_desk: HouseDesk, caplog: pytest.LogCaptureFixture
) -> None:
    other = SigningKey.objects.get(pk=house_desk.house.key)
    activation = json.loads(json.dumps(other.activation))
    SigningKey.objects.create(
        id="key_01KAJ8V0000000000000000099",
        purpose="spend",
        curve="secp256k1",
        public_key=public_key("stranger").hex(),
        state="ACTIVE",
        activation=activation,
    )
    services.open_missing_wallets(at=house_desk.at)
    assert Wallet.objects.count() == 1
    assert "contradicts" in caplog.text


@pytest.mark.parametrize("activation", [None, "client"])
def test_other_keys_open_no_wallet(house_desk: HouseDesk, activation: str | None) -> None:
    key = SigningKey.objects.get(pk=house_desk.house.key)
    body = None
    if activation:
        body = {**(key.activation or {})}
        body["wallet"] = {
            **body["wallet"],
            "wallet": wallet_id(9),
            "owner": "CLIENT",
            "client": "cli_01KAJ8Q0000000000000000001",
        }
    SigningKey.objects.filter(pk=key.pk).update(activation=body)
    assert services.open_house_wallet(key_id=key.pk, at=house_desk.at) is None


def test_deposits_count_at_finality_depth(house_desk: HouseDesk) -> None:
    house_desk.fund(250_000, 750_000, blocks=1)
    funding = selectors.wallet_funding(house_desk.wallet)
    assert (funding.mined, funding.final, funding.coins) == (1_000_000, 0, 2)
    house_desk.mine(2)
    assert selectors.wallet_funding(house_desk.wallet).final == 1_000_000


def test_a_deposit_thrown_out_of_its_block_is_gone_until_it_returns(house_desk: HouseDesk) -> None:
    house_desk.fund(250_000, blocks=1)
    client = house_desk.node.client()
    client.call("invalidateblock", client.block_hash(client.height()))
    services.scan_chain(at=house_desk.at)
    assert selectors.wallet_funding(house_desk.wallet).mined == 0
    house_desk.mine(1)
    assert selectors.wallet_funding(house_desk.wallet).mined == 250_000


def test_deposits_are_no_refusal_of_escrow(house_desk: HouseDesk) -> None:
    from custody.escrow.tasks import follow_funding

    follow_funding(wallet_id=house_desk.wallet.pk)
    assert not AuditEntry.objects.filter(verb="escrow.funding.follow.refused").exists()


@pytest.mark.parametrize(
    "change",
    [
        {"public_key": "02" + "22" * 32},
        {"script_pubkey": b"\x00\x14" + b"\x11" * 20},
        {"anchor": "11" * 32 + ":0"},
        {"owner": "ESCROW"},
        {"signing_key": ""},
    ],
)
def test_the_database_keeps_what_a_wallet_is(house_desk: HouseDesk, change: dict[str, Any]) -> None:
    with pytest.raises(DatabaseError), transaction.atomic():
        Wallet.objects.filter(pk=house_desk.wallet.pk).update(**change)


# --- what a payment would take ------------------------------------------------------------------


def plan(desk: HouseDesk, amount: int | None = None, **changes: Any) -> tuple[int, int, list[int]]:
    made = services.preview_transfer(
        actor=desk.treasurer, wallet_id=desk.wallet.pk, wish=desk.wish(amount, **changes), at=desk.at
    )
    return made.amount, made.fee, sorted(coin.amount for coin in made.coins)


def refused_plan(desk: HouseDesk, amount: int | None = None, **changes: Any) -> tuple[str, str | None]:
    return refused(plan, desk, amount, **changes)


def test_everything_is_sent_less_a_usual_fee(house_desk: HouseDesk) -> None:
    house_desk.fund(300_000, 200_000)
    # 9 + 2 + 2 inputs of 68 + one output of 43 virtual bytes, ten satoshi each.
    assert plan(house_desk) == (500_000 - 1_900, 1_900, [200_000, 300_000])


def test_the_highest_fee_limits_the_usual_one(house_desk: HouseDesk) -> None:
    house_desk.fund(300_000)
    assert plan(house_desk, fee_max=500) == (299_500, 500, [300_000])


def test_chosen_coins_are_sent_whole(house_desk: HouseDesk) -> None:
    house_desk.fund(300_000, 200_000)
    coin = house_desk.wallet.utxos.get(amount=200_000).outpoint
    assert plan(house_desk, coins=(coin,)) == (198_780, 1_220, [200_000])
    assert plan(house_desk, 195_000, coins=(coin,)) == (195_000, 5_000, [200_000])


def test_an_amount_takes_the_coins_that_add_up(house_desk: HouseDesk) -> None:
    house_desk.fund(300_000, 200_000, 45_000)
    assert plan(house_desk, 240_000) == (240_000, 5_000, [45_000, 200_000])


def test_an_amount_nothing_adds_up_to_names_the_nearest(house_desk: HouseDesk) -> None:
    house_desk.fund(300_000, 200_000)
    from custody.wallets.plans import NoExactCoinsError

    with pytest.raises(NoExactCoinsError) as refusal:
        plan(house_desk, 250_000)
    assert (refusal.value.code, refusal.value.field) == ("no_exact_coins", "amount")
    assert (refusal.value.below, refusal.value.above) == (300_000 - 122 - 100_000, 290_000)


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"payee": "nonsense"}, ("bad_address", "payee")),
        ({"payee": "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4"}, ("wrong_network", "payee")),
        ({"fee_max": 121}, ("fee_below_relay", "fee_max")),
        ({"coins": ("11" * 32 + ":0",)}, ("coin_not_free", "coins")),
        ({"amount": 100, "fee_max": 300_000}, ("dust", "amount")),
    ],
)
def test_what_cannot_be_paid_is_refused(
    house_desk: HouseDesk, changes: dict[str, Any], expected: tuple[str, str]
) -> None:
    house_desk.fund(300_000)
    assert refused_plan(house_desk, changes.pop("amount", None), **changes) == expected


def test_coins_that_leave_another_fee_over_are_refused(house_desk: HouseDesk) -> None:
    house_desk.fund(300_000)
    coins = (house_desk.wallet.utxos.get().outpoint,)
    for amount in (289_999, 299_879):
        assert refused_plan(house_desk, amount, coins=coins) == ("fee_out_of_range", "coins")
    assert refused_plan(house_desk, coins=coins * 2) == ("coin_not_free", "coins")


def test_a_wallet_does_not_pay_itself(rich: HouseDesk) -> None:
    assert refused_plan(rich, payee=rich.wallet.address) == ("payee_is_source", "payee")


def test_an_empty_wallet_pays_nothing(house_desk: HouseDesk) -> None:
    assert refused_plan(house_desk) == ("no_final_coins", None)


def test_dust_alone_pays_nothing(house_desk: HouseDesk) -> None:
    house_desk.fund(680)
    assert refused_plan(house_desk) == ("coins_too_small", None)


@pytest.mark.parametrize(
    ("limits", "changes", "expected"),
    [
        ({"kinds": ("SWEEP",)}, {}, ("key_limit_kind", None)),
        ({"payees": (BUYER_ADDRESS,)}, {"payee": MERCHANT_ADDRESS}, ("key_limit_payee", "payee")),
        ({"amount_max": 990_000}, {}, ("key_limit_amount", "amount")),
        ({"fee_max": 9_999}, {}, ("key_limit_fee", "fee_max")),
    ],
)
def test_the_limits_of_the_key_are_known_here(
    rich: HouseDesk, limits: dict[str, Any], changes: dict[str, Any], expected: tuple[str, str | None]
) -> None:
    key = SigningKey.objects.get(pk=rich.house.key)
    body: dict[str, Any] = {**(key.activation or {})}
    body["wallet"] = {**body["wallet"], "limits": KeyLimits(**limits).to_json()}
    SigningKey.objects.filter(pk=key.pk).update(activation=body)
    assert refused_plan(rich, **changes) == expected


@pytest.mark.parametrize("state", ["SUSPENDED", "DEACTIVATED", "COMPROMISED"])
def test_a_key_that_is_not_active_pays_nothing(rich: HouseDesk, state: str) -> None:
    SigningKey.objects.filter(pk=rich.house.key).update(state=state)
    assert refused_plan(rich) == ("key_not_usable", None)


def test_a_key_whose_time_is_over_pays_nothing(rich: HouseDesk) -> None:
    rich.house.bench.hands.pass_by(days=180)
    assert refused_plan(rich) == ("key_not_usable", None)


def test_an_account_without_a_person_makes_nothing(rich: HouseDesk) -> None:
    rich.treasurer.person = None
    assert refused_plan(rich) == ("no_person", None)
