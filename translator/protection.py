"""Protected spans become placeholders that the model copies, and come back as the forms they stand for.

The only module that knows what a placeholder looks like. A target that lost, doubled or invented one is refused whole,
so that no placeholder of ours ever reaches a reader.
"""

import re
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cache
from itertools import pairwise

from translator.document import Span, SpanKind

MAX_PLACEHOLDERS = 8
TRAINED_SHAPES = tuple(f"⟦{number}⟧" for number in range(1, MAX_PLACEHOLDERS + 1))
"""The placeholders of the shipped model; they are pieces of its vocabulary."""

_PRIORITY: dict[SpanKind, int] = {"keep": 0, "glossary": 1, "entity": 2}
_BRACKETED = re.compile("⟦[^⟦⟧]*⟧")
_PLURAL = re.compile(r"s\b")
_SIGNS = "$€£¥"
_SIGN_BEFORE = re.compile(rf"(?<!\w)[A-Z]{{0,3}}[{_SIGNS}] ?$")
_ARTICLE_BEFORE = re.compile(
    r"(?:(?<=\b[Oo]n )|(?<=\b[Bb]y )|(?<=\b[Ff]rom )|(?<=\b[Ss]ince )|(?<=\b[Uu]ntil )|^)[Tt]he $"
)
_DOUBLED_AFTER = (
    (re.compile("%$"), re.compile(r"^ ?(?:%|(?:percent|per cent)\b)")),
    (re.compile(r"^\$|\$$"), re.compile(r"^(?: dollars?\b| ?[$])")),
    (re.compile("^€|€$"), re.compile(r"^(?: [Ee]uros?\b| ?€)")),
    (re.compile("^£|£$"), re.compile(r"^(?: pounds?\b(?: sterling)?| ?£)")),
    (
        re.compile(r"[ap]\.m\.$"),
        re.compile(r"^(?: [ap]\.m\.| of the (?:morning|afternoon)\b| in the (?:morning|afternoon|evening)\b)"),
    ),
    (re.compile(r"\ds$"), re.compile("^['’]s\\b")),
)
"""What a model may add after the form of a span though the form has it: end of the form, beginning of the gap."""

_CLOSING = ",;:!?.)]”»…"
_OPENING = "([“«"


def resolve(spans: Iterable[Span]) -> tuple[Span, ...]:
    """Disjoint spans, in order: keep goes before glossary before entity, then the longer, then the earlier one.

    Overlapping keep spans become one: each of them promised its text verbatim. Empty spans vanish.
    """
    kept: list[Span] = []
    for span in sorted(_united(spans), key=_priority):
        place = bisect_left(kept, span.start, key=lambda other: other.start)
        after_previous = place == 0 or kept[place - 1].end <= span.start
        before_next = place == len(kept) or span.end <= kept[place].start
        if after_previous and before_next:
            kept.insert(place, span)
    return tuple(kept)


def find_lookalikes(text: str) -> tuple[Span, ...]:
    """The user's own text that could be taken for a placeholder of the shipped model, in any spacing, as keep spans.

    Whatever stands between the brackets without being a letter counts: a normaliser or a tokenizer may make the same
    of ⟦ 1 ⟧, ⟦①⟧ and ⟦⟧.
    """
    matches = _BRACKETED.finditer(text)
    return tuple(_keep(match) for match in matches if not any(map(str.isalpha, match.group())))


def count_placeholders(text: str) -> int:
    """How many placeholders of the shipped model stand in a text."""
    return len(find_lookalikes(text))


@dataclass(frozen=True, slots=True)
class ProtectedText:
    """A text with placeholders: ``spans[i]`` of `source` stands behind ``shapes[i]``, in order of appearance."""

    text: str
    source: str
    spans: tuple[Span, ...]


