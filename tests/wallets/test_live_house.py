"""Wallets of the house with everything real: pages, worker, beat, signer with its token, witness, node.

The world is one of its own, because its genesis pins officers whose keys the tests hold.
"""

import json
import os
import re
import secrets
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from html import unescape
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client as Http
from pytest_django.plugin import DjangoDbBlocker

from custody.accounts.models import User
from custody.accounts.roles import Role
from custody.accounts.services import link_person
from custody.chains.bitcoin.transaction import TxOutput, parse_transaction
from custody.common import clock
from custody.compliance.samples import OFAC_SYNTHETIC
from custody.compliance.services import import_list
from custody.hsm import selectors as desk
from custody.hsm.models import SignerIdentity, SigningKey
from custody.hsm.services import mirror_signer, submit_request
from custody.statements.approval import Approval, Statement, Subject
from custody.statements.form import Form
from custody.statements.mandate import Destination, Mandate, MandateFee
from custody.statements.parts import Window
from custody.statements.policy import EscrowTermsRule, Policy
from custody.statements.proof import Ed25519Proof
from custody.statements.trust import FIRST_PREVIOUS, TYPES, ApprovedTrustDocument, TrustDocument, TrustType
from custody.statements.trust.holds import Lease
from custody.statements.trust.keys import KeyActivate, Tier, WalletBinding
from custody.wallets import selectors
from custody.wallets.models import TransferIntent, Wallet
from custody.wallets.services import scan_chain
from custody.wallets.states import State
from scripts.embedded.bitcoind import Node
from scripts.embedded.layout import Layout
from scripts.embedded.process import run
from scripts.embedded.redis import Redis
from scripts.embedded.users import write_secret
from scripts.embedded.world import SIGNER_USER, WEB_USER, World
from tests.cast import logged_in, person
from tests.faults.conftest import send_to
from tests.harness.bitcoin import MERCHANT_ADDRESS, REGTEST, is_valid_spend
from tests.harness.databases import cluster, copy_database
from tests.harness.live import point_at
from tests.harness.plugin import RUN_DIR
from tests.harness.waiting import eventually
from tests.signer.genesis import FIRST, GENESIS, MAKER, SECOND, TREASURER, console_key
from tests.signer.house import DEEP, HOUSE_QUORUM, MANDATE, wallet_id
from tests.wallets.conftest import DEPTH
from tests.wallets.deals import ASSET, attempt_of
from tests.wallets.houses import QUORUM, as_file, signed_statement

# What a ceremony leaves on the token: keys that are known, and not yet of any use.
CEREMONY = """
import django
django.setup()
from custody.common import clock
from custody.hsm.signer import program
from custody.hsm.signer.store.journal import Draft
from custody.hsm.token import ec
with program.own_store() as store:
    token = program.build_token()
    for number in (1, 2):
        name = bytes([number]) * 16
        made = ec.generate(token.session, identifier=name, label=f"house {number}", curve="secp256k1")
        body = {
            "key": f"key_01KAJ8V{number:019d}", "purpose": "spend", "curve": "secp256k1",
            "public_key": made.public_key.hex(), "token_id": name.hex(), "class": "NEVER_LEAVES",
            "attributes": made.attributes, "state": "PRE_ACTIVE",
        }
        store.commit(Draft("KEY", body), at=clock.now())
    store.sync_head()
    program.build_public().publish_identity(at=clock.now())
"""


@pytest.fixture(scope="module")
def house_world(own_world: World, node: Node, worker: str) -> Iterator[World]:
    layout = Layout.create(Path(os.environ[RUN_DIR]) / f"{worker}-house")
    write_secret(layout.state / "secrets" / "secret_key", os.environ["CUSTODY_SECRET_KEY"], WEB_USER)
    world = World(
        layout,
        cluster(),
        Redis(layout.state / "redis", layout.database_socket / "redis.sock"),
        profile="test",
        database=copy_database(f"house_{worker}"),
        bitcoin_rpc=node.rpc_settings(),
        extra={
            **own_world.extra,
            "CUSTODY_KEYS_SOCKET": str(own_world.layout.keys_socket),
            "CUSTODY_BITCOIN_FINALITY_DEPTH": str(DEPTH),
        },
    )
    genesis = layout.state / "genesis.json"
    policy = Policy(rules=(EscrowTermsRule(), HOUSE_QUORUM))
    genesis.write_bytes(replace(GENESIS, delay_seconds=1, policy=policy).to_bytes())
    genesis.chmod(0o644)
    world.redis.start()
    world.prepare_signer(genesis)
    run(
        [layout.python, "-c", CEREMONY],
        user=SIGNER_USER, cwd=layout.code, environment=world.environment("signer"),
    )  # fmt: skip
    world.start_workers()
    yield world
    for running in world.processes.values():
        running.kill()
    world.redis.stop()


