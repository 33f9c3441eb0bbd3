"""Uses the token for keys of the catalogue: signs a digest and proves the signature before it leaves."""

from custody.chains.bitcoin import keys as secp256k1
from custody.common.errors import InvalidInputError
from custody.hsm.signer.store.selectors import CatalogueKey
from custody.hsm.token import ec
from custody.hsm.token.errors import TokenResultError
from custody.hsm.token.session import TokenSession
from custody.statements.proof import verify_p256, verify_secp256k1


class SigningToken:
    """The signer's token; raises TokenUnavailableError, TokenPinError or TokenResultError."""

    def __init__(self, token: TokenSession) -> None:
        self.session = token

    def sign(self, key: CatalogueKey, digest: bytes) -> bytes:
        """Return r || s (low S for secp256k1) that verifies under the pinned public key."""
        signature = ec.sign(self.session, identifier=bytes.fromhex(key.token_id), digest=digest)
        if key.curve == "secp256k1":
            signature = secp256k1.low_s(signature)
        check_signature(key, digest=digest, signature=signature)
        return signature


def check_signature(key: CatalogueKey, *, digest: bytes, signature: bytes) -> None:
    """Raise TokenResultError unless the signature verifies under the key of the catalogue."""
    verify = {"secp256k1": verify_secp256k1, "secp256r1": verify_p256}[key.curve]
    try:
        verify(public_key=key.public_key, digest=digest.hex(), signature=signature.hex())
    except InvalidInputError:
        raise TokenResultError(f"signature of key {key.id} does not verify") from None
