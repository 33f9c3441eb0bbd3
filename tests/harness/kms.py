"""AWS KMS on loopback: moto's server as a process of its own, corrected where it is not KMS.

moto ignores ``MessageType=DIGEST`` and hashes again, signs with disabled keys and with keys that
wait for deletion, and takes digests of any length (hsm.md section 5).
"""

import base64
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed
from cryptography.hazmat.primitives.hashes import SHA256

from scripts.embedded.layout import PROJECT
from scripts.embedded.process import clean_environment

_READY = re.compile(r"kms at (http://127\.0\.0\.1:[0-9]+)")


@contextmanager
def kms_server() -> Iterator[str]:
    """The address of a KMS that lives as long as the block."""
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.harness.kms"],
        cwd=PROJECT,
        env=clean_environment(),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        found = _READY.search(process.stdout.readline())
        assert found is not None, "moto's server did not start"
        yield found[1]
    finally:
        process.stdin.close()  # which ends it
        process.wait(15)
        process.stdout.close()


def _correct_moto() -> None:
    from moto.kms.responses import KmsResponse

    KmsResponse.sign = _sign  # type: ignore[method-assign]


def _sign(self: Any) -> str:
    """Sign as the API reference of AWS KMS says; ``self`` is moto's KmsResponse."""
    from moto.kms.exceptions import InvalidKeyUsageException, ValidationException

    key_id, message = self._get_param("KeyId"), self._get_param("Message")
    self._validate_key_id(key_id)
    key = self.kms_backend.describe_key(key_id)
    _refuse_state(key)
    if key.key_usage != "SIGN_VERIFY":
        raise InvalidKeyUsageException
    if self._get_param("MessageType") != "DIGEST":
        raise ValidationException("these tests sign digests only")
    if not isinstance(message, bytes) or len(message) != 32:
        raise ValidationException("Digest is invalid length for algorithm ECDSA_SHA_256.")
    signature = key.private_key.private_key.sign(message, ec.ECDSA(Prehashed(SHA256())))
    return json.dumps(
        {
            "KeyId": key.arn,
            "Signature": base64.b64encode(signature).decode(),
            "SigningAlgorithm": self._get_param("SigningAlgorithm"),
        }
    )


def _refuse_state(key: Any) -> None:
    from moto.core.exceptions import JsonRESTError

    if key.key_state == "PendingDeletion":
        raise JsonRESTError("KMSInvalidStateException", f"{key.arn} is pending deletion.")
    if not key.enabled:
        raise JsonRESTError("DisabledException", f"{key.arn} is disabled.")


def main() -> None:
    """Serve until standard input ends, so that the server never outlives its test run."""
    from moto.moto_server.threaded_moto_server import ThreadedMotoServer

    _correct_moto()
    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    sys.stdout.write(f"kms at http://{host}:{port}\n")
    sys.stdout.flush()
    sys.stdin.read()
    server.stop()


if __name__ == "__main__":
    main()
