"""A run: from what is missing in the output folder to units, through an executor, to finished files.

The order makes a kill harmless: shards are written, then the failures of a table, then the table; then its shards go.
"""

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import BinaryIO, Final, cast

from translator.bulk import places, shards
from translator.bulk.executors import Executor
from translator.bulk.ledger import Ledger
from translator.bulk.progress import Counts, Meter
from translator.bulk.sources import Source, output_names
from translator.bulk.units import DocumentPart, Failure, Job, Part, ShardPart, Unit
from translator.bulk.worker import reason
from translator.errors import DocumentError, InputError, OutputError
from translator.formats import FORMATS, HEAD_BYTES, detect_format

RECORDS_PER_SHARD: Final = 1000
UNIT_CHARACTERS: Final = 300_000
"""Some 2,000 segments, a window of the translator: enough of every length to fill batches."""
_SHARDS: Final = "shards"


@dataclass(frozen=True, slots=True)
class Stream:
    """A file that is translated by shards; `folder` holds them."""

    source: Source
    target: str
    kind: str
    folder: str


@dataclass(slots=True)
class Run:
    """What is to be done in one output folder; the ledger is open while it lasts.

    Attributes:
        already: files that an earlier run has done.
        skipped: files of folders that are of no known format.
    """

    job: Job
    ledger: Ledger
    records_per_shard: int = RECORDS_PER_SHARD
    already: int = 0
    skipped: int = 0

    def do(self, sources: Sequence[Source], executor: Executor, counts: Counts, meter: Meter) -> None:
        """Translate what is missing. Failures are in the ledger.

        Raises:
            InputError: two sources for one output, an output that would overwrite a file that is not the run's.
            OutputError: nothing can be written.
        """
        todo = self._missing(sources)
        streams: list[Stream] = []
        for outcome in executor.run(grouped(self._parts(todo, streams, counts, meter), self.records_per_shard)):
            for failure in outcome.failures:
                self.ledger.fail(failure)
            counts.add(outcome)
            meter.show(counts, outcome.size)
        for stream in streams:
            self._assemble(stream, counts)
        if not self.ledger.failures:
            places.remove(self.ledger.inner(_SHARDS))

    def _missing(self, sources: Sequence[Source]) -> list[tuple[Source, str]]:
        """The sources without an output, each with its path."""
        names = output_names(sources, self.job.format, by_case=self.ledger.distinguishes_case())
        todo = []
        for source, name in zip(sources, names, strict=True):
            target = self.ledger.path(name)
            if not places.exists(target):
                todo.append((source, target))
            elif self.ledger.earlier:
                self.already += 1
            else:
                raise InputError(
                    f"{target} is there already and no earlier run made it; name another folder with --out"
                )
        return todo

    def _parts(
        self, todo: Iterable[tuple[Source, str]], streams: list[Stream], counts: Counts, meter: Meter
    ) -> Iterator[Part]:
        """The parts of what is missing; a source that cannot be read is a failure. Finished shards are left out."""
        for source, target in todo:
            try:
                format = format_of(self.job.format, source)
                if format is None:
                    self.skipped += 1
                    meter.show(counts, source.size)
                    continue
                kind = shards.stream_kind(format, source.size)
                if kind is None:
                    yield DocumentPart(source.name, source.path, target, format, source.size)
                    continue
                stream = Stream(source, target, kind, self._folder(source))
                yield from self._shards(stream, counts, meter)
                streams.append(stream)
            except Exception as error:  # a damaged file may break its reader in any way
                self._fail(source, target, error, counts)

    def _folder(self, source: Source) -> str:
        key = f"{source.name}\0{source.version}\0{self.records_per_shard}"
        digest = hashlib.blake2b(key.encode("utf-8", "surrogateescape"), digest_size=16).hexdigest()
        return self.ledger.inner(f"{_SHARDS}/{digest}")

    def _shards(self, stream: Stream, counts: Counts, meter: Meter) -> Iterator[ShardPart]:
        done = places.names(stream.folder)
        with places.open_source(stream.source.path) as file:
            table = shards.open_records(file, stream.kind, self.job.selection, stream.source.name)
            position = 0
            for number, shard in enumerate(shards.cut(table.records(), self.records_per_shard)):
                texts = shards.texts(shard)
                # A reader may be ahead of its records, or jump about: this is for progress alone.
                size, position = max(0, file.tell() - position), file.tell()
                if texts and shards.file_name(number) not in done:
                    target = places.join(stream.folder, shards.file_name(number))
                    lines = shards.lines_of(stream.kind)
                    yield ShardPart(stream.source.name, target, texts, lines, shard[0].number, size)
                else:
                    meter.show(counts, size)

    def _assemble(self, stream: Stream, counts: Counts) -> None:
        """Put a table together, if all its shards are there."""
        try:
            with (
                places.open_source(stream.source.path) as file,
                places.writing(stream.target) as out,
            ):
                table = shards.open_records(file, stream.kind, self.job.selection, stream.source.name)
                writer = table.writer(cast(BinaryIO, out))
                for record, why in shards.assembled(table, writer, stream.folder, self.records_per_shard):
                    self.ledger.fail(Failure(stream.source.name, stream.target, why, record.number, record.line))
                    counts.failures += 1
        except LookupError:
            return  # a shard failed, and is on the list
        except InputError as error:
            places.remove(stream.folder)
            self._fail(stream.source, stream.target, error, counts)
            return
        except OSError as error:
            raise OutputError(
                f"cannot put {stream.target} together: {error.strerror}; mend it and go on with --resume"
            ) from error
        counts.files += 1
        places.remove(stream.folder)

    def _fail(self, source: Source, target: str, error: Exception, counts: Counts) -> None:
        self.ledger.fail(Failure(source.name, target, reason(error)))
        counts.failures += 1


def format_of(format: str, source: Source) -> str | None:
    """The format of a source, `format` unless that is ``auto``; None where a folder holds a file of no known one.

    Raises:
        DocumentError: it cannot be looked at, or is not what it says.
    """
    if source.problem:
        raise DocumentError(source.problem)
    if format != "auto":
        return format
    with places.open_source(source.path) as file:
        head = file.read(HEAD_BYTES)
    try:
        return detect_format(source.name, head)
    except DocumentError:
        known = any(source.name.lower().endswith(format.extensions) for format in FORMATS.values())
        if known or source.named:
            raise
        return None


def grouped(parts: Iterable[Part], max_parts: int) -> Iterator[Unit]:
    """Parts in units: enough text to fill batches, little enough to be lost."""
    members: list[Part] = []
    characters = records = 0
    for part in parts:
        members.append(part)
        characters += part.size if isinstance(part, DocumentPart) else sum(map(len, part.texts))
        records += 1 if isinstance(part, DocumentPart) else len(part.texts)
        if characters >= UNIT_CHARACTERS or records >= max_parts:
            yield Unit(tuple(members))
            members, characters, records = [], 0, 0
    if members:
        yield Unit(tuple(members))
