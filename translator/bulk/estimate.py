"""How much there is to translate, and how long it would take here: words are counted, some translated, none written."""

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from translator.bulk import places, shards
from translator.bulk.runs import format_of
from translator.bulk.sources import Source
from translator.bulk.units import DocumentPart, Failure, Job
from translator.bulk.worker import reason, template
from translator.document import MarkedText
from translator.pipeline import Translator

SAMPLE_WORDS: Final = 4000
"""Enough to fill batches, and a few seconds of one core."""
EFFICIENCY: Final = 0.9
"""What a further process is taken to add, of what the first one does: an assumption, as the result is an estimate."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """What a run would meet. `words_per_s` is None where there is nothing to translate."""

    files: int
    skipped: int
    records: int
    words: int
    words_per_s: float | None
    estimated_s: float | None
    failures: tuple[Failure, ...]


def estimate(job: Job, sources: Sequence[Source], processes: int) -> Estimate:
    """Read everything as a run would, and translate a sample with the threads of one process.

    Raises:
        ModelError, MissingExtraError: as `Translator.load`.
    """
    counter = _Counter(job)
    for source in sources:
        counter.count(source)
    rate = _words_per_s(job, counter.sample) * (1 + (processes - 1) * EFFICIENCY) if counter.sample else None
    return Estimate(
        files=len(sources) - counter.skipped - sum(failure.record is None for failure in counter.failures),
        skipped=counter.skipped,
        records=counter.records,
        words=counter.words,
        words_per_s=None if rate is None else round(rate, 1),
        estimated_s=None if rate is None else round(counter.words / rate, 1),
        failures=tuple(counter.failures),
    )


class _Counter:
    def __init__(self, job: Job) -> None:
        self._job = job
        self.skipped = self.records = self.words = 0
        self.failures: list[Failure] = []
        self.sample: list[str] = []
        self._sampled = 0

    def count(self, source: Source) -> None:
        try:
            for text in self._texts(source):
                self.words += len(text.split())
                if self._sampled < SAMPLE_WORDS:
                    part = " ".join(text.split(" ")[:SAMPLE_WORDS])
                    self.sample.append(part)
                    self._sampled += len(part.split())
        except Exception as error:  # a damaged file may break its reader in any way
            self.failures.append(Failure(source.name, "", reason(error)))

    def _texts(self, source: Source) -> Iterator[str]:
        format = format_of(self._job.format, source)
        if format is None:
            self.skipped += 1
            return
        kind = shards.stream_kind(format, source.size)
        if kind is None:
            part = DocumentPart(source.name, source.path, "", format, source.size)
            yield from (text.text for text in template(part, self._job.selection).texts)
            return
        with places.open_source(source.path) as file:
            for record in shards.open_records(file, kind, self._job.selection, source.name).records():
                self.records += kind != shards.CHUNKS
                if record.problem:
                    self.failures.append(Failure(source.name, "", record.problem, record.number, record.line))
                if record.text is not None:
                    yield record.text


def _words_per_s(job: Job, texts: Sequence[str]) -> float:
    """Words a second of one process, on a sample; the first call, which loads what is loaded late, is not timed."""
    translator = Translator.load(job.model, device=job.device, threads=job.threads)
    translator.translate_many(["Bonjour à tous."])
    start = time.monotonic()
    translator.translate_marked([MarkedText(text) for text in texts], **dict(job.options))
    seconds = time.monotonic() - start
    translator.close()
    return sum(len(text.split()) for text in texts) / seconds
