"""Translations of whole documents that outlive their request, and this process.

A job is a row and two files. A runner takes the oldest one that nobody works on, holds it by a lease that it renews
while it works, and gives it back when it is told to stop; a lease that ran out (the process was killed) makes the job
free again. A job belongs to the key that made it; for everyone else it does not exist.
"""

import json
import shutil
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from sqlite3 import Row
from typing import Any, BinaryIO, Final, Literal

from service.errors import Cause, RequestError
from service.store import Store, new_id
from translator.formats import FORMATS

JobState = Literal["queued", "running", "done", "failed"]

MAX_ATTEMPTS: Final = 3
SECONDS_PER_HOUR: Final = 3600


@dataclass(frozen=True, slots=True)
class Job:
    """`format` is the one asked for, and once done the one written; `done` and `total` are characters, as far as they
    are known; `finished` is a Unix time."""

    id: str
    owner: str
    name: str
    format: str
    options: Mapping[str, Any]
    state: JobState
    created: float
    finished: float | None
    done: int
    total: int
    characters: int
    error: str | None


@dataclass(frozen=True, slots=True)
class Done:
    """Characters of the source, and the format that was written."""

    characters: int
    format: str


class Jobs:
    """The table and its files. Thread-safe, and safe with other processes on the same state directory.

    Methods that take an owner raise `RequestError` (unknown) for a job that is not theirs.
    """

    def __init__(self, store: Store, *, lease_s: float, expiry_h: float, max_per_owner: int) -> None:
        self._store = store
        self._lease_s = lease_s
        self._expiry_s = expiry_h * SECONDS_PER_HOUR
        self._max_per_owner = max_per_owner
        self._directory = store.directory / "jobs"
        self.created = threading.Event()

    def create(self, owner: str, name: str, format: str, options: Mapping[str, Any], source: BinaryIO) -> Job:
        """Keep a document and queue it. `options` are those of the translator and must go into JSON.

        Raises:
            RequestError: the owner has as many jobs as they may.
        """
        count = self._store.rows("SELECT count(*) FROM jobs WHERE owner = ?", (owner,))[0][0]
        if count >= self._max_per_owner:
            message = f"{count} jobs are kept for this key, which is the most; delete some"
            raise RequestError(Cause.RATE, message, retry_after_s=self._lease_s)
        identity = new_id()
        folder = self._directory / identity
        folder.mkdir(parents=True, mode=0o700)
        with self.source_path(identity, name).open("wb") as file:
            shutil.copyfileobj(source, file)
        self._store.rows(
            "INSERT INTO jobs (id, owner, name, format, options, state, created) VALUES (?, ?, ?, ?, ?, 'queued', ?)",
            (identity, owner, name, format, json.dumps(dict(options)), time.time()),
        )
        self.created.set()
        return self.get(owner, identity)

    def get(self, owner: str, identity: str) -> Job:
        rows = self._store.rows("SELECT * FROM jobs WHERE id = ? AND owner = ?", (identity, owner))
        if not rows:
            raise RequestError(Cause.UNKNOWN, "there is no job of this id")
        return _job(rows[0])

    def owner_of(self, identity: str) -> str:
        """Whose job it is: for those who hold a secret of the job in place of a key."""
        rows = self._store.rows("SELECT owner FROM jobs WHERE id = ?", (identity,))
        if not rows:
            raise RequestError(Cause.UNKNOWN, "there is no job of this id")
        return str(rows[0]["owner"])

    def list(self, owner: str) -> list[Job]:
        """Newest first."""
        return [
            _job(row) for row in self._store.rows("SELECT * FROM jobs WHERE owner = ? ORDER BY created DESC", (owner,))
        ]

    def result(self, owner: str, identity: str) -> Path:
        """The translated document.

        Raises:
            RequestError: it is not ready, or the job failed.
        """
        job = self.get(owner, identity)
        if job.state == "failed":
            raise RequestError(Cause.INVALID, f"the job failed: {job.error}")
        if job.state != "done":
            raise RequestError(Cause.NOT_READY, f"the job is {job.state}; its result is not ready", retry_after_s=1)
        return self.target_path(identity, job.name)

    def result_name(self, job: Job) -> str:
        """What to call the translation of a job that is done."""
        name, extensions = Path(job.name), FORMATS[job.format].extensions
        return f"{name.stem}.en{name.suffix if name.suffix.lower() in extensions else extensions[0]}"

    def delete(self, owner: str, identity: str) -> None:
        """Forget a job and its files; one that runs is stopped at the next renewal of its lease."""
        self.get(owner, identity)
        self._remove(identity)

    def source_path(self, identity: str, name: str) -> Path:
        """Where the upload lies; only the suffix of its name is the user's."""
        return self._directory / identity / f"source{_suffix(name)}"

    def target_path(self, identity: str, name: str) -> Path:
        return self._directory / identity / f"target{_suffix(name)}"

    # For runners.

    def claim(self) -> Job | None:
        """The oldest job that nobody works on, now leased to the caller."""
        now = time.time()
        rows = self._store.rows(
            "UPDATE jobs SET state = 'running', lease = ?, attempts = attempts + 1, done = 0, total = 0 WHERE id ="
            " (SELECT id FROM jobs WHERE state = 'queued' OR (state = 'running' AND lease < ?)"
            " ORDER BY created LIMIT 1)"
            " RETURNING *",
            (now + self._lease_s, now),
        )
        if rows and rows[0]["attempts"] > MAX_ATTEMPTS:
            self.finish(
                rows[0]["id"], error=f"the service stopped {MAX_ATTEMPTS} times while it worked on this document"
            )
            return None
        return _job(rows[0]) if rows else None

    def renew(self, identity: str, *, done: int, total: int) -> bool:
        """Hold a job for another lease; False where it was deleted."""
        statement = "UPDATE jobs SET lease = ?, done = ?, total = ? WHERE id = ? AND state = 'running' RETURNING id"
        return bool(self._store.rows(statement, (time.time() + self._lease_s, done, total, identity)))

    def release(self, identity: str) -> None:
        """Give a job back unfinished; it was not its fault."""
        statement = "UPDATE jobs SET state = 'queued', lease = NULL, attempts = attempts - 1 WHERE id = ?"
        self._store.rows(statement, (identity,))

    def finish(self, identity: str, *, done: Done | None = None, error: str | None = None) -> None:
        """Close a job: done, or failed for a reason that its owner reads."""
        state, characters, written = ("done", done.characters, done.format) if done else ("failed", 0, None)
        self._store.rows(
            "UPDATE jobs SET state = ?, finished = ?, lease = NULL, characters = ?, format = ifnull(?, format),"
            " error = ? WHERE id = ?",
            (state, time.time(), characters, written, error, identity),
        )

    def purge(self) -> None:
        """Remove what expired, and files that lost their job."""
        expired = "SELECT id FROM jobs WHERE finished < ?"
        for row in self._store.rows(expired, (time.time() - self._expiry_s,)):
            self._remove(row["id"])
        if not self._directory.is_dir():
            return
        kept = {row["id"] for row in self._store.rows("SELECT id FROM jobs")}
        for folder in self._directory.iterdir():
            # An upload in progress has a folder and no row yet.
            if folder.name not in kept and folder.stat().st_mtime < time.time() - self._expiry_s:
                shutil.rmtree(folder, ignore_errors=True)

    def _remove(self, identity: str) -> None:
        self._store.rows("DELETE FROM jobs WHERE id = ?", (identity,))
        shutil.rmtree(self._directory / identity, ignore_errors=True)

    @property
    def lease_s(self) -> float:
        return self._lease_s


def _job(row: Row) -> Job:
    fields = ("id", "owner", "name", "format", "options", "state", "created", "finished", "done", "total", "characters")
    values = {field: row[field] for field in fields} | {"options": json.loads(row["options"])}
    return Job(error=row["error"], **values)


def _suffix(name: str) -> str:
    suffix = Path(name).suffix.lower()
    return suffix if suffix[1:].isascii() and suffix[1:].isalnum() and len(suffix) <= len(".markdown") else ""