@dataclass(frozen=True, slots=True)
class Restored:
    """A target with its forms in place; ``ranges[i]`` is where the form of span `i` stands, half-open."""

    text: str
    ranges: tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class Placeholders:
    """The shapes that a model copies reliably, at most eight; none for a model that copies none.

    Raises:
        ValueError: more than eight shapes, an empty one, or two alike.
    """

    shapes: tuple[str, ...] = TRAINED_SHAPES

    def __post_init__(self) -> None:
        if len(self.shapes) > MAX_PLACEHOLDERS or not all(self.shapes) or len(set(self.shapes)) < len(self.shapes):
            raise ValueError(f"placeholders are at most {MAX_PLACEHOLDERS} different shapes, not {self.shapes}")

    def find_lookalikes(self, text: str) -> tuple[Span, ...]:
        """As the function of this name, for the shapes of this model too."""
        own = [_keep(match) for match in _pattern(self.shapes).finditer(text)] if self.shapes else []
        return resolve([*find_lookalikes(text), *own])

    def count(self, text: str) -> int:
        """How many placeholders stand in a text."""
        return len(self.find_lookalikes(text))

    def protect(self, text: str, spans: Sequence[Span]) -> ProtectedText:
        """`text` with placeholders for the spans of highest priority, as many as there are shapes.

        A placeholder is set apart from letters, digits and placeholders beside it: the model knows it as a word.
        """
        chosen = sorted(sorted(resolve(spans), key=_priority)[: len(self.shapes)], key=lambda span: span.start)
        gaps = _gaps(text, chosen)
        pieces = [gaps[0] + " " if gaps[0][-1:].isalnum() else gaps[0]]
        for shape, gap in zip(self.shapes, gaps[1:], strict=False):
            last = len(pieces) == 2 * len(chosen) - 1
            pieces += shape, _set_apart(gap, last=last)
        return ProtectedText("".join(pieces), text, tuple(chosen))

    def restore(self, target: str, protected: ProtectedText, forms: Sequence[str]) -> Restored | None:
        """`target` with `forms`, one for each protected span, where their placeholders stand.

        None where a placeholder is missing, doubled or stray. Spaces that the model lost or added inside and around
        a placeholder are mended; articles and capitals are the model's.

        Raises:
            ValueError: as many forms as protected spans are needed.
        """
        if len(forms) != len(protected.spans):
            raise ValueError(f"{len(protected.spans)} protected spans need as many forms, not {len(forms)}")
        marks = self.find_lookalikes(target)
        numbers = [self._number(target[mark.start : mark.end]) for mark in marks]
        gaps = _gaps(target, marks)
        brackets = sum(map(_count_brackets, _gaps(protected.source, protected.spans)))
        if sorted(numbers) != list(range(len(forms))) or sum(map(_count_brackets, gaps)) > brackets:
            return None
        ends = [None, *((protected.spans[number], forms[number]) for number in numbers), None]
        text = ""
        ranges = dict.fromkeys(range(len(forms)), (0, 0))
        for place, (before, after) in enumerate(pairwise(ends)):
            gap = _mended(gaps[place], protected.source, before and before[0], after and after[0])
            text += _undoubled(gap, protected.source, before, after)
            if after:
                ranges[numbers[place]] = (len(text), len(text) + len(after[1]))
                text += after[1]
        return Restored(text, tuple(ranges.values()))

    def _number(self, mark: str) -> int:
        """Which shape a mark is, whatever its spacing and case; as many as there are shapes where it is none."""
        shapes = [_bare(shape) for shape in self.shapes]
        return shapes.index(_bare(mark)) if _bare(mark) in shapes else len(shapes)


def _priority(span: Span) -> tuple[int, int, int]:
    return _PRIORITY[span.kind], span.start - span.end, span.start


def _united(spans: Iterable[Span]) -> list[Span]:
    """Spans that are not empty, overlapping keep spans made one."""
    united: list[Span] = []
    for span in sorted(spans, key=lambda span: (_PRIORITY[span.kind], span.start, -span.end)):
        previous = united[-1] if united else None
        if span.start == span.end:
            continue
        if previous is not None and previous.kind == span.kind == "keep" and span.start < previous.end:
            united[-1] = replace(previous, end=max(previous.end, span.end))
        else:
            united.append(span)
    return united


