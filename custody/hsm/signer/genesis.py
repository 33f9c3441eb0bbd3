"""Genesis: takes the genesis file into an empty store, probes the token and makes the first keys on it.

Runs at the console only, with the officers present. It may be started again after a crash, and after
an update that brings another first key: the same file is accepted once more, and only the keys that
are missing are made.
"""

import hashlib
from dataclasses import dataclass
from datetime import datetime

from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

from custody.common.errors import RefusedError
from custody.hsm.backends.registry import DEFAULT
from custody.hsm.signer import certificates
from custody.hsm.signer.clock import TrustedClock
from custody.hsm.signer.keys import SigningToken
from custody.hsm.signer.making import Wanted, certified, make_key
from custody.hsm.signer.modules import passed_probe
from custody.hsm.signer.publication import PublicFiles
from custody.hsm.signer.sessions import probe_draft
from custody.hsm.signer.store import selectors, tokens
from custody.hsm.signer.store.journal import Draft
from custody.hsm.signer.store.selectors import CatalogueKey, SealCertificate
from custody.hsm.signer.store.store import Store
from custody.statements.genesis import Genesis

# Purpose and curve, in the order of making; the CA comes before the key it certifies.
FIRST_KEYS = (
    ("mediator", "secp256k1"),
    ("checkpoint", "secp256r1"),
    ("seal", "secp256r1"),
    ("attest", "secp256r1"),
)
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

        Raises RefusedError for another genesis than the accepted one, for a demo mark where the
        profile is none, and for a token that fails the probe; TokenUnavailableError and TokenPinError.
        """
        if document.demo and not allow_demo:
            raise RefusedError("a demo genesis is refused outside the demo profile", code="demo_genesis")
        self._accept(document)
        self._probe_token()
        made = {key.purpose for key in selectors.all_keys()}
        for purpose, curve in (*((DEMO_CA,) if document.demo else ()), *FIRST_KEYS):
            if purpose not in made:
                self._make_key(purpose, curve)
        if document.demo:
            self._certify_releases()
        self.public.write_identity(at=self._now())

    def _accept(self, document: Genesis) -> None:
        pinned = selectors.pinned()
        if pinned is None:
            body = {"genesis": document.to_json(), "hash": document.hash}
            self._record(Draft("GENESIS", body), self._now())
        elif pinned.genesis != document.hash:
            raise RefusedError("the store has another genesis", code="other_genesis")

    def _probe_token(self) -> None:
        """The signer's own token is held to what any back-end is, before there is a key on it."""
        known = tokens.known_backends().get(DEFAULT)
        if known is None or known.probe is None:
            self._record(probe_draft(passed_probe(self.token.backend(), at=self._now())), self._now())

    def _make_key(self, purpose: str, curve: str) -> None:
        at = self._now()
        wanted = Wanted(purpose=purpose, curve=curve, label=purpose, state="ACTIVE")
        _, draft = make_key(wanted, token=self.token, at=at, extra=lambda key: self._certificate(key, at))
        self._record(draft, at)

    def _certify_releases(self) -> None:
        """The demo CA certifies the seal key a second time, for what people have released."""
        at, keys = self._now(), {key.purpose: key for key in selectors.all_keys()}
        ca, seal = keys["demo_ca"], keys["seal"]
        if ca.certificate is None or selectors.certificate_of(seal, "RELEASED") is not None:
            return
        issued = certificates.issued(
            name="Custody RELEASED seal",
            public_key=bytes.fromhex(seal.public_key),
            ca=ca.certificate,
            at=at,
            sign=lambda data: self._sign(ca, data),
        )
        self._record(certified(seal, SealCertificate("RELEASED", issued, (ca.certificate,))), at)

    def _certificate(self, key: CatalogueKey, at: datetime) -> dict[str, str]:
        """The demo CA certifies itself and the seal key, here and nowhere else."""
        public_key = bytes.fromhex(key.public_key)
        if key.purpose == "demo_ca":
            own = certificates.self_signed(
                name="Custody Demo CA", public_key=public_key, at=at, sign=lambda data: self._sign(key, data)
            )
            return {"certificate": own.hex()}
        ca = next((item for item in selectors.all_keys() if item.purpose == "demo_ca"), None)
        if key.purpose != "seal" or ca is None or ca.certificate is None:
            return {}
        issued = certificates.issued(
            name="Custody DRAFT seal",
            public_key=public_key,
            ca=ca.certificate,
            at=at,
            sign=lambda data: self._sign(ca, data),
        )
        return {"certificate": issued.hex()}

    def _sign(self, key: CatalogueKey, data: bytes) -> bytes:
        signature = self.token.sign(key, hashlib.sha256(data).digest())
        r, s = signature[:32], signature[32:]
        return encode_dss_signature(int.from_bytes(r, "big"), int.from_bytes(s, "big"))

    def _now(self) -> datetime:
        return self.clock.read(last=self.store.last_time)

    def _record(self, draft: Draft, at: datetime) -> None:
        self.store.commit(draft, at=at)
        self.store.sync_head()
