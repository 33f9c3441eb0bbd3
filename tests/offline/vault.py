"""A house wallet on the web side whose signer is offline: what goes over is carried by the tests."""

import json
from pathlib import Path

from django.db import connections

from custody.hsm.carried import mirror_offline_signer
from custody.hsm.models import OfflineSigner, SignerIdentity, SigningRequest
from custody.hsm.signer.store.router import ALIAS
from custody.policy.services import adopt_policy
from custody.statements.answer import Answer
from custody.statements.fingerprint import fingerprint
from custody.statements.policy import Policy
from custody.wallets import services
from custody.wallets.models import TransferIntent
from tests.offline.conftest import counter_of
from tests.signer.bench import Bench
from tests.signer.genesis import TREASURER
from tests.wallets.deals import attempt_of
from tests.wallets.houses import HouseDesk

NAME = "Tresorraum"
ON_THE_QUEUE = "ins_01KAJ8M3V6Q2W9X4Y7Z0A1B2C9"


class Vault(HouseDesk):
    """The desk of a treasurer; the signer under test is the one without network."""

    @property
    def published(self) -> Path:
        return self.house.bench.directory / "public" / "signer.json"

    def mirror(self) -> None:
        """Carry the published file over, compared by its words; the web's own policy is the same one."""
        SignerIdentity.objects.update(instance=ON_THE_QUEUE)
        self.house.bench.public.publish_identity(at=self.at)
        data = self.published.read_bytes()
        mirror_offline_signer(data=data, name=NAME, words=fingerprint(data), at=self.at)
        policy = Policy.from_json(json.loads(data)["policy"])
        SignerIdentity.objects.update(policy=policy.to_bytes())
        adopt_policy(actor="system:test", policy=policy, at=self.at)
        services.open_missing_wallets(at=self.at)

    def pause(self) -> None:
        """The offline machine is switched off."""
        self.house.bench.close()
        connections[ALIAS].close()

    def resume(self) -> None:
        self.house.bench = Bench(self.house.bench.directory, self.house.bench.token, self.house.bench.hands)
        self.house.officers.bench = self.house.bench

    @property
    def signer(self) -> OfflineSigner:
        return OfflineSigner.objects.get()

    def request_of(self, intent: TransferIntent) -> SigningRequest:
        return SigningRequest.objects.get(pk=attempt_of(intent).signing_request)

    def carried(self, request: SigningRequest, *, typed: str | None = None) -> Answer:
        """What the custodian at the offline console makes of the request."""
        counter = counter_of(self.house.bench)
        case = counter.look(bytes(request.body))
        return counter.answer(case, custodian=TREASURER, typed=case.word if typed is None else typed)
