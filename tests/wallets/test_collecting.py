"""Returned PSBTs: valid signatures of the right key are taken, everything altered is refused by name."""

from collections.abc import Callable
from dataclasses import replace
from inspect import signature

import pytest

from custody.audit.models import AuditEntry
from custody.chains.bitcoin.address import script_of
from custody.chains.bitcoin.psbt import Payee, Spendable, build_payout
from custody.chains.bitcoin.transaction import TxOutput, parse_transaction
from custody.common.errors import CustodyError, NotFoundError
from custody.wallets import selectors, services
from custody.wallets.models import TransferIntent, TxSignature
from custody.wallets.services import collecting
from custody.wallets.states import State
from tests.chains import psbts
from tests.harness.bitcoin import BUYER_ADDRESS, MERCHANT_ADDRESS, REGTEST, is_valid_spend, public_key, sign
from tests.wallets.deals import ACTOR, AT, Escrow, attempt_of, collected, fresh, give, signed_psbt

STRANGE = script_of("bcrt1qw508d6qejxtdg4y5r3zarvary0c5xw7kygt080", REGTEST)


@pytest.fixture
def intent(funded: Escrow) -> TransferIntent:
    return funded.collecting()


def assert_refused(
    intent: TransferIntent, psbt: str, *, code: str, field: str | None, name: str = "buyer"
) -> None:
    """The upload is refused by name, and no signature, state or entry comes of it."""
    entries = AuditEntry.objects.count()
    with pytest.raises(CustodyError) as refusal:
        give(intent, name, psbt)
    assert (refusal.value.code, refusal.value.field) == (code, field)
    assert fresh(intent).state == State.SIGNING
    assert not TxSignature.objects.exists()
    assert AuditEntry.objects.count() == entries


def test_takes_the_signature_of_a_party(intent: TransferIntent) -> None:
    give(intent, "buyer")
    assert collected(intent) == [public_key("buyer").hex()]
    assert fresh(intent).state == State.SIGNING


def test_the_same_psbt_twice_is_one_signature(intent: TransferIntent) -> None:
    psbt = signed_psbt(intent, "buyer")
    give(intent, "buyer", psbt)
    give(intent, "buyer", psbt)
    assert TxSignature.objects.count() == 1
    assert AuditEntry.objects.filter(verb="wallets.signature.collected").count() == 1


def test_two_parties_complete_the_payout(intent: TransferIntent) -> None:
    give(intent, "buyer")
    done = give(intent, "merchant")
    attempt = attempt_of(intent)
    assert done.state == State.SIGNED
    assert attempt.raw is not None
    final = parse_transaction(bytes(attempt.raw))
    spend = selectors.spend_of(attempt)
    assert final.txid == attempt.txid
    assert is_valid_spend(final, [TxOutput(item.amount, item.script_pubkey) for item in spend.inputs])


def test_the_downloaded_psbt_carries_the_first_signature(intent: TransferIntent) -> None:
    give(intent, "merchant")
    give(intent, "buyer", sign(selectors.psbt_with_signatures(attempt_of(intent)), "buyer"))
    assert fresh(intent).state == State.SIGNED


ALTERED: dict[str, tuple[Callable[[str], str], str, str]] = {
    "amount": (
        lambda psbt: psbts.with_output(psbt, lambda item: replace(item, amount=item.amount - 1)),
        "psbt_amount_altered",
        "psbt/outputs/0/amount",
    ),
    "address": (
        lambda psbt: psbts.with_output(psbt, lambda item: replace(item, script=STRANGE)),
        "psbt_address_altered",
        "psbt/outputs/0/address",
    ),
    "extra output": (
        lambda psbt: psbts.with_extra_output(psbt, TxOutput(1_000, STRANGE)),
        "psbt_output_count_altered",
        "psbt/outputs",
    ),
    "sequence": (
        lambda psbt: psbts.with_input(psbt, lambda item: replace(item, sequence=0xFFFFFFFF)),
        "psbt_sequence_altered",
        "psbt/inputs/0/sequence",
    ),
    "locktime": (
        lambda psbt: psbts.with_unsigned(psbt, lambda tx: replace(tx, locktime=500)),
        "psbt_header_altered",
        "psbt",
    ),
}


@pytest.mark.parametrize("name", ALTERED)
def test_refuses_an_altered_transaction(intent: TransferIntent, name: str) -> None:
    alter, code, field = ALTERED[name]
    altered = sign(alter(attempt_of(intent).psbt), "buyer")
    assert_refused(intent, altered, code=code, field=field)


