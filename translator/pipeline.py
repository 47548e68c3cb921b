"""The one way of a text through the library: segment, protect, look up, translate in batches, restore, polish, join."""

from collections import deque
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property, partial
from itertools import islice
from typing import Any, Final, Literal, Self

from translator import models
from translator.alignment import Link
from translator.cutting import cut
from translator.decoding import UnitDecoder
from translator.document import Document, Mark, MarkedText, Segment, SourceSegment, Span, Translation
from translator.drafts import Draft, is_number, units_of
from translator.engines import Engine
from translator.entities import Capitals, Recogniser, default_recogniser
from translator.language import Detector, needs_model
from translator.markup import HTML, Markup, Rules, project
from translator.memory import Memory
from translator.models import Model
from translator.options import Options
from translator.probing import placeholders_of
from translator.protection import Placeholders, resolve
from translator.segmentation import segment
from translator.windows import Recall, Window

WINDOW_SEGMENTS: Final = 2048
"""Segments in work at once: enough of each length to fill batches, and a bound on memory."""
PARTS: Final = 2
"""A segment longer than the model was trained on is cut into parts of the trained length divided by this: run-on text
loses clauses well before that length, and a well-formed sentence loses sense when it is cut."""
FIRST_WINDOW_SEGMENTS: Final = 2
"""A stream starts with few, so that the first segment is there at once, and doubles."""
WEAK_LINK: Final = 1e-3


