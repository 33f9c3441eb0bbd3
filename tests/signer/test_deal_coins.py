"""After a recovery no deal is paid out of a coin nobody knows of: officers name it first (BIND_DEAL)."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import LazySettings
from django.core.management import CommandError, call_command

from custody.common import canonical, clock
from custody.hsm.signer.agreement import planned_action
from custody.hsm.signer.deal_coins import ACTION, DealCoin, WantedCoin
from custody.hsm.signer.keys import SigningToken
from custody.hsm.signer.store import journal, selectors
from custody.statements.critical import Critical
from custody.statements.intent import Payee
from custody.statements.request import Request
from custody.statements.terms import SignedTerms, Terms
from custody.statements.trust.keys import KeyActivate
from tests.harness.bitcoin import BUYER_ADDRESS, public_key
from tests.signer.bench import MERCHANT_PAYOUT, Bench, deposit, party_signature, payout
from tests.signer.genesis import APPROVER, FIRST, SECOND
from tests.signer.house import House
from tests.signer.rewound import Rewound, rewinding
from tests.signer.test_house import refused, said
from tests.signer.test_lapse import promised

BUYER_PAYOUT = (Payee(to=BUYER_ADDRESS, amount=990_000),)
UNKNOWN = refused("deal_coin_unknown", "/intent/source/terms")


class Deal:
    """Two deposits came to the deal; the lost part of the store has paid the first to the merchant."""

    def __init__(self, rewound: Rewound, terms: Terms) -> None:
        self.rewound, self.terms = rewound, terms

    @property
    def bench(self) -> Bench:
        return self.rewound.bench

    def payout(self, payees: tuple[Payee, ...] = BUYER_PAYOUT, *, second: bool = False) -> Request:
        """Made after the recovery, out of one of the two deposits."""
        self.bench.hands.pass_by(seconds=1)
        until = self.bench.hands.now + timedelta(hours=72)
        policy = selectors.trust().policy(at=self.bench.hands.now).hash
        intent = self.bench.intent(self.terms, payees=payees, expires_at=until, policy=policy)
        psbt = payout(self.terms, payees, deposits=((self.funds(second=second), 0),))
        return self.bench.spend(self.terms, intent=intent, psbt=psbt)

    def funds(self, *, second: bool = False) -> Any:
        return deposit(self.terms, 1_000_000, 5) if second else deposit(self.terms, 1_000_000)

    def wanted(self, **changes: Any) -> WantedCoin:
        values = {"terms": self.terms.hash, "deposit": self.funds().to_bytes().hex(), "output": 0}
        return WantedCoin(**values | changes)

    def order(self, *people: str, **changes: Any) -> DealCoin:
        wanted = self.wanted(**changes)
        action = planned_action(ACTION, wanted.parameters, at=self.bench.hands.now)
        words = self.rewound.house.officers.approvals(action, people or (FIRST, SECOND))
        return DealCoin(action=action, approvals=words, wanted=wanted)

    def bind(self, order: DealCoin | None = None) -> tuple[str | None, str | None]:
        """Rule and culprit of the refusal, if there was one."""
        self.bench.orders.give(kind="BIND_DEAL", body=order or self.order(), reason="after a recovery")
        self.bench.signer.handle_all([])
        last = journal.last()
        assert last is not None
        return last.body.get("rule"), last.body.get("culprit")


@pytest.fixture
def stopped(bench: Bench, token: SigningToken, tmp_path: Path) -> Iterator[Deal]:
    """The lost head was presented; nobody has ordered to go on yet."""
    house, terms = House(bench), bench.register()
    policy = selectors.trust().policy(at=bench.hands.now).hash

    def lost() -> None:
        first = bench.spend(terms, intent=bench.intent(terms, policy=policy, payees=MERCHANT_PAYOUT))
        assert bench.handle(first).outcome == "SIGNED"

    with rewinding(house, token, tmp_path / "yesterday", lost=lost) as rewound:
        rewound.stop()
        yield Deal(rewound, terms)


@pytest.fixture
def deal(stopped: Deal) -> Deal:
    assert stopped.rewound.recover() is None
    return stopped


def test_no_deal_is_paid_out_before_its_coin_is_named(deal: Deal) -> None:
    """The other party out of the other deposit: both payments would confirm."""
    assert said(deal.bench.handle(deal.payout(second=True))) == UNKNOWN
    assert said(deal.bench.handle(deal.payout())) == UNKNOWN


def test_officers_name_the_coin_and_all_payouts_spend_it(deal: Deal) -> None:
    assert deal.bind() == (None, None)
    assert selectors.terms_anchor(deal.terms.hash) == f"btc:{deal.funds().txid}:0"
    other = deal.bench.handle(deal.payout(second=True))
    assert said(other) == refused("anchor_not_spent", "/payload/psbt/inputs")
    assert deal.bench.handle(deal.payout()).outcome == "SIGNED"


def test_the_coin_they_named_outlives_a_promise_that_lapses(deal: Deal) -> None:
    assert deal.bind() == (None, None)
    request = deal.payout()
    promised(deal.bench, request)
    deal.bench.hands.pass_by(hours=72)
    assert said(deal.bench.handle(request)) == refused("intent_expired", "/intent/expires_at")
    assert selectors.terms_anchor(deal.terms.hash) == f"btc:{deal.funds().txid}:0"
    assert deal.bench.handle(deal.payout()).outcome == "SIGNED"


def test_terms_that_come_again_after_the_recovery_wait_as_well(deal: Deal) -> None:
    """Whoever lost them brings them again; what was signed for them before nobody knows either."""
    keys = replace(deal.terms.keys, buyer=public_key("buyer 2").hex())
    deal.terms = deal.bench.terms(id="deal_01KAJ8P0000000000000000002", keys=keys)
    signatures = (
        party_signature(deal.terms, "buyer", key="buyer 2"), party_signature(deal.terms, "merchant"),
    )  # fmt: skip
    again = SignedTerms(document=deal.terms, signatures=signatures)
    request = deal.bench.request("TERMS", "mediator", documents=(again,))
    assert deal.bench.handle(request).outcome == "RECORDED"
    assert said(deal.bench.handle(deal.payout())) == UNKNOWN


def test_a_deal_with_a_key_of_after_the_recovery_waits_for_nobody(deal: Deal) -> None:
    key = deal.rewound.house.make_key(3, purpose="mediator")
    known = selectors.key(key)
    assert known is not None
    now = deal.bench.hands.now
    body = KeyActivate(
        key=key,
        public_key=known.public_key,
        curve="secp256k1",
        class_="NEVER_LEAVES",
        purpose="mediator",
        valid_from=now,
        valid_until=now + timedelta(days=180),
    )
    deal.rewound.house.officers.accept("KEY_ACTIVATE", body)
    keys = replace(deal.terms.keys, mediator=known.public_key)
    deal.terms = deal.bench.terms(id="deal_01KAJ8P0000000000000000002", keys=keys)
    registering = replace(deal.bench.terms_request(deal.terms), key=key)
    assert deal.bench.handle(registering).outcome == "RECORDED"
    assert deal.bench.handle(replace(deal.payout(), key=key)).outcome == "SIGNED"


def test_a_deal_that_the_store_knows_to_be_bound_goes_on(
    bench: Bench, token: SigningToken, tmp_path: Path
) -> None:
    house, terms = House(bench), bench.register()
    policy = selectors.trust().policy(at=bench.hands.now).hash
    bench.handle(bench.spend(terms, intent=bench.intent(terms, policy=policy)))
    with rewinding(house, token, tmp_path / "yesterday") as rewound:
        rewound.stop()
        deal = Deal(rewound, terms)
        assert deal.rewound.recover() is None
        other = deal.bench.handle(deal.payout(second=True))
        assert said(other) == refused("anchor_not_spent", "/payload/psbt/inputs")
        assert deal.bind() == ("deal_is_bound", "/wanted/terms")


Change = Callable[[Deal], DealCoin]


@pytest.mark.parametrize(
    ("change", "rule", "culprit"),
    [
        (lambda it: it.order(FIRST), "approvals_missing", "/approvals"),
        (lambda it: it.order(FIRST, APPROVER), "approvals_missing", "/approvals"),
        (lambda it: it.order(terms="00" * 32), "terms_unknown", "/wanted/terms"),
        (lambda it: it.order(output=1), "coin_not_of_deal", "/wanted/output"),
        (lambda it: it.order(deposit=_foreign(it)), "coin_not_of_deal", "/wanted/output"),
        (lambda it: it.order(deposit="00"), "malformed", "/wanted/deposit"),
        (
            lambda it: replace(it.order(), wanted=it.wanted(deposit=it.funds(second=True).to_bytes().hex())),
            "other_parameters_were_approved",
            "/action/parameters",
        ),
    ],
)
def test_without_their_word_for_a_coin_of_the_deal_nothing_changes(
    deal: Deal, change: Change, rule: str, culprit: str
) -> None:
    assert deal.bind(change(deal)) == (rule, culprit)
    assert selectors.terms_anchor(deal.terms.hash) is None
    assert said(deal.bench.handle(deal.payout())) == UNKNOWN


def test_a_coin_is_named_once(deal: Deal) -> None:
    assert deal.bind() == (None, None)
    second = deal.order(deposit=deal.funds(second=True).to_bytes().hex())
    assert deal.bind(second) == ("deal_is_bound", "/wanted/terms")


def test_there_is_nothing_to_name_without_a_recovery(stopped: Deal) -> None:
    assert stopped.bind() == ("nothing_to_recover", "/wanted")


def test_the_command_plans_and_holds(
    deal: Deal, settings: LazySettings, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    settings.SIGNER_DIR = deal.bench.directory
    monkeypatch.setattr(clock, "now", lambda: deal.bench.hands.now)
    funds = deal.funds()
    (tmp_path / "deposit.hex").write_text(f"{funds.to_bytes().hex()}\n")
    coin = ("--terms", deal.terms.hash, "--deposit", str(tmp_path / "deposit.hex"), "--output-number", "0")
    action = tmp_path / "action.json"
    call_command("signer_bind_deal", "plan", *coin, "--output", str(action))
    words = (tmp_path / "action.parameters.txt").read_text().splitlines()
    assert f"terms: {deal.terms.hash}" in words
    assert f"coin: {funds.txid}:0" in words
    document = Critical.from_bytes(action.read_bytes())
    files = []
    for number, who in enumerate((FIRST, SECOND)):
        file = tmp_path / f"approval{number}.json"
        approval = deal.rewound.house.officers.approval(document, who)
        file.write_bytes(canonical.encode(approval.to_json()))
        files.append(str(file))
    with pytest.raises(CommandError, match="approvals_missing"):
        call_command("signer_bind_deal", "hold", *coin, str(action), files[0])
    call_command("signer_bind_deal", "hold", *coin, str(action), *files)
    deal.bench.signer.handle_all([])
    assert deal.bench.handle(deal.payout()).outcome == "SIGNED"
    with pytest.raises(CommandError, match="deal_is_bound"):
        call_command("signer_bind_deal", "plan", *coin, "--output", str(action))


def _foreign(deal: Deal) -> str:
    """A transaction that pays somebody else."""
    return deal.rewound.house.coins(1_000_000).to_bytes().hex()
