"""Codes of an authenticator application (RFC 6238, SHA-1, 6 digits, 30 seconds)."""

import hashlib
import hmac
import struct
import sys
import time
from base64 import b32decode


def code(key: bytes, at: float) -> str:
    """The six digits for the moment ``at`` (seconds since 1970)."""
    digest = hmac.new(key, struct.pack(">Q", int(at) // 30), hashlib.sha1).digest()
    offset = digest[-1] & 0x0F
    return f"{(struct.unpack('>I', digest[offset : offset + 4])[0] & 0x7FFFFFFF) % 1_000_000:06d}"


if __name__ == "__main__":
    if len(sys.argv) != 2:  # noqa: PLR2004 - program and secret
        sys.exit("usage: scripts/totp SECRET")
    print(code(b32decode(sys.argv[1]), time.time()))
