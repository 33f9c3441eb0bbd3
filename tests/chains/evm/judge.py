"""eth-account, the independent second opinion, without what importing it does to the process.

py-ecc, which comes with it, raises the recursion limit so far that deeply nested JSON overflows the
stack of the interpreter instead of being refused.
"""

import sys

_limit = sys.getrecursionlimit()
from eth_account import Account  # noqa: E402
from eth_account.messages import encode_defunct, encode_typed_data  # noqa: E402

sys.setrecursionlimit(_limit)

__all__ = ["Account", "encode_defunct", "encode_typed_data"]
