"""The state of a run, all of it in its output folder: a lock, the settings, the shards, and the list of failures.

What is done is what exists. The list of failures holds just those that are still true: a file that failed is tried
again by ``--resume``, a record that failed in a finished table stays listed.
"""

import fcntl
import json
import os
import tempfile
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from types import TracebackType
from typing import IO, Final, Self

from translator.bulk import places
from translator.bulk.units import Failure
from translator.errors import InputError

FOLDER: Final = ".passerelle"
ERRORS: Final = "errors.jsonl"
_SETTINGS: Final = "run.json"
_LOCK: Final = "lock"
_MAX_SETTINGS_BYTES: Final = 1 << 20


class Ledger:
    """An output folder that this process alone writes to while the block lasts. Remote folders have no lock.

    Args:
        settings: what the words of the output depend on.
        resume: whether to go on with an earlier run of the same settings.

    Raises:
        InputError: another run is at work there, it holds an earlier run and `resume` is not set, the earlier run
            had other settings, or it cannot be written.
    """

    def __init__(self, out: str, settings: Mapping[str, str], *, resume: bool) -> None:
        self.out = out
        self._settings, self._resume = dict(settings), resume
        self._lock: IO[str] | None = None
        self._errors: IO[bytes] | None = None
        self.failures = 0

    @property
    def errors_path(self) -> str:
        return places.join(self.out, ERRORS)

    def path(self, name: str) -> str:
        """Where an output of that name is."""
        return places.join(self.out, name)

    def inner(self, name: str) -> str:
        """A path of the run's own."""
        return places.join(self.out, f"{FOLDER}/{name}")

    def __enter__(self) -> Self:
        try:
            if not places.is_remote(self.out):
                Path(self.inner("")).mkdir(parents=True, exist_ok=True)
                self._take_lock()
            self.earlier = self._check_settings()
            if self.earlier:
                self._sweep()
            self._restore()
        except OSError as error:
            self._release()
            raise InputError(f"the output folder {self.out} cannot be written: {error.strerror or error}") from error
        except BaseException:
            self._release()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._errors is not None
        if not places.is_remote(self.out):
            if not self.failures:
                Path(self.errors_path).unlink(missing_ok=True)
        elif self.failures:
            self._errors.seek(0)
            with places.writing(self.errors_path) as file:
                file.write(self._errors.read())
        self._release()

    def fail(self, failure: Failure) -> None:
        """Put a failure on the list."""
        assert self._errors is not None
        values = {key: value for key, value in asdict(failure).items() if value is not None}
        self._errors.write(json.dumps(values, ensure_ascii=False).encode("utf-8", "surrogateescape") + b"\n")
        self._errors.flush()
        self.failures += 1

    def distinguishes_case(self) -> bool:
        """Whether the output's file system tells ``A`` from ``a``."""
        return places.is_remote(self.out) or not places.exists(places.join(self.out, FOLDER.upper()))

    def _take_lock(self) -> None:
        self._lock = Path(self.inner(_LOCK)).open("a+", encoding="ascii")  # noqa: SIM115 - as long as the lock
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            self._lock.seek(0)
            holder = self._lock.read().strip() or "unknown"
            raise InputError(
                f"another run is writing to {self.out} (process {holder}); wait for it or name another folder"
            ) from None
        self._lock.truncate(0)
        self._lock.write(str(os.getpid()))
        self._lock.flush()

    def _check_settings(self) -> bool:
        """Whether there is an earlier run; a new one is written down."""
        path = self.inner(_SETTINGS)
        if not places.exists(path):
            with places.writing(path) as file:
                file.write(json.dumps(self._settings, indent=1).encode())
            return False
        if not self._resume:
            raise InputError(f"{self.out} holds an earlier run; go on with it by --resume, or name another folder")
        before = json.loads(places.read(path, _MAX_SETTINGS_BYTES))
        for name, value in self._settings.items():
            if before.get(name) != value:
                raise InputError(
                    f"the run in {self.out} was started with {name} {before.get(name)!r}, not {value!r}; "
                    "go on with the same, or name another folder"
                )
        return True

    def _sweep(self) -> None:
        """Remove what a killed run was about to write."""
        if not places.is_remote(self.out):
            for part in Path(self.out).rglob(".*.part"):
                part.unlink(missing_ok=True)

    def _restore(self) -> None:
        """Keep what is still true of the list, and open it."""
        kept: list[bytes] = []
        if places.exists(self.errors_path) and self.earlier:
            with places.open_source(self.errors_path) as file:
                kept = [line for line in file if self._holds(line)]
            with places.writing(self.errors_path) as file:
                file.writelines(kept)
        self.failures = len(kept)
        if places.is_remote(self.out):
            self._errors = tempfile.TemporaryFile()  # noqa: SIM115 - lives as long as this object
            self._errors.writelines(kept)
        else:
            self._errors = Path(self.errors_path).open("ab")  # noqa: SIM115 - as above

    def _holds(self, line: bytes) -> bool:
        try:
            return places.exists(json.loads(line)["output"])
        except (ValueError, KeyError, TypeError):  # the last line of a killed run
            return False

    def _release(self) -> None:
        for file in (self._errors, self._lock):
            if file is not None:
                file.close()
