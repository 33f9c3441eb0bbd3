"""Serves wrap, unwrap and rewrap of data keys; what makes no sense gets an error code and changes nothing."""

from typing import Any

from custody.hsm.frame_server import FrameServer
from custody.hsm.keys_server.kek import KeyEncryptionKeys

MAX_SUBJECT = 200


class KeysServer(FrameServer):
    """Answers one request per connection."""

    name = "keys"

    def __init__(self, keys: KeyEncryptionKeys, *, allowed_uids: frozenset[int]) -> None:
        super().__init__(allowed_uids=allowed_uids)
        self._keys = keys

    def perform(self, request: dict[str, Any]) -> dict[str, Any]:
        match request:
            case {"op": "status", **rest} if not rest:
                self._keys.rotate_when_due()
                return {"kek": self._keys.current}
            case {"op": "wrap", "subject": str(subject), "key": str(key), **rest} if not rest:
                name, wrapped = self._keys.wrap(subject=_subject(subject), key=bytes.fromhex(key))
                return {"kek": name, "wrapped": wrapped.hex()}
            case {
                "op": "unwrap",
                "subject": str(subject),
                "kek": str(name),
                "wrapped": str(data),
                **rest,
            } if not rest:
                opened = self._keys.unwrap(subject=_subject(subject), name=name, wrapped=bytes.fromhex(data))
                return {"key": opened.hex()}
            case {
                "op": "rewrap",
                "subject": str(subject),
                "kek": str(name),
                "wrapped": str(data),
                **rest,
            } if not rest:
                name, wrapped = self._keys.rewrap(
                    subject=_subject(subject), name=name, wrapped=bytes.fromhex(data)
                )
                return {"kek": name, "wrapped": wrapped.hex()}
        return {"error": "bad_request"}


def _subject(value: str) -> str:
    if not 0 < len(value) <= MAX_SUBJECT:
        raise ValueError("subject")
    return value
