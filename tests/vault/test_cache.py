"""The cache of data keys: bounded in number and age, by row and subject."""

import pytest

from custody.vault.keyring import KeyCache


@pytest.fixture
def clock() -> list[float]:
    return [0.0]


@pytest.fixture
def cache(clock: list[float]) -> KeyCache:
    return KeyCache(entries=2, seconds=60, monotonic=lambda: clock[0])


def test_returns_what_was_put(cache: KeyCache) -> None:
    cache.put(1, "a", b"k")
    assert cache.get(1, "a") == b"k"


def test_knows_a_key_only_with_its_subject(cache: KeyCache) -> None:
    cache.put(1, "a", b"k")
    assert cache.get(1, "b") is None
    assert cache.get(2, "a") is None


def test_forgets_after_its_age(cache: KeyCache, clock: list[float]) -> None:
    cache.put(1, "a", b"k")
    clock[0] = 60.0
    assert cache.get(1, "a") == b"k"
    clock[0] = 60.1
    assert cache.get(1, "a") is None


def test_use_does_not_make_a_key_younger(cache: KeyCache, clock: list[float]) -> None:
    cache.put(1, "a", b"k")
    clock[0] = 50.0
    cache.get(1, "a")
    clock[0] = 61.0
    assert cache.get(1, "a") is None


def test_keeps_the_last_used(cache: KeyCache) -> None:
    cache.put(1, "a", b"1")
    cache.put(2, "b", b"2")
    cache.get(1, "a")
    cache.put(3, "c", b"3")
    assert [cache.get(1, "a"), cache.get(2, "b"), cache.get(3, "c")] == [b"1", None, b"3"]


def test_forgets_everything_when_told(cache: KeyCache) -> None:
    cache.put(1, "a", b"k")
    cache.clear()
    assert cache.get(1, "a") is None
