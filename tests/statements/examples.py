"""One valid document of every format: those of the formats document and made ones for the others."""

from datetime import UTC, datetime
from typing import Any

from custody.statements.approval import Approval, Statement
from custody.statements.attestation import Attestation
from custody.statements.checkpoint import Checkpoint
from custody.statements.credential import Ed25519Credential, PersonCredential
from custody.statements.critical import Critical
from custody.statements.decision import Decision, Split
from custody.statements.fact import Block, Fact
from custody.statements.form import Document
from custody.statements.genesis import Genesis
from custody.statements.holdings import Holdings
from custody.statements.intent import Intent
from custody.statements.key_proof import KeyProof, PartyNonces
from custody.statements.parts import MaxFee
from custody.statements.policy import EscrowTermsRule, Policy
from custody.statements.proof import Secp256k1Proof
from custody.statements.release import Release
from custody.statements.request import CheckpointPayload, Request, SealPayload, SpendPayload
from custody.statements.result import Head, MadeSignature, Result
from custody.statements.store_entry import BitcoinAnchor, SignBody, Slot, StoreEntry
from custody.statements.terms import PartySignature, SignedTerms, Terms
from custody.statements.trust import TrustDocument
from tests.statements.vectors import load

INSTANCE = "ins_01KAJ8M3V6Q2W9X4Y7Z0A1B2C3"
DEAL = "deal_01KAJ8P0000000000000000001"
KEY = "key_01KAJ8V0000000000000000001"
REQUEST = "req_01KAJ8W0000000000000000001"
OFFICER = "per_01KAJ8Q0000000000000000001"
SECOND_OFFICER = "per_01KAJ8Q0000000000000000002"
AT = datetime(2026, 11, 21, 9, tzinfo=UTC)
LATER = datetime(2026, 11, 24, 9, tzinfo=UTC)


def vector_document(name: str, form: type[Document]) -> Any:
    return form.from_bytes(load(name)["bytes"].encode())


INTENT: Intent = vector_document("intent", Intent)
TERMS: Terms = vector_document("terms", Terms)
STATEMENT: Statement = vector_document("statement_ed25519", Statement)
APPROVAL = Approval.read({"statement": STATEMENT.to_json(), "proof": load("statement_ed25519")["proof"]})

