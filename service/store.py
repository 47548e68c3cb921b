"""What outlives the process, in one SQLite file: keys, usage, jobs, glossaries.

Every change is one transaction; other processes (`passerelle keys`) may use the file at the same time. Secrets are
kept only as a keyed hash, whose key lies in a file of its own beside the database.
"""

import fcntl
import hashlib
import hmac
import os
import secrets
import sqlite3
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from translator.errors import InputError

BUSY_TIMEOUT_S: Final = 10
ID_BYTES: Final = 16
SECRET_BYTES: Final = 32
TOKEN_PREFIX: Final = "psk"  # noqa: S105 - the public part
MAX_TOKEN_CHARACTERS: Final = 200
ANONYMOUS: Final = ""
"""The owner of what is made where no key is asked for."""

SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS keys (
    id TEXT PRIMARY KEY, name TEXT NOT NULL UNIQUE, hash BLOB NOT NULL, rate_limit TEXT, quota INTEGER,
    created REAL NOT NULL, revoked REAL
) STRICT;
CREATE TABLE IF NOT EXISTS usage (
    owner TEXT NOT NULL, month TEXT NOT NULL, characters INTEGER NOT NULL, PRIMARY KEY (owner, month)
) STRICT;
CREATE TABLE IF NOT EXISTS jobs (
    id TEXT PRIMARY KEY, owner TEXT NOT NULL, name TEXT NOT NULL, format TEXT NOT NULL, options TEXT NOT NULL,
    state TEXT NOT NULL, created REAL NOT NULL, finished REAL, lease REAL, attempts INTEGER NOT NULL DEFAULT 0,
    done INTEGER NOT NULL DEFAULT 0, total INTEGER NOT NULL DEFAULT 0, characters INTEGER NOT NULL DEFAULT 0, error TEXT
) STRICT;
CREATE INDEX IF NOT EXISTS jobs_by_state ON jobs (state, created);
CREATE INDEX IF NOT EXISTS jobs_by_owner ON jobs (owner);
CREATE TABLE IF NOT EXISTS glossaries (
    id TEXT PRIMARY KEY, owner TEXT NOT NULL, name TEXT NOT NULL, created REAL NOT NULL
) STRICT;
CREATE TABLE IF NOT EXISTS dictionaries (
    glossary TEXT NOT NULL REFERENCES glossaries (id) ON DELETE CASCADE, source TEXT NOT NULL, target TEXT NOT NULL,
    entries TEXT NOT NULL, PRIMARY KEY (glossary, source, target)
) STRICT;
"""


class Store:
    """The state directory and the database in it; made where it is missing. Thread-safe.

    Raises:
        InputError: the directory cannot be written to.
    """

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self._lock = threading.RLock()
        try:
            directory.mkdir(parents=True, exist_ok=True, mode=0o700)
            with _alone_in(directory):
                self._connection = _opened(directory / "state.sqlite")
                self.hash_key = _kept_secret(directory / "hash.key")
        except (OSError, sqlite3.Error) as error:
            raise InputError(
                f"PASSERELLE_STATE_DIR={directory}: cannot keep state there: {error}; name a folder of a local disk "
                "that this user may write to"
            ) from error

    def rows(self, statement: str, values: Sequence[Any] = ()) -> list[sqlite3.Row]:
        """Run one statement."""
        with self._lock:
            return self._connection.execute(statement, values).fetchall()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All statements within, or none of them."""
        with self._lock:
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield
            except BaseException:
                self._connection.execute("ROLLBACK")
                raise
            self._connection.execute("COMMIT")

    def close(self) -> None:
        with self._lock:
            self._connection.close()


def new_id() -> str:
    """128 random bits."""
    return secrets.token_hex(ID_BYTES)