@pytest.fixture
def house(house_world: World, django_db_blocker: DjangoDbBlocker) -> Iterator[World]:
    with point_at(house_world), send_to(house_world.redis.url()), django_db_blocker.unblock():
        yield house_world


def head(stream: str) -> tuple[int, str]:
    """Epoch and hash of the stream's last document, as the mirror knows it."""
    for item in SignerIdentity.objects.get().standing["heads"]:
        if item["stream"] == stream:
            return int(item["epoch"]), str(item["hash"])
    return 0, FIRST_PREVIOUS


def bring(kind: TrustType, body: Form, *people: str, maker: str = MAKER) -> None:
    """Have the signer accept a trust document of ``people``, and wait until the web knows it."""
    now = clock.now().replace(microsecond=0)
    identity, stream = desk.identity(), TYPES[kind][0]
    epoch, last = head(stream)
    document = TrustDocument(
        instance=identity.instance, stream=stream, epoch=epoch + 1, previous=last, type=kind, body=body,
        maker=maker, reason="test", expires_at=now + timedelta(hours=2),
    )  # fmt: skip
    approvals = tuple(say(document, who) for who in people or (MAKER, FIRST, SECOND))
    request = submit_request(
        actor="system:test",
        kind="TRUST",
        subject=document.hash,
        documents=[ApprovedTrustDocument(document=document, approvals=approvals)],
        at=clock.now(),
    )
    result = eventually(lambda: desk.result_of(request.pk), what=f"answer to {kind}")
    assert result is not None
    assert (result.outcome, result.rule) == ("RECORDED", None)
    eventually(lambda: head(stream) == (epoch + 1, document.hash), what=f"{kind} in the mirror")


def say(document: TrustDocument, who: str) -> Approval:
    statement = Statement(
        instance=document.instance,
        person=who,
        subject=Subject(format="custody/trust/v1", hash=document.hash),
        verdict="APPROVE",
        policy=desk.identity().policy.hash,
        nonce=secrets.token_hex(16),
        expires_at=document.expires_at,
    )
    key = console_key(who)
    proof = Ed25519Proof(
        credential=key.public_key().public_bytes_raw().hex(),
        signature=key.sign(bytes.fromhex(statement.hash)).hex(),
    )
    return Approval(statement=statement, proof=proof)


def activation(number: int, tier: Tier) -> KeyActivate:
    key = f"key_01KAJ8V{number:019d}"
    now = clock.now().replace(microsecond=0)
    return KeyActivate(
        key=key,
        public_key=SigningKey.objects.get(pk=key).public_key,
        curve="secp256k1",
        class_="NEVER_LEAVES",
        purpose="spend",
        wallet=WalletBinding(wallet=wallet_id(number), owner="HOUSE", chain=REGTEST, tier=tier),
        valid_from=now - timedelta(minutes=1),
        valid_until=now + timedelta(days=180),
    )


def opened(number: int) -> Wallet:
    found = eventually(lambda: Wallet.objects.filter(pk=wallet_id(number)).first(), what="opened wallet")
    assert found is not None
    return found


@pytest.fixture
def treasurer(house: World) -> User:
    """Everything the first payment needs: list, keys in use, somebody on duty, a treasurer."""
    eventually(lambda: mirror_signer(at=clock.now()), what="identity of the signer")
    known = User.objects.filter(person=TREASURER).first()
    if known:
        return known
    import_list(actor="system:test", source="ofac", path=OFAC_SYNTHETIC, at=clock.now())
    user = person(f"treasurer-of-{house.database}", Role.TREASURY)
    link_person(actor="system:test", user=user, person=TREASURER, at=clock.now())
    bring("KEY_ACTIVATE", activation(1, "HOT"))
    bring("KEY_ACTIVATE", activation(2, "COLD"))
    until = clock.now().replace(microsecond=0) + timedelta(hours=23)
    bring("LEASE", Lease(person=FIRST, until=until), FIRST, maker=FIRST)
    return User.objects.get(pk=user.pk)


