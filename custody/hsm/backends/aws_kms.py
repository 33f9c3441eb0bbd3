"""AWS KMS: keys of spec ECC_SECG_P256K1 and ECC_NIST_P256, digests signed as they are. A handle is a key id.

The role of the signer needs kms:Sign, GetPublicKey and DescribeKey on its keys; CreateKey and
ScheduleKeyDeletion only while keys are made or destroyed, GenerateMac for MAC keys.
"""

import re
from collections.abc import Mapping
from typing import Any

from custody.hsm.backends import guards, points
from custody.hsm.backends.aws_connection import Settings, connect, translated
from custody.hsm.backends.interface import (
    SCHEME_OF,
    Capabilities,
    Curve,
    Description,
    Health,
    KeyClass,
    MadeKey,
    Scheme,
)
from custody.hsm.backends.per_process import PerProcess
from custody.hsm.token.errors import AccessDeniedError, KeyUnknownError

DELETION_DAYS = 7  # the shortest waiting time KMS allows
_SPECS = {"secp256k1": "ECC_SECG_P256K1", "secp256r1": "ECC_NIST_P256"}
_KEY_ID = re.compile(r"(mrk-)?[0-9a-f][0-9a-f-]{31,35}")
_BORN_INSIDE = {"AWS_KMS", "AWS_CLOUDHSM"}
_OFFERED = Capabilities(
    schemes=frozenset({Scheme.ECDSA_SECP256K1, Scheme.ECDSA_P256}), mac=True, threads=True, forks=True
)


def from_settings(name: str, settings: Mapping[str, Any]) -> "AwsKmsBackend":
    """Raises InvalidInputError naming the field."""
    return AwsKmsBackend(name=name, settings=Settings.read(settings))


class AwsKmsBackend:
    """A ``KeyBackend`` on one region of one account."""

    def __init__(self, *, name: str, settings: Settings) -> None:
        self.name = name
        self._settings = settings
        self._client: PerProcess[Any] = PerProcess(lambda: connect(settings))

    def sign(self, *, handle: str, scheme: Scheme, digest32: bytes, tweak: bytes | None = None) -> bytes:
        guards.check_signing(self.name, _OFFERED, scheme=scheme, digest32=digest32, tweak=tweak)
        answer = self._ask(
            "sign",
            KeyId=_key_id(handle),
            Message=digest32,
            MessageType="DIGEST",
            SigningAlgorithm="ECDSA_SHA_256",
        )
        return guards.finished(guards.from_der(answer["Signature"]), scheme)

    def public_key(self, handle: str) -> bytes:
        return points.from_spki(self._ask("get_public_key", KeyId=_key_id(handle))["PublicKey"])[1]

    def generate(
        self, *, label: str, curve: Curve, key_class: KeyClass, handle: str | None = None
    ) -> MadeKey:
        guards.check_making(self.name, _OFFERED, curve=curve, key_class=key_class)
        if handle is None:
            about = self._ask("create_key", KeySpec=_SPECS[curve], KeyUsage="SIGN_VERIFY", Description=label)
        else:
            about = self._ask("describe_key", KeyId=_key_id(handle))
        metadata = about["KeyMetadata"]
        return MadeKey(metadata["KeyId"], self.public_key(metadata["KeyId"]), _evidence(metadata))

    def sign_wrapped(self, *, blob: bytes, curve: Curve, digest32: bytes, public_key: bytes) -> bytes:
        guards.check_wrapped_signing(self.name, _OFFERED, scheme=SCHEME_OF[curve], digest32=digest32)
        raise AssertionError("unreachable: no scheme is offered wrapped")

    def generate_mac_key(self, *, label: str) -> str:
        made = self._ask("create_key", KeySpec="HMAC_256", KeyUsage="GENERATE_VERIFY_MAC", Description=label)
        return str(made["KeyMetadata"]["KeyId"])

    def mac(self, *, handle: str, data: bytes) -> bytes:
        guards.check_mac(data)
        answer = self._ask("generate_mac", KeyId=_key_id(handle), Message=data, MacAlgorithm="HMAC_SHA_256")
        return bytes(answer["Mac"])

    def destroy(self, handle: str) -> None:
        self._ask("schedule_key_deletion", KeyId=_key_id(handle), PendingWindowInDays=DELETION_DAYS)

    def health(self) -> Health:
        return guards.health_of(self)

    def capabilities(self) -> Capabilities:
        return _OFFERED

    def describe(self) -> Description:
        self._reach()
        return Description(
            manufacturer="Amazon Web Services",
            model="KMS",
            serial=self._settings.region,
            firmware="",
            tested=False,
            notes=("tested against moto's server, corrected; never against AWS",),
        )

    def close(self) -> None:
        if client := self._client.drop():
            client.close()

    def _reach(self) -> None:
        """Ask for a key that cannot exist: needs no right on any key, and only the service answers it."""
        try:
            self._ask("describe_key", KeyId="00000000-0000-0000-0000-000000000000")
        except KeyUnknownError:
            return
        except AccessDeniedError as error:
            if error.code != AccessDeniedError.code:
                raise

    def _ask(self, operation: str, **parameters: Any) -> dict[str, Any]:  # noqa: ANN401 - the API's own types
        try:
            with translated(operation):
                answer: dict[str, Any] = getattr(self._client.get(), operation)(**parameters)
                return answer
        except AccessDeniedError:
            self.close()  # credentials that were renewed in their file count from the next call on
            raise


def _key_id(handle: str) -> str:
    """Only ids name a key for good; an alias could be pointed at another one."""
    if not _KEY_ID.fullmatch(handle):
        raise KeyUnknownError("a handle in KMS is a key id")
    return handle


def _evidence(metadata: Mapping[str, Any]) -> dict[str, bool | str]:
    """A key whose material KMS made cannot leave it in the clear; an imported one was elsewhere before."""
    origin = str(metadata["Origin"])
    inside = origin in _BORN_INSIDE
    return {
        "sensitive": True,
        "always_sensitive": inside,
        "extractable": False,
        "never_extractable": inside,
        "local": inside,
        "origin": origin,
    }