OFFICERS = (
    PersonCredential(
        person=SECOND_OFFICER,
        name="Officer two",
        roles=("APPROVER", "MEDIATOR"),
        credential=Ed25519Credential(public_key=load("statement_ed25519")["proof"]["credential"]),
        valid_until=datetime(2027, 5, 30, tzinfo=UTC),
    ),
)
GENESIS = Genesis(
    instance=INSTANCE,
    demo=True,
    quorum=1,
    delay_seconds=86400,
    people=OFFICERS,
    policy=Policy(rules=(EscrowTermsRule(),)),
    stations=(),
    aaguids=("01020304-0506-0708-0102-030405060708",),
    created_at=AT,
)
KEY_PROOF = KeyProof(
    instance=INSTANCE,
    deal=DEAL,
    role="mediator",
    public_key=TERMS.keys.mediator,
    terms=TERMS.hash,
    server_nonce="00" * 16,
    nonces=PartyNonces(buyer="01" * 16, mediator="02" * 16, merchant="03" * 16),
    expires_at=LATER,
)
DECISION = Decision(
    instance=INSTANCE,
    deal=DEAL,
    terms=TERMS.hash,
    split=Split(buyer=0, merchant=990000),
    fee=MaxFee(max=10000),
    reasons=("DELIVERED",),
    evidence=("11" * 32,),
    mediator=OFFICER,
    expires_at=LATER,
)
RELEASE = Release(
    instance=INSTANCE,
    id="run_01KAJ8Y0000000000000000001",
    report="R7",
    period=DEAL,
    digest="9a" * 32,
    twin="bc" * 32,
    expires_at=LATER,
)
CRITICAL = Critical(
    id=REQUEST,
    instance=INSTANCE,
    system="Core banking",
    action="LIMIT_RAISE",
    parameters="de" * 32,
    expires_at=LATER,
)
FACT = Fact(
    instance=INSTANCE,
    witness=KEY,
    kind="PAYMENT",
    chain=TERMS.chain,
    txid="22" * 32,
    script=TERMS.script,
    amount=1_000_000,
    depth=6,
    block=Block(height=101, hash="33" * 32),
    at=AT,
)
HOLDINGS = Holdings(
    instance=INSTANCE,
    witness=KEY,
    chain=TERMS.chain,
    script="0014" + "22" * 20,
    coins=2,
    amount=1_000_005,
    block=Block(height=101, hash="33" * 32),
    at=AT,
)
CHECKPOINT = Checkpoint(instance=INSTANCE, stream="main", position=7, link="44" * 32, at=AT)
ATTESTATION = Attestation(instance=INSTANCE, kind="ADDRESS", body={"deal": DEAL, "index": 0}, at=AT)
STORE_ENTRY = StoreEntry(
    seq=3,
    previous="55" * 32,
    kind="SIGN",
    at=AT,
    body=SignBody(
        request_hash="66" * 32,
        intent=INTENT.hash,
        anchor=BitcoinAnchor(outpoint="22" * 32 + ":0"),
        slots=(Slot(key=KEY, slot="btc:" + "22" * 32 + ":0", digest="77" * 32),),
    ).to_json(),
)
SIGNED_TERMS = SignedTerms(
    document=TERMS,
    signatures=(
        PartySignature(
            role="buyer",
            proof=Secp256k1Proof(credential=TERMS.keys.buyer, signature=load("terms")["signature"]),
        ),
    ),
)
SPEND_REQUEST = Request(
    id=REQUEST,
    instance=INSTANCE,
    kind="BTC_SPEND",
    key=KEY,
    intent=INTENT,
    approvals=(APPROVAL,),
    payload=SpendPayload(psbt="cHNidP8B"),
)
TERMS_REQUEST = Request(id=REQUEST, instance=INSTANCE, kind="TERMS", key=KEY, documents=(SIGNED_TERMS,))
KEY_PROOF_REQUEST = Request(id=REQUEST, instance=INSTANCE, kind="KEY_PROOF", key=KEY, payload=KEY_PROOF)
SEAL_REQUEST = Request(
    id=REQUEST,
    instance=INSTANCE,
    kind="CMS_SEAL",
    key=KEY,
    payload=SealPayload(signed_attributes="MTIz", certificate="DRAFT"),
)
CHECKPOINT_REQUEST = Request(
    id=REQUEST,
    instance=INSTANCE,
    kind="CHECKPOINT",
    key=KEY,
    payload=CheckpointPayload(stream="main", from_=6, to=7, entries=("88" * 32, "99" * 32)),
)
SIGNED_RESULT = Result(
    instance=INSTANCE,
    request=REQUEST,
    request_hash=SPEND_REQUEST.hash,
    outcome="SIGNED",
    signatures=(MadeSignature(input=0, public_key=TERMS.keys.mediator, signature="ab" * 64),),
    entries=(STORE_ENTRY,),
    head=Head(seq=3, hash=STORE_ENTRY.hash),
)
REFUSED_RESULT = Result(
    instance=INSTANCE,
    request=REQUEST,
    request_hash=SPEND_REQUEST.hash,
    outcome="REFUSED",
    rule="fee_above_max",
    culprit="/intent/fee/max",
    head=Head(seq=3, hash=STORE_ENTRY.hash),
)

DOCUMENTS: dict[str, Document] = {
    "intent": INTENT,
    "policy": vector_document("policy", Policy),
    "terms": TERMS,
    "statement": STATEMENT,
    "trust person": vector_document("trust_person_credential", TrustDocument),
    "trust mandate": vector_document("trust_mandate", TrustDocument),
    "genesis": GENESIS,
    "key proof": KEY_PROOF,
    "decision": DECISION,
    "release": RELEASE,
    "critical": CRITICAL,
    "fact": FACT,
    "holdings": HOLDINGS,
    "checkpoint": CHECKPOINT,
    "attestation": ATTESTATION,
    "store entry": STORE_ENTRY,
    "spend request": SPEND_REQUEST,
    "terms request": TERMS_REQUEST,
    "key proof request": KEY_PROOF_REQUEST,
    "seal request": SEAL_REQUEST,
    "checkpoint request": CHECKPOINT_REQUEST,
    "signed result": SIGNED_RESULT,
    "refused result": REFUSED_RESULT,
}