@dataclass(frozen=True)
class Translator:
    """A loaded model and everything around it. Thread-safe; results do not depend on what else is translated.

    Attributes:
        engine: what runs the model: the model's own engine, or one that wraps it.
        recogniser: finds entities.
        placeholders: what the model copies reliably.
        memory: what was translated before, or None.
    """

    model: Model
    engine: Engine
    recogniser: Recogniser
    placeholders: Placeholders
    memory: Memory | None = None
    detector: Detector = field(default_factory=Detector)
    capitals: Capitals = field(default_factory=Capitals)

    @classmethod
    def load(
        cls,
        model: str = models.SHIPPED,
        *,
        engine: models.EngineName = "ctranslate2",
        device: str = "auto",
        compute_type: str = "default",
        threads: int | None = None,
        names: Literal["light", "spacy"] = "light",
        memory: Memory | None = None,
    ) -> Self:
        """A translator on the shipped model, a model folder or a hub name that is on this machine.

        Raises:
            ModelError: the model is not there, damaged, or cannot run here.
            MissingExtraError: engine or weights need an optional part.
        """
        loaded = models.load(model, engine=engine, device=device, compute_type=compute_type, threads=threads)
        return cls(loaded, loaded.engine, default_recogniser(names), placeholders_of(loaded), memory)

    def with_engine(self, engine: Engine) -> Self:
        """This translator on another engine for the same model: a scheduler's view, say."""
        return replace(self, engine=engine)

    def with_memory(self, memory: Memory | None) -> Self:
        """This translator with another memory, or with none."""
        return replace(self, memory=memory)

    def close(self) -> None:
        """Free the model."""
        self.engine.close()

    def translate(self, text: str, **options: Any) -> Translation:
        """Translate one text; keywords as in `Options`.

        Raises:
            InputError: an unknown option or a value outside its range.
        """
        return self.translate_many([text], **options)[0]

    def translate_many(self, texts: Sequence[str], **options: Any) -> list[Translation]:
        """Translate texts, batched across them; one translation a text, in order.

        Raises:
            InputError: an unknown option or a value outside its range.
        """
        settings = Options.of(options)
        documents = [_document(text, settings) for text in texts]
        finished = self._run((self._drafts(document, settings) for document in documents), settings)
        return [
            Translation(document.prefix, tuple(next(finished)[0] for _ in document.segments)) for document in documents
        ]

    def stream(self, text: str, **options: Any) -> Iterator[Segment]:
        """Translate one text; its segments come in order, each as soon as it is ready.

        What stands before the first segment is not among them: it is the text up to the first segment's `start`.

        Raises:
            InputError: an unknown option or a value outside its range.
        """
        settings = Options.of(options)
        drafts = self._drafts(_document(text, settings), settings)
        return (segment for segment, _ in self._run([drafts], settings, first_window=FIRST_WINDOW_SEGMENTS))

    def translate_marked(self, texts: Sequence[MarkedText], **options: Any) -> list[MarkedText]:
        """Translate texts whose marks go along: each comes out once, on the words that its words became.

        Line breaks count as spaces unless `lines` says otherwise. Stretches marked keep come through verbatim.

        Raises:
            InputError: an unknown option or a value outside its range.
        """
        settings = Options.of({"lines": "join"} | options)
        documents = [_document(marked.text, settings) for marked in texts]
        drafts = (
            self._drafts(document, settings, marked.marks) for document, marked in zip(documents, texts, strict=True)
        )
        finished = self._run(drafts, settings)
        return [
            _marked(marked, document, [next(finished) for _ in document.segments])
            for document, marked in zip(documents, texts, strict=True)
        ]

    def translate_markup(
        self, texts: Sequence[str], *, rules: Rules = HTML, attributes: Collection[str] = (), **options: Any
    ) -> list[str]:
        """Translate HTML or XML; tags in are tags out, and travel with the words they mark.

        Args:
            rules: the markup language, and which of its elements are kept, cut or ignored.
            attributes: names of attributes whose values are translated too.

        Raises:
            InputError: XML that is not well-formed, an unknown option or a value outside its range.
        """
        parsed = [Markup.parse(text, rules, attributes=attributes) for text in texts]
        results = iter(self.translate_marked([text for markup in parsed for text in markup.texts], **options))
        return [markup.render([next(results) for _ in markup.texts]) for markup in parsed]

    def _drafts(self, document: Document, settings: Options, marks: Sequence[Mark] = ()) -> Iterator[Draft]:
        segments = document.segments
        texts = [self.capitals.lowered(segment.text) or segment.text for segment in segments]
        entities = self.recogniser.find(texts) if settings.entities else [()] * len(texts)
        limit = self.model.manifest.trained_source_tokens
        too_long = self._longer_than(limit, texts)
        for index, (source, text, found) in enumerate(zip(segments, texts, entities, strict=True)):
            spans = [*found, *self.placeholders.find_lookalikes(source.text), *_keeps(source, marks)]
            if settings.glossary is not None:
                spans += settings.glossary.find(source.text)
            resolved = resolve(spans)
            parts = None
            if not self._is_copied(text, resolved):
                parts = cut(text, resolved, partial(self._fits, limit // PARTS), whole=index not in too_long)
            yield Draft(index, source, text, resolved, parts, units_of(parts, resolved), _is_cut(source, marks))

    def _is_copied(self, text: str, spans: Sequence[Span]) -> bool:
        if any(span.kind == "glossary" for span in spans):
            return False
        wordless = [span for span in spans if span.kind == "keep" or is_number(span)]
        bare = "".join(text[end:start] for end, start in _gaps(text, wordless))
        return not needs_model(bare) or self.detector.is_english(text)

    def _fits(self, limit: int, text: str) -> bool:
        return not self._longer_than(limit, [text])

    def _longer_than(self, limit: int, texts: Sequence[str]) -> set[int]:
        """The indices of the texts that have more than `limit` pieces."""
        # A piece is a byte at least, so most texts need not be encoded to be counted.
        doubtful = [index for index, text in enumerate(texts) if len(text.encode("utf-8", "replace")) > limit]
        encoded = self.model.tokenizer.encode([self.model.normalize(texts[index]) for index in doubtful])
        return {index for index, pieces in zip(doubtful, encoded, strict=True) if len(pieces) > limit}

    @cached_property
    def _decoder(self) -> UnitDecoder:
        model = self.model
        labels = model.manifest.hidden_labels
        return UnitDecoder(self.engine, model.tokenizer, model.normalize, self.placeholders, labels)

    def _run(
        self, documents: Iterable[Iterable[Draft]], settings: Options, *, first_window: int = WINDOW_SEGMENTS
    ) -> Iterator[tuple[Segment, tuple[Link, ...]]]:
        """Finished segments in order. While one window is at the engine, the next is prepared."""
        drafts = (draft for document in documents for draft in document)
        waiting: deque[Window] = deque()
        size = first_window
        opened = False
        try:
            while True:
                window = list(islice(drafts, size))
                size = min(2 * size, WINDOW_SEGMENTS)
                if window:
                    waiting.append(Window(window, self._decoder, settings, self._recall))
                if len(waiting) > 1 or (waiting and not window):
                    for draft, outcomes in waiting[0].collect():
                        # A quote never stays open from one text to the next.
                        opened = opened and draft.index > 0
                        segment, links, opened = draft.finish(outcomes, typography=settings.typography, opened=opened)
                        yield segment, links
                    waiting.popleft()
                elif not window:
                    return
        finally:
            for pending in waiting:
                pending.cancel()

    @cached_property
    def _recall(self) -> Recall:
        return Recall(self.memory, self.model.sha256)


def _document(text: str, settings: Options) -> Document:
    return segment(text, lines=settings.lines, split_sentences=settings.split_sentences)


def _keeps(source: SourceSegment, marks: Sequence[Mark]) -> list[Span]:
    """The keep marks of a text as spans of one of its segments."""
    result = []
    for mark in marks:
        start, end = max(mark.start, source.start), min(mark.end, source.end)
        if mark.keep and start < end:
            result.append(Span(start - source.start, end - source.start, "keep", "KEEP"))
    return result


def _is_cut(source: SourceSegment, marks: Sequence[Mark]) -> bool:
    """Whether a mark begins or ends inside a segment, so that word links are needed to place it."""
    return any(source.start < edge < source.end for mark in marks for edge in (mark.start, mark.end))


def _gaps(text: str, spans: Sequence[Span]) -> list[tuple[int, int]]:
    edges = [0, *(edge for span in spans for edge in (span.start, span.end)), len(text)]
    return list(zip(edges[::2], edges[1::2], strict=True))


def _marked(marked: MarkedText, document: Document, finished: Sequence[tuple[Segment, tuple[Link, ...]]]) -> MarkedText:
    target = document.prefix
    links: list[Link] = []
    for done, found in finished:
        base = len(target)
        links += [link.moved(done.start, base) for link in found]
        # A weak link keeps words without links of their own in their segment.
        links.append(Link(done.start, done.end, base, base + len(done.target), WEAK_LINK))
        target += done.target + done.separator
    return MarkedText(target, project(marked.text, target, marked.marks, links))
