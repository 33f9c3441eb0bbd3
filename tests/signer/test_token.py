"""The token session: wrong PIN, token gone and back, forks, threads, digests of 32 bytes only."""

import os
import threading
from pathlib import Path

import pytest

from custody.chains.bitcoin.keys import low_s
from custody.hsm.signer.keys import SigningToken
from custody.hsm.signer.store.selectors import CatalogueKey
from custody.hsm.token import ec
from custody.hsm.token.errors import TokenPinError, TokenResultError, TokenUnavailableError
from custody.hsm.token.pin import pin_from_file
from custody.hsm.token.session import TokenSession
from scripts.embedded.softhsm import MODULE
from tests.harness.signer_bench import LABEL
from tests.signer.bench import Bench
from tests.signer.tokens import PIN, session_on

DIGEST = bytes(range(32))


@pytest.fixture
def mediator(bench: Bench) -> CatalogueKey:
    return bench.key("mediator")


def tokens_directory() -> Path:
    return Path(os.environ["SOFTHSM2_CONF"]).parent / "tokens"


def test_signatures_have_low_s(token: SigningToken, mediator: CatalogueKey) -> None:
    signatures = [token.sign(mediator, DIGEST) for _ in range(24)]
    assert all(low_s(signature) == signature for signature in signatures)


@pytest.mark.parametrize("length", [0, 20, 31, 33, 64])
def test_refuses_other_lengths_than_32_bytes(
    token: SigningToken, mediator: CatalogueKey, length: int
) -> None:
    with pytest.raises(ValueError, match="32-byte"):
        token.sign(mediator, bytes(length))


def test_refuses_a_signature_that_does_not_verify(
    token: SigningToken, mediator: CatalogueKey, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ec, "sign", lambda *_, **__: b"\x01" * 64)
    with pytest.raises(TokenResultError):
        token.sign(mediator, DIGEST)


def test_suspends_a_key_whose_signatures_do_not_verify(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    request = bench.spend(bench.register())
    with monkeypatch.context() as broken:
        broken.setattr(ec, "sign", lambda *_, **__: b"\x01" * 64)
        result = bench.handle(request)
    assert (result.outcome, result.rule) == ("FAILED", "token_result_wrong")
    assert bench.key("mediator").state == "SUSPENDED"
    assert bench.handle(request).rule == "key_not_active"


def test_a_wrong_pin_is_refused_and_never_tried_again(mediator: CatalogueKey, tmp_path: Path) -> None:
    tried: list[str] = []

    def pin() -> str:
        tried.append("wrong")
        return "999999"

    wrong = SigningToken(TokenSession(module=MODULE, label=LABEL, pin=pin))
    for _ in range(3):
        with pytest.raises(TokenPinError):
            wrong.sign(mediator, DIGEST)
    assert tried == ["wrong"]


def test_a_wrong_pin_is_a_failure_that_promises_nothing_new(bench: Bench) -> None:
    request = bench.spend(bench.register())
    bench.token, right = SigningToken(session_on(LABEL, pin="999999")), bench.token
    result = bench.handle(request)
    assert (result.outcome, result.rule, result.signatures) == ("FAILED", "token_pin_refused", ())
    right.session.close()
    bench.token = right
    assert bench.handle(request).outcome == "SIGNED"


def test_a_missing_pin_file_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("CUSTODY_SIGNER_PIN_FILE", str(tmp_path / "nowhere"))
    with pytest.raises(TokenPinError, match="CUSTODY_SIGNER_PIN_FILE"):
        pin_from_file("CUSTODY_SIGNER_PIN_FILE")()


def test_reads_the_pin_from_its_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "pin").write_text(f"{PIN}\n")
    monkeypatch.setenv("CUSTODY_SIGNER_PIN_FILE", str(tmp_path / "pin"))
    assert pin_from_file("CUSTODY_SIGNER_PIN_FILE")() == PIN


def test_survives_a_token_that_was_gone(bench: Bench) -> None:
    request = bench.spend(bench.register())
    directory = tokens_directory()
    hidden = directory.with_name("hidden")
    directory.rename(hidden)
    try:
        result = bench.handle(request)
    finally:
        hidden.rename(directory)
    assert (result.outcome, result.rule) == ("FAILED", "token_unavailable")
    assert [entry.kind for entry in result.entries[-2:]] == ["SEEN", "SIGN"]
    assert bench.handle(request).outcome == "SIGNED"


def test_an_unknown_library_is_unavailable(mediator: CatalogueKey) -> None:
    nowhere = SigningToken(session_on(LABEL, module="/nonexistent/module.so"))
    with pytest.raises(TokenUnavailableError):
        nowhere.sign(mediator, DIGEST)


def test_an_unknown_token_is_unavailable(mediator: CatalogueKey) -> None:
    with pytest.raises(TokenUnavailableError):
        SigningToken(session_on("no such token")).sign(mediator, DIGEST)


def test_threads_share_one_session(token: SigningToken, mediator: CatalogueKey) -> None:
    made: list[bytes] = []
    work = [
        threading.Thread(target=lambda: made.extend(token.sign(mediator, DIGEST) for _ in range(25)))
        for _ in range(8)
    ]
    for thread in work:
        thread.start()
    for thread in work:
        thread.join()
    assert len(made) == 200


def test_a_forked_child_opens_a_session_of_its_own(token: SigningToken, mediator: CatalogueKey) -> None:
    token.sign(mediator, DIGEST)
    child = os.fork()
    if child == 0:
        try:
            token.sign(mediator, DIGEST)
            os._exit(0)
        except BaseException:
            os._exit(1)
    _, status = os.waitpid(child, 0)
    assert os.waitstatus_to_exitcode(status) == 0
    token.sign(mediator, DIGEST)


def test_keys_are_born_on_the_token_and_cannot_leave(bench: Bench) -> None:
    for key in ("mediator", "seal", "checkpoint", "demo_ca"):
        catalogue = bench.key(key)
        again = ec.generate(
            bench.token.session,
            identifier=bytes.fromhex(catalogue.token_id),
            label=key,
            curve=catalogue.curve,
        )
        assert again.never_leaves
        assert again.public_key.hex() == catalogue.public_key
