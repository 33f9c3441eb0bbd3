"""Uses keys of the catalogue, each on its back-end, and proves every signature before it leaves."""

from contextlib import suppress

from custody.common.errors import InvalidInputError
from custody.hsm.backends import registry
from custody.hsm.backends.interface import CURVE_OF, SCHEME_OF, KeyBackend, KeyClass, MadeKey
from custody.hsm.signer.store.selectors import CatalogueKey
from custody.hsm.token.errors import KeyUnknownError, TokenResultError
from custody.hsm.token.session import TokenSession
from custody.statements.proof import verify_p256, verify_secp256k1


class SigningToken:
    """The signer's keys: its own token, and the back-ends its installation names, opened at first use.

    Raises what ``KeyBackend`` raises, and TokenResultError for a signature that does not verify.
    """

    def __init__(self, token: TokenSession) -> None:
        self.session = token
        self._backends: dict[str, KeyBackend] = {}

    def backend(self, name: str = registry.DEFAULT) -> KeyBackend:
        """The back-end of this name; raises InvalidInputError when none is configured so."""
        if name not in self._backends:
            own = name == registry.DEFAULT
            self._backends[name] = registry.open_own(self.session) if own else registry.open_configured(name)
        return self._backends[name]

    def sign(self, key: CatalogueKey, digest: bytes) -> bytes:
        """Return r || s (low S for secp256k1) that verifies under the pinned public key."""
        signature = self.make(key, digest)
        check_signature(key, digest=digest, signature=signature)
        return signature

    def make(self, key: CatalogueKey, digest: bytes) -> bytes:
        """Like ``sign``, for callers who check the signature themselves before anything leaves."""
        return self.backend(key.backend).sign(
            handle=key.token_id, scheme=SCHEME_OF[key.curve], digest32=digest
        )

    def destroy(self, key: CatalogueKey) -> None:
        """End a key for good; one that is gone already is fine."""
        with suppress(KeyUnknownError):
            self.backend(key.backend).destroy(key.token_id)

    def generate(self, *, label: str, curve: str) -> MadeKey:
        """Make a key that never leaves, on the signer's own token."""
        return self.backend().generate(
            label=label, curve=CURVE_OF[SCHEME_OF[curve]], key_class=KeyClass.NEVER_LEAVES
        )


def check_signature(key: CatalogueKey, *, digest: bytes, signature: bytes) -> None:
    """Raise TokenResultError unless the signature verifies under the key of the catalogue."""
    verify = {"secp256k1": verify_secp256k1, "secp256r1": verify_p256}[key.curve]
    try:
        verify(public_key=key.public_key, digest=digest.hex(), signature=signature.hex())
    except InvalidInputError:
        raise TokenResultError(f"signature of key {key.id} does not verify") from None
