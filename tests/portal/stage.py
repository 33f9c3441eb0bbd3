"""A deal taken from page to page by its two parties, with the signer and the chain played by rows.

The signer's answers and the funding are inserted as their processes would insert them; everything
people do goes through the portal's pages.
"""

import json
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpResponse
from django.test import Client as Http

from custody.accounts.models import Client, User
from custody.chains.bitcoin.script import descriptor
from custody.common import canonical, clock
from custody.compliance.samples import OFAC_SYNTHETIC
from custody.compliance.services import import_list
from custody.escrow import selectors
from custody.escrow import services as escrow
from custody.escrow.models import Deal
from custody.hsm.models import SignerIdentity, SigningKey, SigningRequest
from custody.policy.services import adopt_policy
from custody.statements.key_proof import KeyProof, ProvenKey
from custody.statements.policy import EscrowTermsRule, Policy
from custody.statements.proof import Secp256k1Proof
from custody.statements.result import Head, MadeSignature, Result
from custody.statements.terms import PartySignature, Terms
from custody.wallets.models import ChainCursor, ChainTransaction, Utxo
from custody.wallets.services import take_step
from tests.cast import logged_in
from tests.harness.bitcoin import (
    BUYER_ADDRESS,
    MERCHANT_ADDRESS,
    REGTEST,
    funding,
    private_key,
    public_key,
    sign,
)
from tests.harness.signer_role import write_answer

ACTOR = "system:test"
INSTANCE = "ins_01KAJ8M3V6Q2W9X4Y7Z0A1B2C3"
MEDIATOR_KEY = "key_01KAJ8V0000000000000000001"
POLICY = Policy(rules=(EscrowTermsRule(),))
AMOUNT = 1_000_000
ADDRESSES = {"buyer": BUYER_ADDRESS, "merchant": MERCHANT_ADDRESS}
TIP = 200


def prepare_world() -> None:
    """The synthetic sanctions list, the first policy, and what the signer publishes of itself."""
    at = clock.now()
    import_list(actor=ACTOR, source="ofac", path=OFAC_SYNTHETIC, at=at)
    adopt_policy(actor=ACTOR, policy=POLICY, at=at)
    SignerIdentity.objects.create(instance=INSTANCE, genesis="00" * 32, demo=True, policy=POLICY.to_bytes())
    SigningKey.objects.create(
        id=MEDIATOR_KEY,
        purpose="mediator",
        curve="secp256k1",
        public_key=public_key("mediator").hex(),
        state="ACTIVE",
    )
    ChainCursor.objects.create(chain=REGTEST, height=TIP, block_hash="bb" * 32, updated_at=at)


def prove(name: str, document_hash: str) -> Secp256k1Proof:
    """Sign the hash of a document with a party's key, as its own program does."""
    signature = private_key(name).sign_recoverable(bytes.fromhex(document_hash), hasher=None)[:64]
    return Secp256k1Proof(credential=public_key(name).hex(), signature=signature.hex())


