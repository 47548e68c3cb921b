import sqlite3
from pathlib import Path

import pytest

from translator.errors import InputError
from translator.memory import Memory, Store


@pytest.fixture(params=["in memory", "on disk"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Store:
    return Store(max_entries=20, path=tmp_path / "memory.db" if request.param == "on disk" else None)


def test_gives_back_what_was_put(store: Store) -> None:
    memory = Memory(store)
    memory.put("clé", "valeur")

    assert memory.get("clé") == "valeur"
    assert memory.get("autre") is None
    assert (store.hits, store.misses) == (1, 1)


def test_scopes_do_not_see_each_other(store: Store) -> None:
    one, other = Memory(store).scoped("a"), Memory(store).scoped("b")
    one.put("clé", "valeur")

    assert other.get("clé") is None
    assert one.get("clé") == "valeur"


def test_stays_within_its_bound_and_forgets_the_oldest(store: Store) -> None:
    memory = Memory(store)
    for number in range(100):
        memory.put(str(number), str(number))

    assert len(store) <= 20
    assert memory.get("99") == "99"
    assert memory.get("0") is None


def test_survives_a_restart(tmp_path: Path) -> None:
    first = Store(path=tmp_path / "memory.db")
    Memory(first).put("clé", "valeur")
    first.close()

    assert Memory(Store(path=tmp_path / "memory.db")).get("clé") == "valeur"


def test_a_file_that_fails_later_fails_nothing_else(tmp_path: Path) -> None:
    store = Store(max_entries=1, path=tmp_path / "memory.db")
    with sqlite3.connect(tmp_path / "memory.db") as other:
        other.execute("DROP TABLE entries")
    memory = Memory(store)
    memory.put("clé", "valeur")

    assert memory.get("clé") == "valeur"
    assert memory.get("autre") is None
    assert store.faults == 2


def test_a_file_of_another_kind_is_refused(tmp_path: Path) -> None:
    (tmp_path / "memory.db").write_text("not a database, but long enough to be read as one " * 40)

    with pytest.raises(InputError, match=r"memory\.db cannot be used"):
        Store(path=tmp_path / "memory.db")