@cache
def _pattern(shapes: tuple[str, ...]) -> re.Pattern[str]:
    """Any of the shapes, in any case, with spaces between any of its characters; ``X1`` is not found in ``X12``."""
    spaced = [
        r"\s*".join(map(re.escape, _bare(shape))) + (r"(?!\d)" if shape[-1].isdigit() else "") for shape in shapes
    ]
    return re.compile("|".join(spaced), re.IGNORECASE)


def _bare(mark: str) -> str:
    return "".join(mark.split()).casefold()


def _keep(match: re.Match[str]) -> Span:
    return Span(match.start(), match.end(), "keep", "placeholder")


def _gaps(text: str, spans: Sequence[Span]) -> list[str]:
    """What stands before, between and after disjoint spans: one more than there are spans."""
    starts = [0, *(span.end for span in spans)]
    ends = [*(span.start for span in spans), len(text)]
    return [text[start:end] for start, end in zip(starts, ends, strict=True)]


def _count_brackets(text: str) -> int:
    return text.count("⟦") + text.count("⟧")


def _set_apart(gap: str, *, last: bool) -> str:
    """The gap after a placeholder, and before another unless it is the last."""
    if not gap and not last:
        return " "
    return (" " if gap[:1].isalnum() else "") + gap + (" " if gap[-1:].isalnum() and not last else "")


def _mended(gap: str, source: str, before: Span | None, after: Span | None) -> str:
    """The gap between the forms of two spans, or beside one: with the spaces that words need or the source lacked."""
    if before and after and not gap.strip():
        return "" if before.end == after.start else " "
    if after and gap:
        word = _word_before(source, after.start)
        if word and gap[-1].isspace() and _word_before(gap, len(gap) - 1) == word:
            gap = gap[:-1]
        elif (gap[-1].isalnum() and not word) or (
            gap[-1] in _CLOSING and source[after.start - 1 : after.start].isspace()
        ):
            gap += " "
    if before and gap:
        word = _word_after(source, before.end)
        if word and gap[0].isspace() and _word_after(gap, 1) == word:
            gap = gap[1:]
        elif (gap[0].isalnum() and not word and not _PLURAL.match(gap)) or (
            gap[0] in _OPENING and source[before.end : before.end + 1].isspace()
        ):
            gap = " " + gap
    return gap


def _undoubled(gap: str, source: str, before: tuple[Span, str] | None, after: tuple[Span, str] | None) -> str:
    """The gap without what the form of a span beside it says already: a sign, a stop, a unit, a first or last word."""
    if after and gap:
        span, form = after
        if form[0] in _SIGNS:
            gap = _SIGN_BEFORE.sub("", gap)
        elif span.label == "DATE" and form[0].isalpha():
            gap = _ARTICLE_BEFORE.sub("", gap)
        word = _word_after(form, 0)
        if (
            len(word) > 1
            and gap.endswith(f"{word} ")
            and _word_before(source, len(source[: span.start].rstrip())) != word
        ):
            cut = len(gap) - len(word) - 1
            gap = gap[:cut] if not gap[:cut][-1:].isalnum() else gap
    if before and gap:
        span, form = before
        if form[-1] == "." and gap[0] == "." and not gap.startswith(".."):
            return gap[1:]
        for ending, doubled in _DOUBLED_AFTER:
            if ending.search(form):
                gap = doubled.sub("", gap)
    return gap


def _word_before(text: str, end: int) -> str:
    start = end
    while start > 0 and text[start - 1].isalnum():
        start -= 1
    return text[start:end]


def _word_after(text: str, start: int) -> str:
    end = start
    while end < len(text) and text[end].isalnum():
        end += 1
    return text[start:end]
