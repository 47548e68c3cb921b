"""Keys, usage and glossaries on disk: what is kept, what is never kept, and whose it is."""

import fcntl
import os
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.errors import RequestError
from service.glossaries import Glossaries
from service.store import Keys, Store, Usage
from translator.errors import InputError

A_WHILE_S = 0.3


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with closing(Store(tmp_path / "state")) as opened:
        yield opened


def test_a_token_finds_its_key_and_nothing_else_does(store: Store) -> None:
    keys = Keys(store)
    assert not keys.exist()
    key, token = keys.add("rédaction", rate_limit="10/minute", quota=5000)
    other, _ = keys.add("archives")
    assert keys.exist()
    assert keys.find(token) == key
    assert key.rate_limit == "10/minute"
    assert key.quota == 5000
    secret = token.rpartition("_")[2]
    wrong = [
        "",
        "psk",
        "psk__",
        token[:-1],
        token + "0",
        token.upper(),
        f"psk_{other.id}_{secret}",
        "psk_é_ÿ",
        "\udc80",
        "x" * 10_000,
    ]
    assert [keys.find(candidate) for candidate in wrong] == [None] * len(wrong)


@given(st.text())
def test_no_text_makes_the_lookup_fail(tmp_path_factory: pytest.TempPathFactory, text: str) -> None:
    with closing(Store(tmp_path_factory.getbasetemp() / "lookup")) as store:
        assert Keys(store).find(text) is None
        assert Keys(store).find(f"psk_{text}_{text}") is None


def test_a_revoked_key_is_refused_its_name_is_free_and_the_service_stays_closed(store: Store) -> None:
    keys = Keys(store)
    _, token = keys.add("stagiaire")
    keys.revoke("stagiaire")
    assert keys.find(token) is None
    assert keys.exist()
    with pytest.raises(InputError, match="no key in use"):
        keys.revoke("stagiaire")
    again, second = keys.add("stagiaire")
    assert keys.find(second) == again
    keys.revoke(again.id)
    assert [key.revoked is None for key in keys.list()] == [False, False]


def test_a_name_is_asked_for_and_used_once(store: Store) -> None:
    keys = Keys(store)
    with pytest.raises(InputError, match="needs a name"):
        keys.add("  ")
    keys.add("desk")
    with pytest.raises(InputError, match="exists"):
        keys.add("desk")


def test_no_secret_is_in_the_files(store: Store) -> None:
    _, token = Keys(store).add("desk")
    secret = token.rpartition("_")[2]
    store.close()
    for file in store.directory.iterdir():
        content = file.read_bytes()
        assert secret.encode() not in content
        assert bytes.fromhex(secret) not in content
    assert (store.directory / "hash.key").stat().st_mode & 0o777 == 0o600


def test_keys_made_by_another_process_are_seen_at_once(store: Store) -> None:
    with closing(Store(store.directory)) as second:
        _, token = Keys(second).add("ailleurs")
        assert Keys(store).find(token) is not None
        Keys(second).revoke("ailleurs")
        assert Keys(store).find(token) is None


def test_a_process_waits_while_another_one_begins(tmp_path: Path) -> None:
    """SQLite fails where two change the journal of a new file at once."""
    other = os.open(tmp_path, os.O_RDONLY)
    fcntl.flock(other, fcntl.LOCK_EX)
    with ThreadPoolExecutor() as pool:
        beginning = pool.submit(Store, tmp_path)
        wait([beginning], A_WHILE_S)
        begun = (tmp_path / "state.sqlite").exists()
        os.close(other)
        beginning.result().close()
    assert not begun


def test_a_directory_that_cannot_be_used_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match="PASSERELLE_STATE_DIR"):
        Store(tmp_path / "file")


def test_usage_is_counted_to_the_quota_and_failures_are_given_back(store: Store) -> None:
    usage = Usage(store)
    assert usage.charge("a", 60, 100)
    assert not usage.charge("a", 41, 100)
    assert usage.charge("a", 40, 100)
    usage.refund("a", 30)
    assert usage.used("a") == 70
    assert usage.used("b") == 0
    assert usage.charge("a", 10**9, None)


def test_no_charge_is_lost_between_threads(store: Store) -> None:
    usage = Usage(store)
    threads = [
        threading.Thread(target=lambda: [usage.charge("a", 1, 300) for _ in range(100)], daemon=True) for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert usage.used("a") == 300


def test_a_transaction_that_fails_leaves_nothing(store: Store) -> None:
    glossaries = Glossaries(store)
    with pytest.raises(TypeError):
        glossaries.create("a", "demi", {("fr", "en"): {"chat": object()}})  # type: ignore[dict-item]
    assert glossaries.list("a") == []


def test_glossaries_live_and_belong_to_their_owner(store: Store) -> None:
    glossaries = Glossaries(store)
    pair = ("fr", "en")
    made = glossaries.create("a", "presse", {pair: {"une": "front page", "chapeau": "standfirst"}})
    assert glossaries.get("a", made.id).dictionaries == {pair: {"une": "front page", "chapeau": "standfirst"}}
    assert glossaries.list("b") == []
    for method in (glossaries.get, glossaries.delete):
        with pytest.raises(RequestError):
            method("b", made.id)
    glossaries.put("a", made.id, pair, {"une": "cover"})
    glossaries.put("a", made.id, ("en", "fr"), {"cover": "une"})
    glossaries.rename("a", made.id, "magazine")
    with closing(Store(store.directory)) as second:
        changed = Glossaries(second).get("a", made.id)
    assert (changed.name, changed.created) == ("magazine", made.created)
    assert changed.dictionaries == {pair: {"une": "cover"}, ("en", "fr"): {"cover": "une"}}
    glossaries.drop("a", made.id, pair)
    with pytest.raises(RequestError):
        glossaries.drop("a", made.id, pair)
    glossaries.delete("a", made.id)
    assert glossaries.list("a") == []
    assert store.rows("SELECT * FROM dictionaries") == []
