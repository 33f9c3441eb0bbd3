"""A wallet of the house on the web side, with the signer of the tests behind it and coins of a real node.

The signer is the product's own, on a store of its own in this process; its answers are written as
rows by the stand-in for its role.
"""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings

from custody.accounts.models import User
from custody.accounts.roles import Role
from custody.accounts.services import link_person
from custody.common import canonical
from custody.hsm.mirror import mirror_identity
from custody.hsm.models import SigningKey, SigningRequest
from custody.hsm.trust.approvals import add_approval
from custody.hsm.trust.drafting import document_of, draft_document
from custody.hsm.trust.submitting import apply_answer, submit_document
from custody.statements.approval import Approval, Statement, Subject
from custody.statements.intent import Intent
from custody.statements.proof import Ed25519Proof
from custody.statements.result import Result
from custody.statements.trust import TrustType
from custody.statements.trust.deny import DeniedAddresses
from custody.wallets import selectors, services
from custody.wallets.models import TransferApproval, TransferIntent, Wallet
from custody.wallets.plans import Wish
from custody.wallets.services.chain import scan_chain
from scripts.embedded.bitcoind import Node
from tests.cast import person
from tests.harness.bitcoin import MERCHANT_ADDRESS, REGTEST
from tests.harness.signer_role import write_answer
from tests.signer.genesis import APPROVER, FIRST, MAKER, OTHER_APPROVER, SECOND, TREASURER, console_key
from tests.signer.house import House, wallet_id
from tests.wallets.deals import AT, attempt_of, drive, fresh

QUORUM = (TREASURER, APPROVER, OTHER_APPROVER)
FEE_MAX = 10_000


def signed_statement(
    intent: TransferIntent, who: str, *, at: datetime, key_of: str | None = None, **changes: object
) -> Approval:
    """What the program ``approve`` of ``who`` makes of the downloaded bytes; ``key_of`` signs instead."""
    return statement_about(selectors.document_of(intent), who, at=at, key_of=key_of, **changes)


def statement_about(
    document: Intent, who: str, *, at: datetime, key_of: str | None = None, **changes: object
) -> Approval:
    """The same for a document that is no row yet."""
    values: dict[str, object] = {
        "instance": document.instance,
        "person": who,
        "subject": Subject(format="custody/intent/v1", hash=document.hash),
        "verdict": "APPROVE",
        "policy": document.policy,
        "nonce": secrets.token_hex(16),
        "expires_at": min(document.expires_at, (at + timedelta(hours=1)).replace(microsecond=0)),
    }
    statement = Statement(**values | changes)  # type: ignore[arg-type]
    key = console_key(key_of or who)
    proof = Ed25519Proof(
        credential=key.public_key().public_bytes_raw().hex(),
        signature=key.sign(bytes.fromhex(statement.hash)).hex(),
    )
    return Approval(statement=statement, proof=proof)


def as_file(approval: Approval) -> bytes:
    return canonical.encode(approval.to_json())


