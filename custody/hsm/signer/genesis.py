"""Genesis: takes the genesis file into an empty store and makes the first keys on the token.

Runs at the console only, with the officers present. It may be started again after a crash: the
same file is accepted once more, and only the keys that are missing are made.
"""

import hashlib
from dataclasses import dataclass
from datetime import datetime

from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

from custody.common.errors import RefusedError
from custody.common.ids import new_id
from custody.hsm.backends.interface import KeyClass, MadeKey
from custody.hsm.signer import certificates
from custody.hsm.signer.clock import TrustedClock
from custody.hsm.signer.keys import SigningToken
from custody.hsm.signer.publication import PublicFiles
from custody.hsm.signer.store import selectors
from custody.hsm.signer.store.journal import Draft
from custody.hsm.signer.store.selectors import CatalogueKey
from custody.hsm.signer.store.store import Store
from custody.statements.genesis import Genesis

# Purpose and curve, in the order of making; the CA comes before the key it certifies.
FIRST_KEYS = (("mediator", "secp256k1"), ("checkpoint", "secp256r1"), ("seal", "secp256r1"))
DEMO_CA = ("demo_ca", "secp256r1")


@dataclass(frozen=True)
class GenesisRun:
    """One run on an open store."""

    store: Store
    token: SigningToken
    clock: TrustedClock
    public: PublicFiles

    def run(self, document: Genesis, *, allow_demo: bool) -> None:
        """Accept ``document`` and make the first keys.

        Raises RefusedError for another genesis than the accepted one, and for a demo mark where
        the profile is none; TokenUnavailableError and TokenPinError.
        """
        if document.demo and not allow_demo:
            raise RefusedError("a demo genesis is refused outside the demo profile", code="demo_genesis")
        self._accept(document)
        made = {key.purpose for key in selectors.all_keys()}
        for purpose, curve in (*((DEMO_CA,) if document.demo else ()), *FIRST_KEYS):
            if purpose not in made:
                self._make_key(purpose, curve)
        self.public.publish_identity(at=self._now())

    def _accept(self, document: Genesis) -> None:
        pinned = selectors.pinned()
        if pinned is None:
            body = {"genesis": document.to_json(), "hash": document.hash}
            self._record(Draft("GENESIS", body), self._now())
        elif pinned.genesis != document.hash:
            raise RefusedError("the store has another genesis", code="other_genesis")

    def _make_key(self, purpose: str, curve: str) -> None:
        """Generate on the token, read the evidence back, record as activated."""
        at = self._now()
        made = self.token.generate(label=purpose, curve=curve)
        if not made.never_leaves:
            raise RefusedError("the token's key is not of class NEVER_LEAVES", code="key_class")
        key = CatalogueKey(
            id=new_id("key", at=at),
            purpose=purpose,
            curve=curve,
            public_key=made.public_key.hex(),
            token_id=made.handle,
            state="ACTIVE",
            certificate=None,
            key_class="NEVER_LEAVES",
        )
        self._record(Draft("KEY", self._activation(key, made, at)), at)

    def _activation(self, key: CatalogueKey, made: MadeKey, at: datetime) -> dict[str, object]:
        body: dict[str, object] = {
            "key": key.id,
            "type": "KEY_ACTIVATE",
            "purpose": key.purpose,
            "curve": key.curve,
            "public_key": key.public_key,
            "token_id": key.token_id,
            "backend": key.backend,
            "class": KeyClass.NEVER_LEAVES.value,
            "attributes": dict(made.attributes),
            "state": "ACTIVE",
        }
        certificate = self._certificate(key, made.public_key, at)
        return body | ({"certificate": certificate.hex()} if certificate else {})

    def _certificate(self, key: CatalogueKey, public_key: bytes, at: datetime) -> bytes | None:
        """The demo CA certifies itself and the seal key, here and nowhere else."""
        if key.purpose == "demo_ca":
            return certificates.self_signed(
                name="Custody Demo CA", public_key=public_key, at=at, sign=lambda data: self._sign(key, data)
            )
        ca = next((item for item in selectors.all_keys() if item.purpose == "demo_ca"), None)
        if key.purpose != "seal" or ca is None or ca.certificate is None:
            return None
        return certificates.issued(
            name="Custody DRAFT seal",
            public_key=public_key,
            ca=ca.certificate,
            at=at,
            sign=lambda data: self._sign(ca, data),
        )

    def _sign(self, key: CatalogueKey, data: bytes) -> bytes:
        signature = self.token.sign(key, hashlib.sha256(data).digest())
        r, s = signature[:32], signature[32:]
        return encode_dss_signature(int.from_bytes(r, "big"), int.from_bytes(s, "big"))

    def _now(self) -> datetime:
        return self.clock.read(last=self.store.last_time)

    def _record(self, draft: Draft, at: datetime) -> None:
        self.store.commit(draft, at=at)
        self.store.sync_head()