@contextmanager
def _alone_in(directory: Path) -> Iterator[None]:
    """One process at a time: SQLite does not wait for another one that changes the journal of a new file."""
    descriptor = os.open(directory, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _opened(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, timeout=BUSY_TIMEOUT_S, isolation_level=None, check_same_thread=False)
    connection.row_factory = sqlite3.Row
    for pragma in ("journal_mode=WAL", "synchronous=NORMAL", "foreign_keys=ON"):
        connection.execute(f"PRAGMA {pragma}")
    connection.executescript(SCHEMA)
    return connection


def _kept_secret(path: Path) -> bytes:
    """The secret in the file, made on first use."""
    if not path.exists():
        part = path.with_name(f"{path.name}.part")
        with open(part, "wb", opener=lambda name, flags: os.open(name, flags, 0o600)) as file:
            file.write(secrets.token_bytes(SECRET_BYTES))
        part.replace(path)
    return path.read_bytes()


@dataclass(frozen=True, slots=True)
class Key:
    """Who may use the service. `quota` is characters a calendar month (UTC), None for no bound."""

    id: str
    name: str
    rate_limit: str | None
    quota: int | None
    created: float
    revoked: float | None


class Keys:
    """The keys. A token is ``psk_<id>_<secret>``: the id finds the row, the secret is compared in constant time."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def add(self, name: str, *, rate_limit: str | None = None, quota: int | None = None) -> tuple[Key, str]:
        """A new key, and its token, which cannot be read again later.

        Raises:
            InputError: the name is empty or taken.
        """
        if not name.strip():
            raise InputError("a key needs a name")
        identity, secret = secrets.token_hex(8), secrets.token_hex(SECRET_BYTES)
        try:
            self._store.rows(
                "INSERT INTO keys VALUES (?, ?, ?, ?, ?, ?, NULL)",
                (identity, name, self._hash(identity, secret), rate_limit, quota, time.time()),
            )
        except sqlite3.IntegrityError:
            raise InputError(f"a key named {name!r} exists; take another name, or revoke that one first") from None
        return self.list()[-1], f"{TOKEN_PREFIX}_{identity}_{secret}"

    def list(self) -> list[Key]:
        """All keys, oldest first, the revoked ones too."""
        rows = self._store.rows("SELECT id, name, rate_limit, quota, created, revoked FROM keys ORDER BY rowid")
        return [Key(*row) for row in rows]

    def revoke(self, name: str) -> None:
        """End a key, by name or id; its name is free again.

        Raises:
            InputError: there is no such key in use.
        """
        changed = self._store.rows(
            "UPDATE keys SET revoked = ?, name = name || ' (revoked ' || id || ')'"
            " WHERE (name = ? OR id = ?) AND revoked IS NULL RETURNING id",
            (time.time(), name, name),
        )
        if not changed:
            raise InputError(f"no key in use is named {name!r}; `passerelle keys list` shows them")

    def exist(self) -> bool:
        """Whether any key was ever made: revoking the last one must not open the service."""
        return bool(self._store.rows("SELECT 1 FROM keys LIMIT 1"))

    def find(self, token: str) -> Key | None:
        """The key that a token belongs to; None where it is wrong or revoked."""
        prefix, _, rest = token[:MAX_TOKEN_CHARACTERS].partition("_")
        identity, _, secret = rest.partition("_")
        rows = self._store.rows("SELECT * FROM keys WHERE id = ? AND revoked IS NULL", (_plain(identity),))
        expected = rows[0]["hash"] if rows else bytes(SECRET_BYTES)
        matches = hmac.compare_digest(self._hash(identity, secret), expected)
        if prefix != TOKEN_PREFIX or not rows or not matches:
            return None
        return Key(*(rows[0][field] for field in ("id", "name", "rate_limit", "quota", "created", "revoked")))

    def _hash(self, identity: str, secret: str) -> bytes:
        """Keyed, not slow: the secret is 256 random bits, which no dictionary holds."""
        text = f"{identity}:{secret}".encode("utf-8", "surrogatepass")
        return hashlib.blake2b(text, key=self._store.hash_key, digest_size=SECRET_BYTES).digest()


def _plain(text: str) -> str:
    return text.encode("ascii", "replace").decode()


class Usage:
    """Characters translated, by owner and month."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def charge(self, owner: str, characters: int, quota: int | None) -> bool:
        """Count characters before they are translated; False, and nothing counted, where they go beyond the quota."""
        with self._store.transaction():
            if quota is not None and self.used(owner) + characters > quota:
                return False
            self._store.rows(
                "INSERT INTO usage VALUES (?, ?, ?)"
                " ON CONFLICT DO UPDATE SET characters = max(0, characters + excluded.characters)",
                (owner, _month(), characters),
            )
            return True

    def refund(self, owner: str, characters: int) -> None:
        """Take back a charge: what failed costs nothing."""
        self.charge(owner, -characters, None)

    def used(self, owner: str) -> int:
        """Characters of this month."""
        rows = self._store.rows("SELECT characters FROM usage WHERE owner = ? AND month = ?", (owner, _month()))
        return rows[0]["characters"] if rows else 0


def _month() -> str:
    return time.strftime("%Y-%m", time.gmtime())
