"""The values that a markup text is taken apart into: a block being collected, its tags, its place in the source."""

import re
from dataclasses import dataclass, field

_SPACES = re.compile(r"[ \t\r\n\f]+")


@dataclass(frozen=True, slots=True)
class Tags:
    """What a mark writes: the ranges of its opening and closing tags; of a point or a kept stretch the first is all.

    A `spaced` point has a space on either side, of which its text has but one; a `tight` one has none at all, for
    which its text has one.
    """

    opening: tuple[int, int]
    closing: tuple[int, int] | None
    parent: int
    spaced: bool = False
    tight: bool = False


@dataclass(frozen=True, slots=True)
class Slot:
    """A range of the text that the result number `index` replaces. `tags` by key; an attribute has a quote instead."""

    start: int
    end: int
    index: int
    tags: tuple[Tags, ...] = ()
    quote: str | None = None


@dataclass(slots=True)
class Draft:
    """A block that is being collected."""

    text: str = ""
    marks: list[list[int]] = field(default_factory=list)
    kept: set[int] = field(default_factory=set)
    tags: list[Tags] = field(default_factory=list)
    open: list[int] = field(default_factory=list)
    start: int = -1
    end: int = -1
    worthwhile: bool = False

    def add(self, text: str) -> None:
        text = _SPACES.sub(" ", text)
        if not self.text or self.text.endswith(" "):
            text = text.removeprefix(" ")
        self.text += text

    def mark(self, opening: tuple[int, int], closing: tuple[int, int] | None) -> int:
        self.tags.append(Tags(opening, closing, self.open[-1] if self.open else -1))
        self.marks.append([len(self.text), len(self.text)])
        return len(self.marks) - 1

    def point(self, start: int, end: int, spaced: bool, tight: bool) -> None:
        self.tags.append(Tags((start, end), None, self.open[-1] if self.open else -1, spaced, tight))
        self.marks.append([len(self.text), len(self.text)])

    def reach(self, start: int, end: int) -> None:
        self.start = start if self.start < 0 else self.start
        self.end = max(self.end, end)
