"""The keys process: only named users, only sense, keys bound to their subject and to this token."""

import os
import socket
import threading
from collections.abc import Iterator
from datetime import timedelta
from io import StringIO
from pathlib import Path

import pytest
from django.conf import LazySettings
from django.core.management.base import CommandError

from custody.common.errors import RefusedError
from custody.hsm.frame_server import listen, peer_uid
from custody.hsm.keys_server.kek import KeyEncryptionKeys
from custody.hsm.keys_server.management.commands.rotate_kek import Command as RotateKek
from custody.hsm.keys_server.server import KeysServer
from custody.vault.client import KeysClient, WrappedKey
from custody.vault.errors import KeysUnavailableError, VaultIntegrityError
from custody.vault.protocol import read_frame, write_frame
from tests.cast import AT
from tests.signer.tokens import PIN, make_token, session_on

LABEL = "keys-tests"
KEY = bytes(range(32))
YEAR = timedelta(days=365)
CLOCK = [AT]


@pytest.fixture(scope="session")
def keys_directory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("keys-token")


@pytest.fixture
def keys(keys_directory: Path, monkeypatch: pytest.MonkeyPatch) -> KeyEncryptionKeys:
    """Key-encryption keys on a token of their own."""
    monkeypatch.setenv("SOFTHSM2_CONF", str(keys_directory / "softhsm2.conf"))
    if not (keys_directory / "tokens").exists():
        make_token(keys_directory, LABEL)
    keys = KeyEncryptionKeys(session_on(LABEL), keys_directory, period=YEAR)
    keys.ensure_current()
    return keys


def serve(keys: KeyEncryptionKeys, path: Path, allowed: set[int]) -> Iterator[KeysClient]:
    """Answer connections in a thread until the test is over."""
    server, listener = KeysServer(keys, allowed_uids=frozenset(allowed)), listen(path, 0o600)

    def accept() -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            server.serve_connection(connection)

    thread = threading.Thread(target=accept)
    thread.start()
    yield KeysClient(path, timeout=5)
    listener.shutdown(socket.SHUT_RDWR)
    listener.close()
    thread.join()


@pytest.fixture
def client(keys: KeyEncryptionKeys, tmp_path: Path) -> Iterator[KeysClient]:
    yield from serve(keys, tmp_path / "keys.sock", {os.getuid()})


@pytest.fixture
def stranger(keys: KeyEncryptionKeys, tmp_path: Path) -> Iterator[KeysClient]:
    """A client whose user id the server was not told."""
    yield from serve(keys, tmp_path / "keys.sock", {os.getuid() + 1})


def test_unwraps_what_it_wrapped(client: KeysClient) -> None:
    wrapped = client.wrap(subject="party_1", key=KEY)
    assert wrapped.kek == client.current_kek()
    assert KEY not in wrapped.wrapped
    assert client.unwrap(subject="party_1", wrapped=wrapped) == KEY


def test_a_wrapped_key_belongs_to_its_subject(client: KeysClient) -> None:
    wrapped = client.wrap(subject="party_1", key=KEY)
    with pytest.raises(VaultIntegrityError):
        client.unwrap(subject="party_2", wrapped=wrapped)


def test_an_altered_key_does_not_open(client: KeysClient) -> None:
    wrapped = client.wrap(subject="party_1", key=KEY)
    altered = bytes([wrapped.wrapped[0] ^ 1]) + wrapped.wrapped[1:]
    with pytest.raises(VaultIntegrityError):
        client.unwrap(subject="party_1", wrapped=WrappedKey(wrapped.kek, altered))
    assert client.unwrap(subject="party_1", wrapped=wrapped) == KEY


def test_refuses_a_key_of_another_length(client: KeysClient) -> None:
    with pytest.raises(VaultIntegrityError):
        client.wrap(subject="party_1", key=KEY[:16])


def test_refuses_users_it_was_not_told(stranger: KeysClient) -> None:
    with pytest.raises(KeysUnavailableError, match="forbidden"):
        stranger.current_kek()


@pytest.mark.parametrize(
    "request_",
    [
        {"op": "export"},
        {"op": "status", "more": "x"},
        {"op": "wrap", "subject": "", "key": KEY.hex()},
        {"op": "wrap", "subject": "s" * 201, "key": KEY.hex()},
        {"op": "wrap", "subject": "s", "key": "zz"},
        {"op": "unwrap", "subject": "s", "kek": "zz", "wrapped": "00"},
        {"op": "rewrap", "subject": "s", "kek": "zz", "wrapped": "00"},
        {"op": "rotate"},
    ],
)
def test_answers_nonsense_with_an_error(keys: KeyEncryptionKeys, request_: dict[str, str]) -> None:
    server = KeysServer(keys, allowed_uids=frozenset())
    assert server.answer(request_) == {"error": "bad_request"}


