"""One worker: reads the parts of a unit, translates all their texts together, writes each part."""

import errno
import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from translator.bulk import places, shards
from translator.bulk.units import DocumentPart, Failure, Job, Outcome, Part, ShardPart, Unit
from translator.document import Lines, MarkedText
from translator.errors import InputError, OutputError, PasserelleError
from translator.formats import FORMATS, Selection, Template
from translator.memory import Memory
from translator.pipeline import Translator

MAX_DOCUMENT_BYTES: Final = 128 * 2**20
"""A document is in memory whole, several times over; tables and plain text are not."""
CHUNK_CHARACTERS: Final = 500_000
"""Texts handed to the translator at once: bounds what waits to be written."""
_BAD_NAMES: Final = frozenset([errno.ENAMETOOLONG, errno.EISDIR, errno.ENOTDIR, errno.EEXIST])


@dataclass(frozen=True, slots=True)
class _Loaded:
    part: Part
    template: Template


class Worker:
    """A translator with its memory.

    Raises:
        ModelError, MissingExtraError: as `Translator.load`.
    """

    def __init__(self, job: Job) -> None:
        self._job = job
        self._translator = Translator.load(job.model, device=job.device, threads=job.threads, memory=Memory())

    def work(self, unit: Unit) -> Outcome:
        """Do a unit; whatever part fails is in the outcome, and the others are done.

        Raises:
            OutputError: nothing can be written there.
        """
        failures: list[Failure] = []
        loaded: list[_Loaded] = []
        for part in unit.parts:
            try:
                loaded.append(_Loaded(part, template(part, self._job.selection)))
            except Exception as error:  # a damaged document may break its reader in any way
                failures.append(_failure(part, error))
        done: list[_Loaded] = []
        for one, results in self._translated(loaded, failures):
            failure = _written(one, results)
            if failure is None:
                done.append(one)
            else:
                failures.append(failure)
        texts = [text.text for one in done for text in one.template.texts]
        return Outcome(
            files=sum(isinstance(one.part, DocumentPart) for one in done),
            records=sum(len(one.part.texts) for one in done if isinstance(one.part, ShardPart)),
            words=sum(len(text.split()) for text in texts),
            characters=sum(map(len, texts)),
            size=sum(part.size for part in unit.parts),
            failures=tuple(failures),
        )

    def close(self) -> None:
        self._translator.close()

    def _translated(
        self, loaded: Sequence[_Loaded], failures: list[Failure]
    ) -> Iterator[tuple[_Loaded, list[MarkedText | None]]]:
        """Each part with its results. When all together fail, each goes alone, so that one cannot spoil the others."""
        try:
            results = self._translate([one.template for one in loaded])
        except Exception as error:
            if len(loaded) > 1:
                for one in loaded:
                    yield from self._translated([one], failures)
            elif isinstance(loaded[0].part, ShardPart):
                yield loaded[0], self._singly(loaded[0].template)
            else:
                failures.append(_failure(loaded[0].part, error))
            return
        yield from zip(loaded, results, strict=True)

    def _translate(self, templates: Sequence[Template]) -> list[list[MarkedText | None]]:
        """The results of each template, texts of the same meaning of lines translated together."""
        results: list[list[MarkedText | None]] = [[] for _ in templates]
        for lines in dict.fromkeys(template.lines for template in templates):
            members = [index for index, template in enumerate(templates) if template.lines == lines]
            texts = [(index, text) for index in members for text in templates[index].texts]
            for chunk in _chunks(texts):
                found = self._call([text for _, text in chunk], lines)
                for (index, _), result in zip(chunk, found, strict=True):
                    results[index].append(result)
        return results

    def _call(self, texts: Sequence[MarkedText], lines: Lines) -> list[MarkedText]:
        return self._translator.translate_marked(texts, **({"lines": lines} | dict(self._job.options)))

    def _singly(self, template: Template) -> list[MarkedText | None]:
        results: list[MarkedText | None] = []
        for text in template.texts:
            try:
                results += self._call([text], template.lines)
            except Exception:  # reported with its record when the shards are put together
                results.append(None)
        return results


def template(part: Part, selection: Selection) -> Template:
    """The texts of a part, and how it is written.

    Raises:
        PasserelleError, OSError: it cannot be read.
    """
    if isinstance(part, ShardPart):
        return Template(tuple(map(MarkedText, part.texts)), lambda _: b"", part.lines)
    return FORMATS[part.format].read(places.read(part.source, MAX_DOCUMENT_BYTES), selection)


def _chunks(texts: Sequence[tuple[int, MarkedText]]) -> Iterator[list[tuple[int, MarkedText]]]:
    """Texts in groups of about `CHUNK_CHARACTERS`, in order."""
    numbered = zip(texts, itertools.accumulate(len(text.text) for _, text in texts), strict=True)
    for _, group in itertools.groupby(numbered, key=lambda pair: pair[1] // CHUNK_CHARACTERS):
        yield [text for text, _ in group]


def _written(one: _Loaded, results: Sequence[MarkedText | None]) -> Failure | None:
    """Write a part; a failure is one of this part alone.

    Raises:
        OutputError: one that any part would meet.
    """
    try:
        if isinstance(one.part, ShardPart):
            data = shards.encode([None if result is None else result.text for result in results])
        else:
            data = one.template.fill([result for result in results if result is not None])
    except Exception as error:  # as in reading
        return _failure(one.part, error)
    try:
        with places.writing(one.part.target) as file:
            file.write(data)
    except (OSError, InputError) as error:
        if isinstance(error, OSError) and error.errno in _BAD_NAMES:
            return _failure(one.part, error)
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise OutputError(f"cannot write {one.part.target}: {reason}; mend it and go on with --resume") from error
    return None


def _failure(part: Part, error: Exception) -> Failure:
    return Failure(part.name, part.target, reason(error))


def reason(error: Exception) -> str:
    """One line on why something failed."""
    if isinstance(error, OSError):
        return error.strerror or str(error)
    if isinstance(error, PasserelleError):
        return str(error)
    return f"its reader gave up ({type(error).__name__}: {' '.join(str(error).split())[:200]}); the file is damaged"
