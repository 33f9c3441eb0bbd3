"""The transactions that made the coins of a PSBT, each parsed once however many of its outputs are spent."""

from custody.chains.bitcoin.psbt import fields
from custody.chains.bitcoin.psbt.wire import Map
from custody.chains.bitcoin.transaction import Transaction, TxInput, TxOutput, parse_transaction
from custody.common.errors import InvalidInputError


class PreviousTransactions:
    """For one PSBT; the very bytes name a transaction, so nothing is taken for something else."""

    def __init__(self) -> None:
        self._parsed: dict[bytes, tuple[str, Transaction]] = {}

    def output(self, item: TxInput, values: Map, *, field: str) -> TxOutput:
        """Return the spent output as the full transaction proves it: a bare amount can be a lie."""
        place = f"{field}/previous_transaction"
        raw = fields.required(values, fields.PREVIOUS_TX, field=field)
        txid, previous = self._parse(raw, field=place)
        if txid != item.txid or item.vout >= len(previous.outputs):
            raise InvalidInputError("not the transaction spent", code="psbt_previous_mismatch", field=place)
        output = previous.outputs[item.vout]
        if fields.required(values, fields.PREVIOUS_OUTPUT, field=field) != output.to_bytes():
            place = f"{field}/previous_output"
            raise InvalidInputError("not the output spent", code="psbt_previous_mismatch", field=place)
        return output

    def _parse(self, raw: bytes, *, field: str) -> tuple[str, Transaction]:
        if raw not in self._parsed:
            previous = parse_transaction(raw, field=field)
            self._parsed[raw] = previous.txid, previous
        return self._parsed[raw]
