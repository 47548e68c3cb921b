"""What was translated before, so that no unit is translated twice: bounded, optionally on disk.

Values are text of the caller's making. A key names everything that the value depends on, so entries never grow stale.
"""

import contextlib
import hashlib
import sqlite3
import threading
from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from translator.errors import InputError

DEFAULT_MAX_ENTRIES: Final = 50_000
PRUNE_SHARE: Final = 20
"""A full store on disk drops one in so many entries at once, the oldest."""


class Store:
    """At most `max_entries` texts by key, least recently used out first; in memory, or in an SQLite file. Thread-safe.

    A file that later fails (a full disk, say) fails no translation: what it cannot give or keep is translated again.

    Attributes:
        faults: reads and writes that the file failed.

    Raises:
        InputError: the file cannot be opened or is no store of this kind.
    """

    def __init__(self, max_entries: int = DEFAULT_MAX_ENTRIES, path: Path | None = None) -> None:
        self._max_entries = max_entries
        self._lock = threading.Lock()
        self._recent: OrderedDict[bytes, str] = OrderedDict()
        self._database = None if path is None else _opened(path)
        self.hits = 0
        self.misses = 0
        self.faults = 0

    def get(self, key: bytes) -> str | None:
        with self._lock:
            value = self._recent.get(key)
            if value is None and self._database is not None:
                with self._forgiven():
                    row = self._database.execute("SELECT value FROM entries WHERE key = ?", (key,)).fetchone()
                    value = None if row is None else str(row[0])
            if value is None:
                self.misses += 1
                return None
            self.hits += 1
            self._remember(key, value)
            return value

    def put(self, key: bytes, value: str) -> None:
        with self._lock:
            self._remember(key, value)
            if self._database is not None:
                with self._forgiven():
                    self._database.execute("INSERT OR REPLACE INTO entries(key, value) VALUES (?, ?)", (key, value))
                    self._prune(self._database)

    def __len__(self) -> int:
        with self._lock:
            if self._database is None:
                return len(self._recent)
            return int(self._database.execute("SELECT count(*) FROM entries").fetchone()[0])

    def clear(self) -> None:
        with self._lock:
            self._recent.clear()
            if self._database is not None:
                self._database.execute("DELETE FROM entries")

    def close(self) -> None:
        with self._lock:
            if self._database is not None:
                self._database.close()

    @contextlib.contextmanager
    def _forgiven(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error:
            self.faults += 1

    def _remember(self, key: bytes, value: str) -> None:
        self._recent[key] = value
        self._recent.move_to_end(key)
        if len(self._recent) > self._max_entries:
            self._recent.popitem(last=False)

    def _prune(self, database: sqlite3.Connection) -> None:
        # max(rowid) - min(rowid) bounds the count without walking the table.
        low, high = database.execute("SELECT min(rowid), max(rowid) FROM entries").fetchone()
        if high - low >= self._max_entries:
            surplus = high - self._max_entries + self._max_entries // PRUNE_SHARE
            database.execute("DELETE FROM entries WHERE rowid <= ?", (surplus,))


@dataclass(frozen=True, slots=True)
class Memory:
    """A view of a store. Entries made in one scope are not seen from another: one scope for each API key."""

    store: Store = field(default_factory=Store)
    scope: str = ""

    def scoped(self, scope: str) -> "Memory":
        return Memory(self.store, scope)

    def get(self, key: str) -> str | None:
        return self.store.get(self._digest(key))

    def put(self, key: str, value: str) -> None:
        self.store.put(self._digest(key), value)

    def _digest(self, key: str) -> bytes:
        return hashlib.blake2b(f"{self.scope}\0{key}".encode("utf-8", "surrogatepass"), digest_size=16).digest()


def _opened(path: Path) -> sqlite3.Connection:
    try:
        database = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
        with contextlib.suppress(sqlite3.OperationalError):  # another process makes the same change just now
            database.execute("PRAGMA journal_mode = WAL")
        database.execute("PRAGMA synchronous = NORMAL")
        database.execute("CREATE TABLE IF NOT EXISTS entries(key BLOB UNIQUE NOT NULL, value TEXT NOT NULL)")
    except sqlite3.Error as error:
        raise InputError(f"{path} cannot be used as a translation memory ({error}); name another file") from error
    return database