def fund(node: Node, wallet: Wallet, amount: int, *, depth: int) -> None:
    """Pay a wallet and wait until the coin is this deep."""
    before = selectors.wallet_funding(wallet).mined
    node.fund(wallet.address, amount)
    node.mine(depth)
    scan_chain(at=clock.now())
    eventually(lambda: selectors.wallet_funding(wallet).final == before + amount, what="funding")


def reaches(intent: TransferIntent, state: State) -> None:
    eventually(lambda: selectors.get_intent(intent.pk).state == state, timeout=60, what=f"payment in {state}")


def propose_by_pages(http: Http, wallet: Wallet, amount: int) -> TransferIntent:
    """Preview, then the button under it."""
    page = f"/admin/wallets/wallet/{wallet.pk}/"
    wish = {"payee": MERCHANT_ADDRESS, "mode": "amount", "amount": str(amount), "fee_max": "10000"}
    sent = {f"plan_transfer-{name}": value for name, value in wish.items()}
    preview = http.get(http.post(f"{page}do/plan_transfer/", sent)["Location"]).content.decode()
    form = preview.partition("do/propose_transfer/")[2].partition("</form>")[0]
    fields = re.findall(r'name="(propose_transfer-\w+)" value="([^"]*)"', form)
    done = http.post(f"{page}do/propose_transfer/", {name: unescape(value) for name, value in fields})
    return TransferIntent.objects.get(pk=done["Location"].split("/")[-3])


def test_people_approve_a_payment_and_it_becomes_final(house: World, node: Node, treasurer: User) -> None:
    wallet, http = opened(1), logged_in(treasurer)
    fund(node, wallet, 600_000, depth=DEPTH)
    intent = propose_by_pages(http, wallet, 595_000)
    reaches(intent, State.PENDING_APPROVAL)
    for who in QUORUM:
        data = as_file(signed_statement(intent, who, at=clock.now()))
        path = f"/admin/wallets/transferintent/{intent.pk}/do/hand_in_approval/"
        file = SimpleUploadedFile("approval.json", data)
        assert http.post(path, {"hand_in_approval-file": file}).status_code == 302
    reaches(intent, State.BROADCAST)
    attempt = attempt_of(intent)
    final = parse_transaction(bytes(attempt.raw or b""))
    spend = selectors.spend_of(attempt)
    assert is_valid_spend(final, [TxOutput(item.amount, item.script_pubkey) for item in spend.inputs])
    assert [(item.address, item.amount) for item in spend.outputs] == [(MERCHANT_ADDRESS, 595_000)]
    node.mine(DEPTH)
    reaches(intent, State.FINAL)


def test_the_mandated_sweep_moves_coins_with_the_word_of_the_witness(
    house: World, node: Node, treasurer: User
) -> None:
    wallet, cold = opened(1), opened(2)
    shown = json.loads(house.manage("witness", "--show", process="witness"))
    now = clock.now().replace(microsecond=0)
    bring(
        "KEY_ACTIVATE",
        KeyActivate.read(
            {
                **shown,
                "valid_from": clock.write_time(now - timedelta(minutes=1)),
                "valid_until": clock.write_time(now + timedelta(days=180)),
            }
        ),
    )
    fund(node, wallet, 300_000, depth=DEEP.depth)
    mandate = Mandate(
        mandate=MANDATE,
        key=wallet.signing_key,
        intent_kind="SWEEP",
        chain=REGTEST,
        asset=ASSET,
        destinations=(Destination(wallet=cold.pk),),
        cap_per_transaction=1_000_000,
        cap_window=Window(amount=1_500_000, seconds=86_400),
        fee=MandateFee(max=10_000, window=Window(amount=25_000, seconds=86_400)),
        needs=(DEEP,),
        valid_from=now,
        valid_until=now + timedelta(days=100),
    )
    bring("MANDATE", mandate)
    intent = eventually(
        lambda: TransferIntent.objects.filter(wallet=wallet, created_at__gt=now).first(),
        timeout=90,
        what="sweep made by the schedule",
    )
    assert intent is not None
    reaches(intent, State.BROADCAST)
    request = desk.request_of(attempt_of(intent).signing_request)
    (fact,) = request.facts
    assert (fact.fact.witness, fact.fact.amount) == (shown["key"], 300_000)
    assert (request.mandate, request.approvals) == (MANDATE, ())
    node.mine(DEPTH)
    reaches(intent, State.FINAL)
    assert selectors.wallet_funding(cold).mined == 300_000 - 1_220