@dataclass
class HouseDesk:
    """A treasurer at a funded wallet; ``at`` moves with the signer's clock."""

    node: Node
    house: House
    treasurer: User

    @classmethod
    def open(cls, node: Node, house: House) -> "HouseDesk":
        treasurer = person("treasurer-of-the-house", Role.TREASURY)
        link_person(actor="system:test", user=treasurer, person=TREASURER, at=AT)
        desk = cls(node, house, User.objects.get(pk=treasurer.pk))
        desk.mirror()
        return desk

    @property
    def at(self) -> datetime:
        return self.house.bench.hands.now

    @property
    def wallet(self) -> Wallet:
        return Wallet.objects.get(pk=wallet_id(1))

    def mirror(self) -> None:
        """Take over what the signer published, and open wallets from it."""
        bench = self.house.bench
        bench.public.publish_identity(at=self.at)
        assert mirror_identity(bench.directory / "public" / "signer.json", at=self.at)
        # The journal says states; here the catalogue of the file stands in for it.
        for key in _catalogue():
            SigningKey.objects.filter(pk=key[0]).update(state=key[1])
        services.open_missing_wallets(at=self.at)

    def fund(self, *amounts: int, wallet: Wallet | None = None, blocks: int | None = None) -> None:
        """Pay the wallet, one transaction per coin, and bury it."""
        for amount in amounts:
            self.node.fund((wallet or self.wallet).address, amount)
        self.mine(settings.BITCOIN_FINALITY_DEPTH if blocks is None else blocks)

    def mine(self, blocks: int = 1) -> None:
        self.node.mine(blocks)
        scan_chain(at=self.at)

    def wish(self, amount: int | None = None, **changes: object) -> Wish:
        values: dict[str, object] = {"payee": MERCHANT_ADDRESS, "fee_max": FEE_MAX, "amount": amount}
        return Wish(**values | changes)  # type: ignore[arg-type]

    def propose(self, amount: int | None = None, **changes: object) -> TransferIntent:
        """A proposal, driven to where people are asked."""
        intent = services.propose_transfer(
            actor=self.treasurer, wallet_id=self.wallet.pk, wish=self.wish(amount, **changes), at=self.at
        )
        return self.drive(intent)

    def approve(self, intent: TransferIntent, *people: str, **changes: object) -> TransferApproval:
        """Hand in approvals; returns the last."""
        for who in people:
            approval = signed_statement(intent, who, at=self.at, **changes)  # type: ignore[arg-type]
            row = services.hand_in_approval(
                actor=self.treasurer, intent_id=intent.pk, data=as_file(approval), at=self.at
            )
        return row

    def drive(self, intent: TransferIntent, *, steps: Sequence[int] = range(10)) -> TransferIntent:
        return drive(intent, at=self.at, steps=steps)

    def asked(self, *people: str, amount: int = 990_000) -> TransferIntent:
        """A payment the signer was asked for, with the approvals of ``people`` (default: enough)."""
        intent = self.propose(amount)
        self.approve(intent, *(people or QUORUM))
        return self.drive(intent)

    def answer(self, intent: TransferIntent) -> Result:
        """Let the signer answer the intent's request, and take the answer in."""
        row = SigningRequest.objects.get(pk=attempt_of(intent).signing_request)
        result = self.house.bench.handle_bytes(row.pk, bytes(row.body))
        write_answer(row, outcome=result.outcome, body=result.to_bytes())
        services.apply_signature(request_id=row.pk, at=self.at)
        return result

    def state(self, intent: TransferIntent) -> str:
        return fresh(intent).state

    def deny(self, *addresses: str, kind: TrustType = "DENY_ADD") -> None:
        """An officer puts addresses on the deny list, or takes them off with a second one."""
        officer = User.objects.filter(person=FIRST).first() or self._officer()
        body = DeniedAddresses(chain=REGTEST, addresses=addresses)
        draft = draft_document(actor=officer, kind=kind, body=body, reason="test", at=self.at)
        for who in (FIRST, SECOND, MAKER):
            data = canonical.encode(self.house.officers.approval(document_of(draft), who).to_json())
            add_approval(actor=officer, draft_id=draft.pk, data=data, at=self.at)
        draft = submit_document(actor=officer, draft_id=draft.pk, at=self.at)
        row = SigningRequest.objects.get(pk=draft.request)
        result = self.house.bench.handle_bytes(row.pk, bytes(row.body))
        assert result.outcome != "REFUSED", result.rule
        write_answer(row, outcome=result.outcome, body=result.to_bytes())
        apply_answer(request_id=row.pk, at=self.at)
        self.mirror()

    def _officer(self) -> User:
        officer = person("officer-of-the-list", Role.SECURITY_OFFICER)
        link_person(actor="system:test", user=officer, person=FIRST, at=AT)
        return User.objects.get(pk=officer.pk)


def _catalogue() -> list[tuple[str, str]]:
    from custody.hsm.signer.store.selectors import all_keys

    return [(key.id, key.state) for key in all_keys()]
