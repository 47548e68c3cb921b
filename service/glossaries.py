"""Glossaries kept for their owners: each has a name and one dictionary for each language pair. One store serves both
versions of DeepL's glossary API; what belongs to another owner does not exist."""

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from sqlite3 import Row

from service.errors import Cause, RequestError
from service.store import Store, new_id

Pair = tuple[str, str]
Entries = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class StoredGlossary:
    """`dictionaries` maps (source language, target language), lower case, to source term → target term."""

    id: str
    name: str
    created: float
    dictionaries: Mapping[Pair, Entries]


class Glossaries:
    """Every method raises `RequestError` (unknown) for an id that the owner has not."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def create(self, owner: str, name: str, dictionaries: Mapping[Pair, Entries]) -> StoredGlossary:
        identity = new_id()
        with self._store.transaction():
            self._store.rows("INSERT INTO glossaries VALUES (?, ?, ?, ?)", (identity, owner, name, time.time()))
            for pair, entries in dictionaries.items():
                self._put(identity, pair, entries)
        return self.get(owner, identity)

    def get(self, owner: str, identity: str) -> StoredGlossary:
        rows = self._store.rows("SELECT * FROM glossaries WHERE id = ? AND owner = ?", (identity, owner))
        if not rows:
            raise RequestError(Cause.UNKNOWN, "there is no glossary of this id")
        return self._read(rows[0])

    def list(self, owner: str) -> list[StoredGlossary]:
        """Oldest first."""
        rows = self._store.rows("SELECT * FROM glossaries WHERE owner = ? ORDER BY rowid", (owner,))
        return [self._read(row) for row in rows]

    def rename(self, owner: str, identity: str, name: str) -> None:
        self.get(owner, identity)
        self._store.rows("UPDATE glossaries SET name = ? WHERE id = ?", (name, identity))

    def put(self, owner: str, identity: str, pair: Pair, entries: Entries) -> None:
        """Set or replace one dictionary."""
        self.get(owner, identity)
        self._put(identity, pair, entries)

    def drop(self, owner: str, identity: str, pair: Pair) -> None:
        """Remove one dictionary.

        Raises:
            RequestError: unknown, where there is none of this pair.
        """
        if pair not in self.get(owner, identity).dictionaries:
            raise RequestError(Cause.UNKNOWN, "the glossary has no dictionary of this language pair")
        self._store.rows("DELETE FROM dictionaries WHERE (glossary, source, target) = (?, ?, ?)", (identity, *pair))

    def delete(self, owner: str, identity: str) -> None:
        self.get(owner, identity)
        self._store.rows("DELETE FROM glossaries WHERE id = ?", (identity,))

    def _put(self, identity: str, pair: Pair, entries: Entries) -> None:
        values = (identity, *pair, json.dumps(dict(entries)))
        self._store.rows("INSERT OR REPLACE INTO dictionaries VALUES (?, ?, ?, ?)", values)

    def _read(self, row: Row) -> StoredGlossary:
        statement = "SELECT source, target, entries FROM dictionaries WHERE glossary = ? ORDER BY rowid"
        found = self._store.rows(statement, (row["id"],))
        dictionaries = {(entry["source"], entry["target"]): json.loads(entry["entries"]) for entry in found}
        return StoredGlossary(row["id"], row["name"], row["created"], dictionaries)
