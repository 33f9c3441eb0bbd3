"""What the signer would answer to a request, inserted as its role does, with a key the test holds."""

from coincurve import PrivateKey

from custody.chains.bitcoin.psbt import decode, digests
from custody.hsm.models import SigningRequest
from custody.hsm.selectors import request_of
from custody.statements.key_proof import KeyProof
from custody.statements.request import Request, SpendPayload
from custody.statements.result import Head, MadeSignature, Result
from scripts.party.signing import sign
from tests.harness.bitcoin import REGTEST
from tests.harness.signer_role import write_answer
from tests.wallets.deals import INSTANCE


def answer_last(kind: str, *, key: PrivateKey | None, refuse: str = "") -> str:
    """Answer the last request of a kind: signed, recorded, or refused by the rule ``refuse``."""
    row = SigningRequest.objects.filter(kind=kind).order_by("id").last()
    assert row is not None
    request = request_of(row.pk)
    signatures = () if refuse or key is None else _signatures(request, key)
    result = Result(
        instance=INSTANCE,
        request=row.pk,
        request_hash=request.hash,
        outcome="REFUSED" if refuse else "SIGNED" if signatures else "RECORDED",
        rule=refuse or None,
        culprit="/payload" if refuse else None,
        signatures=signatures,
        head=Head(seq=1, hash="00" * 32),
    )
    write_answer(row, outcome=result.outcome, body=result.to_bytes())
    return row.pk


def _signatures(request: Request, key: PrivateKey) -> tuple[MadeSignature, ...]:
    public_key = key.public_key.format().hex()
    return tuple(
        MadeSignature(input=index, public_key=public_key, signature=sign(key, digest).hex())
        for index, digest in enumerate(_digests(request))
    )


def _digests(request: Request) -> tuple[bytes, ...]:
    """What is signed: the challenge, one digest per input, nothing for terms."""
    if isinstance(request.payload, KeyProof):
        return (bytes.fromhex(request.payload.hash),)
    if isinstance(request.payload, SpendPayload):
        return digests(decode(request.payload.psbt, chain=REGTEST))
    return ()
