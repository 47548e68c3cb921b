"""SRT and WebVTT: cues are found by their timing lines, and nothing but their words is written anew."""

import itertools
import re
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass

from translator.document import MarkedText
from translator.errors import DocumentError
from translator.formats.encoding import decode
from translator.formats.template import Selection, Template
from translator.markup import Markup, Rules

_TIMING = re.compile(
    r"^[ \t]*(?:\d+:)?\d{1,2}:\d{2}[,.]\d{1,3}[ \t]*-->[ \t]*(?:\d+:)?\d{1,2}:\d{2}[,.]\d{1,3}[^\r\n]*(?=[\r\n]|\Z)",
    re.MULTILINE,
)
_LINE_END = re.compile(r"\r\n|\r|\n")
_BLANK = re.compile(r"(?:\r\n|\r|\n)[ \t]*(?:\r\n|\r|\n)|(?:\r\n|\r|\n)?[ \t\r\n]*\Z")
_DIALOGUE = re.compile(r"^\s*[-–—]\s")
_OVERRIDE = re.compile(r"\{\\[^}]*\}")
_TAG = re.compile(r"(<[^<>]*>|\{\\[^}]*\})")
_TAGS = Rules(xml=False)


@dataclass(frozen=True, slots=True)
class _Cue:
    """``text[start:end]`` is a cue, or one speaker's line of it, of as many lines as it had."""

    start: int
    end: int
    markup: Markup
    lines: int
    ending: str
    prefix: str


def read(data: bytes, selection: Selection) -> Template:
    """Subtitles, one text a cue (one a line where each line is another speaker's).

    Raises:
        EncodingError: as `decode`.
        DocumentError: no timing line.
    """
    text, encoding = decode(data, selection.encoding)
    cues: list[_Cue] = []
    timings = list(_TIMING.finditer(text))
    if not timings and text.strip() and not text.startswith("WEBVTT"):
        raise DocumentError("no timing line such as 00:00:01,000 --> 00:00:02,500; is this a subtitle file?")
    for timing in timings:
        start = timing.end()
        line_end = _LINE_END.match(text, start)
        if line_end is None:
            continue
        end_match = _BLANK.search(text, start)
        cues += _cues(text, line_end.end(), max(line_end.end(), end_match.start() if end_match else len(text)))
    texts = tuple(marked for cue in cues for marked in cue.markup.texts)

    def fill(results: Sequence[MarkedText]) -> bytes:
        parts: list[str] = []
        position = used = 0
        for cue in cues:
            count = len(cue.markup.texts)
            own = results[used : used + count]
            used += count
            parts.append(text[position : cue.start])
            unchanged = tuple(own) == cue.markup.texts
            parts.append(text[cue.start : cue.end] if unchanged else cue.prefix + _wrap(cue.markup.render(own), cue))
            position = cue.end
        return encoding.encode("".join([*parts, text[position:]]))

    return Template(texts, fill, "join")


def _cues(text: str, start: int, end: int) -> list[_Cue]:
    """The texts of one cue."""
    lines: list[tuple[int, int]] = []
    position = start
    for match in _LINE_END.finditer(text, start, end):
        lines.append((position, match.start()))
        position = match.end()
    if position < end:
        lines.append((position, end))
    ending = next((m[0] for m in [_LINE_END.search(text, start, end)] if m), "\n")
    speakers = [_DIALOGUE.match(text[first:last]) for first, last in lines]
    if len(lines) > 1 and all(speakers):
        return [_cue(text, first, last, 1, ending) for first, last in lines]
    return [_cue(text, lines[0][0], lines[-1][1], len(lines), ending)] if lines else []


def _cue(text: str, start: int, end: int, lines: int, ending: str) -> _Cue:
    content = text[start:end]
    prefix = re.match(r"\s*(?:\{\\[^}]*\}\s*)*(?:[-–—]\s+)?", content)
    skipped = prefix.end() if prefix else 0
    # An override such as {\\i1} is a tag of another language: as a comment it travels as a point.
    shielded = _OVERRIDE.sub(lambda match: f"<!--{match[0]}-->", content[skipped:])
    return _Cue(start, end, Markup.parse(shielded, _TAGS), lines, ending, content[:skipped])


def _wrap(rendered: str, cue: _Cue) -> str:
    """The text in as many lines as the cue had, as even as words allow; tags have no width."""
    text = re.sub(r"<!--(\{\\[^}]*\})-->", r"\1", rendered)
    pieces = _TAG.split(" ".join(text.split()))  # words and tags in turn
    plain = "".join(pieces[::2])
    width = max(1, -(-len(plain) // cue.lines))
    while len(lines := textwrap.wrap(plain, width, break_long_words=False, break_on_hyphens=False)) > cue.lines:
        width += 1
    ends = set(itertools.accumulate((len(line) + 1 for line in lines[:-1]), initial=-1)) - {-1}
    position = -1
    for index in range(0, len(pieces), 2):
        letters = list(pieces[index])
        for at, letter in enumerate(letters):
            position += 1
            if position in ends and letter == " ":
                letters[at] = cue.ending
        pieces[index] = "".join(letters)
    return "".join(pieces)
