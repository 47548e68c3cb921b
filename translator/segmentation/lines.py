"""Lines made into blocks: a block is a stretch of text whose line breaks, if any, are only blanks.

Every break that `str.splitlines` knows is a break here. A block begins after its list marker.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from translator.document import Lines
from translator.segmentation.assembly import BLANK, Offsets

MIN_WRAP_COLUMNS, MAX_WRAP_COLUMNS = 50, 130
"""Text wrapped by a program is this wide; verse and lists are mostly narrower, paragraphs of one line wider."""

_BREAK = r"\r\n|[\n\r\v\f\x1c\x1d\x1e\x85\u2028\u2029]"
_LINE = re.compile(rf"([^\n\r\v\f\x1c\x1d\x1e\x85\u2028\u2029]*+)({_BREAK}|\Z)")
_PARAGRAPH_BREAKS = frozenset("\f\u2029")
_LEADING = re.compile(rf"[{BLANK}]*+")
_TRAILING = re.compile(rf"[^{BLANK}]")
_MARKER = re.compile(
    rf"(?:[-–—•◦▪‣·*●○■□►▶➢✓]|\#{{1,6}}|>++|\(?\d{{1,3}}(?:\.\d{{1,3}})*+[.)]|\(?[a-z]\))[{BLANK}]++(?=[^{BLANK}])"
)
_WORD = re.compile(rf"[^{BLANK}]++")


@dataclass(frozen=True, slots=True)
class _Line:
    """A line that shows something; `start` and `end` leave its outer blanks out, `columns` counts its indentation."""

    start: int
    end: int
    columns: int


def inner(text: str) -> list[Offsets]:
    """All of the text but its outer blanks: one span, or none where it is blank."""
    line = _trimmed(text, 0, len(text))
    return [(line.start, line.end)] if line else []


def blocks(text: str, lines: Lines) -> Iterator[Offsets]:
    """The blocks of the text, in order."""
    paragraphs = list(_paragraphs(text))
    widths = [_wrap_columns(text, paragraph) for paragraph in paragraphs] if lines == "auto" else []
    widest = max(widths, default=0)
    for index, paragraph in enumerate(paragraphs):
        first = paragraph[0]
        for line, following in zip(paragraph, [*paragraph[1:], None], strict=True):
            if following and (
                lines == "join"
                or (lines == "auto" and widest and _is_full(text, line, following, widths[index] or widest))
            ):
                continue
            yield _after_marker(text, first.start, line.end), line.end
            first = following or first


def _paragraphs(text: str) -> Iterator[list[_Line]]:
    """Runs of lines without a blank line, form feed or paragraph separator between them."""
    paragraph: list[_Line] = []
    for match in _LINE.finditer(text):
        line = _trimmed(text, match.start(), match.end(1))
        if line:
            paragraph.append(line)
        if paragraph and (not line or match[2] in _PARAGRAPH_BREAKS):
            yield paragraph
            paragraph = []
    if paragraph:
        yield paragraph


def _trimmed(text: str, start: int, end: int) -> _Line | None:
    leading = _LEADING.match(text, start, end)
    first = leading.end() if leading else start
    if first == end:
        return None
    last = len(text[first:end].rstrip())
    while last and not _TRAILING.match(text, first + last - 1):
        last -= 1
    return _Line(first, first + last, first + last - start)


def _after_marker(text: str, start: int, end: int) -> int:
    marker = _MARKER.match(text, start, end)
    return marker.end() if marker else start


def _is_full(text: str, line: _Line, following: _Line, columns: int) -> bool:
    """Whether the first word of the following line had no room on this one: the mark of a break made by a program."""
    word = _WORD.match(text, following.start, following.end)
    room = columns - line.columns - 1
    return word is not None and len(word[0]) > room and not _MARKER.match(text, following.start, following.end)


def _wrap_columns(text: str, paragraph: list[_Line]) -> int:
    """The width that the paragraph is wrapped to, or 0: most breaks are at the width and inside a sentence.

    A sentence goes on where the line ends without a mark and the next one does not begin with a capital, as verse does.
    """
    columns = max(line.columns for line in paragraph)
    if len(paragraph) == 1 or not MIN_WRAP_COLUMNS <= columns <= MAX_WRAP_COLUMNS:
        return 0
    pairs = list(pairwise(paragraph))
    full = [pair for pair in pairs if _is_full(text, *pair, columns)]
    flowing = [pair for pair in full if text[pair[0].end - 1] not in ".!?…:;" and not text[pair[1].start].isupper()]
    return columns if 2 * len(full) > len(pairs) and 2 * len(flowing) > len(full) else 0
