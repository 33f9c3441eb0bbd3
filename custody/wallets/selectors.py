"""Reads of wallets, coins, intents and the monitor; what packages above may know."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.db.models import QuerySet

from custody.chains.bitcoin.psbt import DecodedSpend, InputSignature, add_signatures, decode
from custody.common.errors import NotFoundError
from custody.compliance.selectors import has_hold
from custody.statements.intent import Intent
from custody.statements.terms import Terms
from custody.wallets.models import ChainCursor, ChainTransaction, TransferIntent, TxAttempt, Utxo, Wallet


@dataclass(frozen=True)
class Funding:
    """Satoshi paid to a wallet and not spent: all mined ones, and those at finality depth.

    ``depth`` is the number of confirmations of the youngest coin, 0 when there is none.
    """

    mined: int
    final: int
    coins: int
    depth: int
    spent: int

    @property
    def received(self) -> int:
        """Everything ever paid to the wallet, spent or not."""
        return self.mined + self.spent


def wallet_of_deal(deal: str) -> Wallet | None:
    return Wallet.objects.filter(deal=deal).first()


def tip_height(chain: str) -> int:
    """Height of the last block the monitor has taken in, 0 before the first."""
    return ChainCursor.objects.filter(chain=chain).values_list("height", flat=True).first() or 0


def final_height(chain: str) -> int:
    """Transactions up to this height are final; negative while the chain is short."""
    return tip_height(chain) - settings.BITCOIN_FINALITY_DEPTH + 1


def coins_of(wallet: Wallet) -> QuerySet[Utxo]:
    """Every output that ever paid the wallet, spent ones included, without the bytes around them."""
    coins = Utxo.objects.filter(wallet=wallet).select_related("transaction", "spender")
    return coins.defer("transaction__raw", "spender__raw").order_by("pk")


def mined_utxos(wallet: Wallet) -> QuerySet[Utxo]:
    """Outputs of the wallet that are in the chain and not spent in it, largest first."""
    return (
        Utxo.objects.filter(wallet=wallet, spender=None, transaction__height__isnull=False)
        .select_related("transaction")
        .defer("transaction__raw")
        .order_by("-amount", "txid", "vout")
    )


def wallet_funding(wallet: Wallet) -> Funding:
    """What has been paid to the wallet, by the monitor's own index."""
    utxos = list(mined_utxos(wallet))
    tip, final = tip_height(wallet.chain), final_height(wallet.chain)
    heights = [item.transaction.height or 0 for item in utxos]
    spent = Utxo.objects.filter(wallet=wallet, spender__isnull=False)
    return Funding(
        mined=sum(item.amount for item in utxos),
        final=sum(item.amount for item, height in zip(utxos, heights, strict=True) if height <= final),
        coins=len(utxos),
        depth=tip - max(heights) + 1 if heights else 0,
        spent=sum(item.amount for item in spent),
    )


def spent_without_us(wallet: Wallet) -> list[str]:
    """Ids of final transactions that spend coins of the wallet, unless one in a block is a payout of ours."""
    coins = Utxo.objects.filter(wallet=wallet, spender__isnull=False)
    ours = TxAttempt.objects.filter(intent__wallet=wallet).values("txid")
    if coins.filter(spender__txid__in=ours).exists():
        return []
    final = coins.filter(spender__height__lte=final_height(wallet.chain))
    return sorted(set(final.values_list("spender__txid", flat=True)))


def confirmations(attempt: TxAttempt) -> int:
    """Number of blocks that confirm the attempt's transaction, 0 while none holds it."""
    spends = Utxo.objects.filter(spender__txid=attempt.txid, chain=attempt.chain)
    height = spends.values_list("spender__height", flat=True).first()
    return 0 if height is None else tip_height(attempt.chain) - height + 1


def was_mined(attempt: TxAttempt) -> bool:
    """True when a block ever held the attempt's transaction, also one that was thrown out since."""
    return ChainTransaction.objects.filter(chain=attempt.chain, txid=attempt.txid).exists()


def intent_of_request(request_id: str) -> str:
    """Return the id of the intent whose transaction the signer was asked about; raises NotFoundError."""
    attempt = TxAttempt.objects.filter(signing_request=request_id).first()
    if attempt is None:
        raise NotFoundError("no attempt belongs to this request", field="request")
    return attempt.intent_id


def get_intent(intent_id: str) -> TransferIntent:
    """Return the intent; raises NotFoundError."""
    intent = TransferIntent.objects.select_related("wallet").filter(pk=intent_id).first()
    if intent is None:
        raise NotFoundError("not found")
    return intent


def attempt_of(intent: TransferIntent) -> TxAttempt | None:
    return intent.attempts.first()


def document_of(intent: TransferIntent) -> Intent:
    """The intent's document, decoded from its stored bytes."""
    return Intent.from_bytes(bytes(intent.document))


def terms_of(wallet: Wallet) -> Terms:
    """The wallet's terms, decoded from their stored bytes."""
    return Terms.from_bytes(bytes(wallet.terms))


def spend_of(attempt: TxAttempt) -> DecodedSpend:
    """The attempt's unsigned transaction, decoded."""
    return decode(attempt.psbt, chain=attempt.chain, field="psbt")


def psbt_with_signatures(attempt: TxAttempt) -> str:
    """The PSBT with every signature collected so far: what a party downloads."""
    signatures = [
        InputSignature(row.input, bytes.fromhex(row.public_key), bytes.fromhex(row.signature))
        for row in attempt.signatures.order_by("input", "public_key")
    ]
    return add_signatures(attempt.psbt, chain=attempt.chain, signatures=signatures, field="psbt")


def signed_keys(attempt: TxAttempt) -> set[str]:
    """Public keys (hex) that have signed every input."""
    count = len(attempt.outpoints)
    rows = attempt.signatures.values_list("public_key", flat=True)
    keys = list(rows)
    return {key for key in keys if keys.count(key) == count}


def is_held(wallet: Wallet) -> bool:
    """True while compliance holds the wallet, its deal or one of its clients."""
    return has_hold({wallet.pk, wallet.about, *wallet.subjects})


def waiting_intents(*, states: Collection[str], before: datetime) -> list[str]:
    """Ids of intents that stand in one of ``states`` since ``before`` or longer, oldest first."""
    waiting = TransferIntent.objects.filter(state__in=states, state_changed_at__lte=before)
    return list(waiting.order_by("state_changed_at", "pk").values_list("pk", flat=True))
