"""What the witness's own node says: of a payment, by the transaction's bytes; of a script, what it holds."""

from dataclasses import dataclass

from custody.chains.bitcoin.client import NOT_FOUND, BitcoinClient, RpcError, to_satoshi
from custody.chains.bitcoin.transaction import parse_transaction
from custody.statements.fact import Block


@dataclass(frozen=True)
class Payment:
    """``amount`` satoshi at the script, ``depth`` blocks deep below ``tip``."""

    amount: int
    depth: int
    tip: Block


@dataclass(frozen=True)
class Held:
    """``coins`` unspent outputs at the script, ``amount`` satoshi together, as of the block ``tip``."""

    coins: int
    amount: int
    tip: Block


def find_holdings(client: BitcoinClient, *, script: bytes) -> Held:
    """What the node's set of unspent outputs has at a script.

    Raises UnavailableError, or RpcError for what the node refuses: another search, while one is running.
    """
    found = client.unspent_at(script)
    return Held(
        coins=len(found["unspents"]),
        amount=sum(to_satoshi(item["amount"]) for item in found["unspents"]),
        tip=Block(height=int(found["height"]), hash=str(found["bestblock"])),
    )


def find_payment(client: BitcoinClient, *, txid: str, script: bytes) -> Payment | None:
    """The payment of a transaction to a script, all its outputs together; None while no block holds it.

    Raises UnavailableError, or RpcError for what the node refuses.
    """
    height = client.height()
    tip = Block(height=height, hash=client.block_hash(height))
    found = _mined(client, txid)
    if found is None:
        return None
    raw, block_hash = found
    depth = height - int(client.call("getblockheader", block_hash)["height"]) + 1
    # A block of another branch, or one above the tip that was read, confirms nothing.
    if depth < 1 or client.block_hash(height - depth + 1) != block_hash:
        return None
    transaction = parse_transaction(raw, field="txid")
    amount = sum(output.amount for output in transaction.outputs if output.script == script)
    if transaction.txid != txid or not amount:
        return None
    return Payment(amount=amount, depth=depth, tip=tip)


def _mined(client: BitcoinClient, txid: str) -> tuple[bytes, str] | None:
    """Raw bytes and block of a transaction; None for one that is unknown or in no block."""
    try:
        # Verbosity as a truth value is understood by every version.
        answer = client.call("getrawtransaction", txid, True)
    except RpcError as error:
        if error.rpc_code == NOT_FOUND:
            return None
        raise
    if "blockhash" not in answer:
        return None
    return bytes.fromhex(answer["hex"]), str(answer["blockhash"])
