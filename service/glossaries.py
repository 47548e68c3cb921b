"""Glossaries kept for their owners: each has a name and one dictionary for each language pair. One store serves both
versions of DeepL's glossary API; what belongs to another owner does not exist."""

import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from sqlite3 import Row
from typing import Final

from service.errors import Cause, RequestError
from service.store import Store, new_id
from translator.glossary import Glossary

Pair = tuple[str, str]
Entries = Mapping[str, str]

MAX_GLOSSARIES: Final = 1000
MAX_DICTIONARY_CHARACTERS: Final = 2 << 20
"""Of a dictionary, and of all that one request uses: some 50,000 terms, and ready to be used 30 times as many bytes."""
COMPILED: Final = 4
"""Glossaries kept ready: making one of 10,000 terms takes 0.2 s, which a request of one sentence should not wait."""
NO_GLOSSARY: Final = "Glossary not found"
NO_DICTIONARY: Final = "Dictionary not found"
TOO_LARGE: Final = f"a dictionary, or all that a request uses, may have {MAX_DICTIONARY_CHARACTERS} characters"


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
        self._compile = lru_cache(maxsize=COMPILED)(lambda texts: Glossary.from_mapping(_merged(texts)))

    def create(self, owner: str, name: str, dictionaries: Mapping[Pair, Entries]) -> StoredGlossary:
        """Keep a new one.

        Raises:
            RequestError: quota, where the owner has as many as they may; too large.
        """
        if self._store.rows("SELECT count(*) FROM glossaries WHERE owner = ?", (owner,))[0][0] >= MAX_GLOSSARIES:
            raise RequestError(Cause.QUOTA, f"{MAX_GLOSSARIES} glossaries are kept, which is the most; delete some")
        identity = new_id()
        with self._store.transaction():
            self._store.rows("INSERT INTO glossaries VALUES (?, ?, ?, ?)", (identity, owner, name, time.time()))
            for pair, entries in dictionaries.items():
                self._put(identity, pair, entries)
        return self.get(owner, identity)

    def get(self, owner: str, identity: str) -> StoredGlossary:
        rows = self._store.rows("SELECT * FROM glossaries WHERE id = ? AND owner = ?", (identity, owner))
        if not rows:
            raise RequestError(Cause.UNKNOWN, NO_GLOSSARY)
        return self._read(rows[0])

    def list(self, owner: str) -> list[StoredGlossary]:
        """Oldest first."""
        rows = self._store.rows("SELECT * FROM glossaries WHERE owner = ? ORDER BY rowid", (owner,))
        return [self._read(row) for row in rows]

    def rename(self, owner: str, identity: str, name: str) -> None:
        self.get(owner, identity)
        self._store.rows("UPDATE glossaries SET name = ? WHERE id = ?", (name, identity))

    def put(self, owner: str, identity: str, pair: Pair, entries: Entries) -> None:
        """Set or replace one dictionary.

        Raises:
            RequestError: too large.
        """
        self.get(owner, identity)
        self._put(identity, pair, entries)

    def drop(self, owner: str, identity: str, pair: Pair) -> None:
        """Remove one dictionary.

        Raises:
            RequestError: unknown, where there is none of this pair.
        """
        if pair not in self.get(owner, identity).dictionaries:
            raise RequestError(Cause.UNKNOWN, NO_DICTIONARY)
        self._store.rows("DELETE FROM dictionaries WHERE (glossary, source, target) = (?, ?, ?)", (identity, *pair))

    def delete(self, owner: str, identity: str) -> None:
        self.get(owner, identity)
        self._store.rows("DELETE FROM glossaries WHERE id = ?", (identity,))

    def merged(self, owner: str, identities: Sequence[str], pair: Pair) -> dict[str, str]:
        """The entries of several glossaries as one; of the same term, the first glossary's.

        Raises:
            RequestError: unknown, also where one has no dictionary of this pair; too large together.
        """
        return _merged(self._texts(owner, identities, pair))

    def compiled(self, owner: str, identities: Sequence[str], pair: Pair) -> Glossary:
        """The same, ready to be used. Raises as `merged` does."""
        return self._compile(self._texts(owner, identities, pair))

    def _texts(self, owner: str, identities: Sequence[str], pair: Pair) -> tuple[str, ...]:
        statement = (
            "SELECT entries FROM glossaries LEFT JOIN dictionaries ON glossary = id AND (source, target) = (?, ?)"
            " WHERE id = ? AND owner = ?"
        )
        texts = []
        for identity in identities:
            rows = self._store.rows(statement, (*pair, identity, owner))
            if not rows:
                raise RequestError(Cause.UNKNOWN, NO_GLOSSARY)
            if rows[0]["entries"] is None:
                raise RequestError(Cause.UNKNOWN, NO_DICTIONARY)
            texts.append(rows[0]["entries"])
        if sum(map(len, texts)) > MAX_DICTIONARY_CHARACTERS:
            raise RequestError(Cause.TOO_LARGE, TOO_LARGE)
        return tuple(texts)

    def _put(self, identity: str, pair: Pair, entries: Entries) -> None:
        text = json.dumps(dict(entries))
        if len(text) > MAX_DICTIONARY_CHARACTERS:
            raise RequestError(Cause.TOO_LARGE, TOO_LARGE)
        values = (identity, *pair, text)
        self._store.rows("INSERT OR REPLACE INTO dictionaries VALUES (?, ?, ?, ?)", values)

    def _read(self, row: Row) -> StoredGlossary:
        statement = "SELECT source, target, entries FROM dictionaries WHERE glossary = ? ORDER BY rowid"
        found = self._store.rows(statement, (row["id"],))
        dictionaries = {(entry["source"], entry["target"]): json.loads(entry["entries"]) for entry in found}
        return StoredGlossary(row["id"], row["name"], row["created"], dictionaries)


def _merged(texts: Sequence[str]) -> dict[str, str]:
    merged: dict[str, str] = {}
    for text in texts:
        merged = json.loads(text) | merged
    return merged