def test_refuses_an_altered_sighash(intent: TransferIntent) -> None:
    altered = psbts.with_field(attempt_of(intent).psbt, b"\x03", b"\x02\x00\x00\x00")
    assert_refused(intent, altered, code="psbt_sighash", field="psbt/inputs/0/sighash")


def test_refuses_another_input(funded: Escrow, intent: TransferIntent) -> None:
    funded.fund()
    coins = selectors.mined_utxos(funded.wallet)
    other = next(coin for coin in coins if coin.outpoint not in attempt_of(intent).outpoints)
    rival = build_payout(
        inputs=[Spendable(other.vout, bytes(other.transaction.raw))],
        payees=[Payee(MERCHANT_ADDRESS, 998_000)],
        witness_script=bytes(funded.wallet.script),
        chain=REGTEST,
    )
    assert_refused(intent, sign(rival, "buyer"), code="psbt_input_altered", field="psbt/inputs/0")


def test_refuses_a_second_different_psbt_for_the_same_input(funded: Escrow, intent: TransferIntent) -> None:
    coin = selectors.mined_utxos(funded.wallet).get()
    rival = build_payout(
        inputs=[Spendable(coin.vout, bytes(coin.transaction.raw))],
        payees=[Payee(BUYER_ADDRESS, 998_000)],
        witness_script=bytes(funded.wallet.script),
        chain=REGTEST,
    )
    assert_refused(intent, sign(rival, "buyer"), code="psbt_address_altered", field="psbt/outputs/0/address")


def test_refuses_the_signature_of_another_party(intent: TransferIntent) -> None:
    key = public_key("merchant").hex()
    assert_refused(
        intent,
        signed_psbt(intent, "merchant"),
        code="psbt_foreign_key",
        field=f"psbt/inputs/0/signatures/{key}",
    )


def test_refuses_a_psbt_that_nobody_signed(intent: TransferIntent) -> None:
    assert_refused(intent, attempt_of(intent).psbt, code="psbt_unsigned", field="psbt")


def test_refuses_a_party_that_signed_some_inputs_only(escrow: Escrow) -> None:
    escrow.fund(600_000, 400_000)
    intent = escrow.collecting()
    signed = signed_psbt(intent, "buyer")
    half = psbts.with_field(signed, b"\x02" + public_key("buyer"), None, index=1)
    assert_refused(intent, half, code="psbt_unsigned", field="psbt")


def test_refuses_a_broken_signature(intent: TransferIntent) -> None:
    key = b"\x02" + public_key("buyer")
    signature = psbts.maps_of(signed_psbt(intent, "buyer")).inputs[0][key]
    broken = psbts.with_field(attempt_of(intent).psbt, key, signature[:10] + b"\x01" + signature[11:])
    with pytest.raises(CustodyError) as refusal:
        give(intent, "buyer", broken)
    assert refusal.value.code == "psbt_signature_invalid"
    assert not TxSignature.objects.exists()


@pytest.mark.parametrize("psbt", ["", "cHNidP8=", "not base64", "cHNidP8BAA=="])
def test_refuses_noise(intent: TransferIntent, psbt: str) -> None:
    with pytest.raises(CustodyError) as refusal:
        services.accept_psbt(
            actor=ACTOR, intent_id=intent.pk, psbt=psbt, signer_key=public_key("buyer").hex(), at=AT
        )
    assert refusal.value.code == "psbt_malformed"


def test_takes_nothing_before_or_after_collecting(funded: Escrow) -> None:
    intent = funded.signed()
    with pytest.raises(CustodyError) as refusal:
        give(intent, "buyer")
    assert refusal.value.code == "not_collecting"


def test_refuses_final_bytes_of_another_transaction(
    intent: TransferIntent, monkeypatch: pytest.MonkeyPatch
) -> None:
    give(intent, "buyer")
    monkeypatch.setattr(collecting, "finalize", lambda psbt, chain: psbts.FUNDING)
    with pytest.raises(CustodyError) as refusal:
        give(intent, "merchant")
    assert refusal.value.code == "txid_differs"
    assert attempt_of(intent).raw is None


def test_an_unknown_intent_does_not_exist(db: None) -> None:
    for call in (services.accept_psbt, services.cancel_intent, services.take_step):
        values = {"psbt": "", "signer_key": "", "reason": "x", "actor": ACTOR}
        wanted = {name: value for name, value in values.items() if name in signature(call).parameters}
        with pytest.raises(NotFoundError):
            call(intent_id="int_01KAJ8R0000000000000000009", at=AT, **wanted)