@dataclass
class Stage:
    """One deal with its people; ``browsers`` by role."""

    officer: User
    mediator: User
    people: dict[str, User]
    clients: dict[str, Client]
    deal: Deal = field(init=False)
    browsers: dict[str, Http] = field(init=False)

    def __post_init__(self) -> None:
        self.browsers = {role: logged_in(user) for role, user in self.people.items()}
        sheet = escrow.DealSheet(
            title="Two printing presses",
            buyer=self.clients["buyer"].pk,
            merchant=self.clients["merchant"].pk,
            mediator=self.mediator.pk,
            amount=AMOUNT,
            fee_max=20_000,
            second_review_above=50_000_000,
        )
        self.deal = escrow.open_deal(actor=self.officer, sheet=sheet, at=clock.now())

    @property
    def state(self) -> str:
        return Deal.objects.get(pk=self.deal.pk).state

    def page(self, role: str) -> str:
        """The deal page as ``role`` sees it."""
        return self.get(role, "").content.decode()

    def get(self, role: str, name: str) -> HttpResponse:
        response: Any = self.browsers[role].get(f"/deals/{self.deal.pk}/{name}")
        return response  # type: ignore[no-any-return]

    def do(self, role: str, name: str, **fields: Any) -> HttpResponse:
        """Submit the form of one deed; files are given as bytes."""
        sent = {
            key: SimpleUploadedFile(f"{key}.bin", value) if isinstance(value, bytes) else value
            for key, value in fields.items()
        }
        response: Any = self.browsers[role].post(f"/deals/{self.deal.pk}/do/{name}/", sent)
        return response  # type: ignore[no-any-return]

    def join(self) -> "Stage":
        for role in ("buyer", "merchant"):
            key, address = public_key(role).hex(), ADDRESSES[role]
            assert self.do(role, "join", public_key=key, payout_address=address).status_code == 302
        return self

    def propose_terms(self) -> "Stage":
        escrow.propose_terms(
            actor=self.officer,
            deal_id=self.join().deal.pk,
            contract=b"%PDF-1.7 the contract",
            media_type="application/pdf",
            at=clock.now(),
        )
        return self

    def terms(self) -> Terms:
        """The terms as a party downloads them."""
        return Terms.from_bytes(self.get("buyer", "terms.json").content)

    def signature_file(self, role: Any) -> bytes:
        terms = self.terms()
        return canonical.encode(PartySignature(role=role, proof=prove(role, terms.hash)).to_json())

    def sign_terms(self) -> "Stage":
        terms = self.propose_terms().terms()
        for role in ("buyer", "merchant"):
            response = self.do(role, "sign-terms", terms_hash=terms.hash, signature=self.signature_file(role))
            assert response.status_code == 302, response.content.decode()
        return self

    def pin_terms(self) -> "Stage":
        request = SigningRequest.objects.get(subject=self.sign_terms().deal.pk, kind="TERMS")
        answer(request, outcome="RECORDED")
        escrow.apply_terms(request_id=request.pk, at=clock.now())
        return self

    def give_nonces(self) -> "Stage":
        self.pin_terms()
        for role, digit in (("buyer", "1"), ("merchant", "2")):
            assert self.do(role, "give-nonce", nonce=digit * 32).status_code == 302
        return self

    def proof_file(self, role: str) -> bytes:
        document = KeyProof.from_bytes(self.get(role, "challenge.json").content)
        return canonical.encode(ProvenKey(document=document, proof=prove(role, document.hash)).to_json())

    def prove_keys(self) -> "Stage":
        self.give_nonces()
        for role in ("buyer", "merchant"):
            assert self.do(role, "prove-key", proof=self.proof_file(role)).status_code == 302
        request = SigningRequest.objects.get(subject=self.deal.pk, kind="KEY_PROOF")
        document = KeyProof.read(json.loads(bytes(request.body))["payload"])
        answer(request, signature=prove("mediator", document.hash).signature)
        escrow.apply_key_proof(request_id=request.pk, at=clock.now())
        return self

    def checksum(self) -> str:
        return descriptor(bytes.fromhex(self.terms().script)).partition("#")[2]

    def confirm_address(self) -> "Stage":
        self.prove_keys()
        for role in ("buyer", "merchant"):
            assert self.do(role, "confirm-address", checksum=self.checksum()).status_code == 302
        escrow.confirm_address(
            actor=self.mediator, deal_id=self.deal.pk, checksum=self.checksum(), at=clock.now()
        )
        return self

    def pay(self, amount: int = AMOUNT, *, depth: int = 10) -> "Stage":
        """Let the monitor see ``amount`` at the address, ``depth`` blocks deep."""
        wallet = selectors.wallet_of(self.deal)
        assert wallet is not None
        transaction = funding(bytes(wallet.script), amount)
        row = ChainTransaction.objects.create(
            chain=REGTEST,
            txid=transaction.txid,
            raw=transaction.to_bytes(),
            height=TIP - depth + 1,
            block_hash="cc" * 32,
            first_seen_at=clock.now(),
        )
        Utxo.objects.create(
            wallet=wallet, chain=REGTEST, txid=transaction.txid, vout=0, amount=amount, transaction=row
        )
        escrow.follow_funding(wallet_id=wallet.pk, at=clock.now())
        return self

    def fund(self) -> "Stage":
        return self.confirm_address().pay()

    def propose_release(self) -> "Stage":
        assert self.fund().do("buyer", "propose-release", agreed="on").status_code == 302
        self.prepare_payout()
        return self

    def prepare_payout(self) -> None:
        """What the worker does with a new payout until signatures are collected."""
        payout = selectors.current_payout(self.deal)
        assert payout is not None
        for second in range(10):
            take_step(intent_id=payout.intent_id, at=later(second))

    def signed_psbt(self, role: str) -> bytes:
        return sign(self.get(role, "payout.psbt").content.decode(), role).encode()

    def dispute(self) -> "Stage":
        assert (
            self.fund().do("buyer", "open-dispute", text="Nothing has arrived.", agreed="on").status_code
            == 302
        )
        return self


def later(seconds: int) -> datetime:
    return clock.now() + timedelta(seconds=seconds)


def answer(request: SigningRequest, *, outcome: Any = "SIGNED", signature: str = "") -> None:
    """Insert what the signer would answer to ``request``."""
    made = MadeSignature(input=0, public_key=public_key("mediator").hex(), signature=signature)
    result = Result(
        instance=INSTANCE,
        request=request.pk,
        request_hash="ab" * 32,
        outcome=outcome,
        signatures=(made,) if outcome == "SIGNED" else (),
        head=Head(seq=1, hash="cd" * 32),
    )
    write_answer(request, outcome=outcome, body=result.to_bytes())
