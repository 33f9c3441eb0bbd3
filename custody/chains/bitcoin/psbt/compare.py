"""Is a PSBT that came back the one that went out? If not, what was altered?"""

from custody.chains.bitcoin.psbt.spend import DecodedSpend
from custody.common.errors import InvalidInputError


class AlteredError(InvalidInputError):
    """The PSBT is another transaction; code and field say what differs first."""

    code = "psbt_altered"


def same_transaction(expected: DecodedSpend, given: DecodedSpend) -> bool:
    """True when both are the same unsigned transaction over the same outputs."""
    return (
        expected.chain == given.chain
        and expected.unsigned == given.unsigned
        and [item.script_pubkey for item in expected.inputs] == [item.script_pubkey for item in given.inputs]
        and [item.amount for item in expected.inputs] == [item.amount for item in given.inputs]
    )


def check_same_transaction(expected: DecodedSpend, given: DecodedSpend, *, field: str) -> None:
    """Raise AlteredError naming the first difference; return when there is none."""
    _check_inputs(expected, given, field=field)
    _check_outputs(expected, given, field=field)
    if not same_transaction(expected, given):
        raise AlteredError("version or locktime differs", code="psbt_header_altered", field=field)


def _check_inputs(expected: DecodedSpend, given: DecodedSpend, *, field: str) -> None:
    if len(expected.inputs) != len(given.inputs):
        raise AlteredError("number of inputs differs", code="psbt_input_altered", field=f"{field}/inputs")
    for index, (ours, theirs) in enumerate(zip(expected.inputs, given.inputs, strict=True)):
        place = f"{field}/inputs/{index}"
        if ours.outpoint != theirs.outpoint:
            raise AlteredError("another output is spent", code="psbt_input_altered", field=place)
        if ours.sequence != theirs.sequence:
            raise AlteredError("sequence differs", code="psbt_sequence_altered", field=f"{place}/sequence")


def _check_outputs(expected: DecodedSpend, given: DecodedSpend, *, field: str) -> None:
    if len(expected.outputs) != len(given.outputs):
        place = f"{field}/outputs"
        raise AlteredError("number of outputs differs", code="psbt_output_count_altered", field=place)
    for index, (ours, theirs) in enumerate(zip(expected.outputs, given.outputs, strict=True)):
        place = f"{field}/outputs/{index}"
        if ours.script != theirs.script:
            raise AlteredError("address differs", code="psbt_address_altered", field=f"{place}/address")
        if ours.amount != theirs.amount:
            raise AlteredError("amount differs", code="psbt_amount_altered", field=f"{place}/amount")
