"""The words of the field tables in the formats document, as annotated Python types.

A document module writes ``amount: Amount`` and ``terms: Hash | None``; the annotation carries
the codec, so that a class body reads like its table. Binary values stay lower-case hex text.
"""

from datetime import datetime
from typing import Annotated, Any, TypeVar

from custody.statements.codecs import (
    AmountCodec,
    AnyObject,
    Base64,
    IdCodec,
    Pattern,
    TimeCodec,
    Whole,
)
from custody.statements.form import Many

T = TypeVar("T")

Text = Annotated[str, Pattern("a text of 1 to 4096 characters", r".{1,4096}")]
Code = Annotated[str, Pattern("a code of capital letters", r"[A-Z][A-Z0-9_]{0,63}")]
StreamName = Annotated[str, Pattern("a stream name", r"[a-z][a-z0-9_]{0,31}")]
Amount = Annotated[int, AmountCodec()]
Count = Annotated[int, Whole()]
Positive = Annotated[int, Whole(1)]
Time = Annotated[datetime, TimeCodec()]

Hash = Annotated[str, Pattern("64 lower-case hex digits", r"[0-9a-f]{64}")]
Hex = Annotated[str, Pattern("lower-case hex", r"([0-9a-f]{2})+")]
Nonce = Annotated[str, Pattern("16 bytes in lower-case hex", r"[0-9a-f]{32}")]
CompressedKey = Annotated[str, Pattern("a compressed public key", r"0[23][0-9a-f]{64}")]
Ed25519Key = Annotated[str, Pattern("32 bytes in lower-case hex", r"[0-9a-f]{64}")]
Signature = Annotated[str, Pattern("64 bytes in lower-case hex", r"[0-9a-f]{128}")]
Base64Text = Annotated[str, Base64()]
Base64UrlText = Annotated[str, Base64(url_safe=True)]
Aaguid = Annotated[str, Pattern("an AAGUID", r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")]

Chain = Annotated[str, Pattern("a CAIP-2 chain", r"[-a-z0-9]{3,8}:[-_a-zA-Z0-9]{1,32}")]
Asset = Annotated[
    str,
    Pattern("a CAIP-19 asset", r"[-a-z0-9]{3,8}:[-_a-zA-Z0-9]{1,32}/[-a-z0-9]{3,8}:[-.%a-zA-Z0-9]{1,128}"),
]
Address = Annotated[str, Pattern("an address", r"[0-9a-zA-Z]{8,128}")]

AnyId = Annotated[str, IdCodec()]
InstanceId = Annotated[str, IdCodec("ins")]
IntentId = Annotated[str, IdCodec("int")]
DealId = Annotated[str, IdCodec("deal")]
WalletId = Annotated[str, IdCodec("wal")]
KeyId = Annotated[str, IdCodec("key")]
PersonId = Annotated[str, IdCodec("per")]
MandateId = Annotated[str, IdCodec("man")]
RequestId = Annotated[str, IdCodec("req")]

Object = Annotated[dict[str, Any], AnyObject()]
SetOf = Annotated[tuple[T, ...], Many(as_set=True)]
SomeOf = Annotated[tuple[T, ...], Many(least=1)]
ListOf = Annotated[tuple[T, ...], Many()]