def test_survives_a_peer_that_breaks_off(keys: KeyEncryptionKeys, client: KeysClient, tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as rude:
        rude.connect(str(tmp_path / "keys.sock"))
        rude.sendall(b"\xff\xff")
    assert client.current_kek() == keys.current


def test_the_socket_has_its_mode_from_the_first_moment(client: KeysClient, tmp_path: Path) -> None:
    assert (tmp_path / "keys.sock").stat().st_mode & 0o777 == 0o600


def test_knows_the_peer_from_the_kernel() -> None:
    ours, theirs = socket.socketpair(socket.AF_UNIX)
    with ours, theirs:
        assert peer_uid(ours) == os.getuid()


def test_refuses_a_token_without_the_current_key(keys: KeyEncryptionKeys, tmp_path: Path) -> None:
    """Another token under the same name would make every wrapped key unreadable, and be used."""
    (tmp_path / "current-kek").write_text("00" * 16)
    with pytest.raises(RefusedError) as refused:
        KeyEncryptionKeys(session_on(LABEL), tmp_path, period=YEAR).ensure_current()
    assert refused.value.code == "wrong_token"


def test_keeps_its_key_over_a_restart(keys: KeyEncryptionKeys, keys_directory: Path) -> None:
    again = KeyEncryptionKeys(session_on(LABEL, pin=PIN), keys_directory, period=YEAR)
    assert again.ensure_current() == keys.current


def test_a_frame_may_be_written_and_read_by_hand(client: KeysClient, tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as peer:
        peer.connect(str(tmp_path / "keys.sock"))
        with peer.makefile("rwb") as stream:
            write_frame(stream, {"op": "status"})
            assert read_frame(stream).keys() == {"kek"}


# --- rotation -----------------------------------------------------------------------------------


@pytest.fixture
def rotating(keys: KeyEncryptionKeys, keys_directory: Path, tmp_path: Path) -> KeyEncryptionKeys:
    """The same token with a current key of its own and a clock that stands where the test puts it."""
    own = KeyEncryptionKeys(session_on(LABEL), tmp_path, period=YEAR, now=lambda: CLOCK[0])
    CLOCK[0] = AT
    own.ensure_current()
    return own


def test_the_next_key_comes_when_the_period_is_over(rotating: KeyEncryptionKeys) -> None:
    first = rotating.current
    CLOCK[0] = AT + YEAR - timedelta(seconds=1)
    rotating.rotate_when_due()
    assert rotating.current == first
    CLOCK[0] = AT + YEAR
    rotating.rotate_when_due()
    assert rotating.current != first
    assert rotating.made_at == AT + YEAR
    assert rotating.ensure_current() == rotating.current


def test_the_console_orders_the_next_key_once(
    rotating: KeyEncryptionKeys, tmp_path: Path, settings: LazySettings
) -> None:
    first, settings.KEYS_DIR = rotating.current, tmp_path
    RotateKek(stdout=StringIO()).handle()
    rotating.rotate_when_due()
    second = rotating.current
    rotating.rotate_when_due()
    assert first != second == rotating.current


def test_the_order_is_for_the_host_of_the_process(tmp_path: Path, settings: LazySettings) -> None:
    settings.KEYS_DIR = tmp_path / "elsewhere"
    with pytest.raises(CommandError, match="not the host of the keys process"):
        RotateKek().handle()


def test_a_key_wrapped_anew_is_the_same_under_the_current_one(
    rotating: KeyEncryptionKeys, tmp_path: Path
) -> None:
    for client in serve(rotating, tmp_path / "own.sock", {os.getuid()}):
        old = client.wrap(subject="party_1", key=KEY)
        CLOCK[0] = AT + YEAR
        assert client.current_kek() != old.kek
        new = client.rewrap(subject="party_1", wrapped=old)
        assert (new.kek, new.wrapped != old.wrapped) == (client.current_kek(), True)
        assert client.unwrap(subject="party_1", wrapped=new) == KEY
        assert client.unwrap(subject="party_1", wrapped=old) == KEY  # from a backup
        with pytest.raises(VaultIntegrityError):
            client.rewrap(subject="party_2", wrapped=old)
