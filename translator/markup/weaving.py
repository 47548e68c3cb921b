"""A text and its marks as a sequence of steps in which marks always nest, whatever their offsets."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from translator.document import Mark, MarkedText


@dataclass(frozen=True, slots=True)
class Step:
    """Text to write, the start or end of the mark `key`, or a stretch: a mark that is copied with all that is in it."""

    kind: Literal["text", "open", "close", "stretch"]
    key: int
    text: str = ""


def weave(result: MarkedText, parents: Mapping[int, int], stretches: Collection[int]) -> Iterator[Step]:
    """Walk a result. Marks nest as `parents` says (-1 is no parent); an offset outside the parent counts as its edge.

    Raises:
        ValueError: the marks are not those of `parents`.
    """
    if len(result.marks) != len(parents) or {mark.key for mark in result.marks} != parents.keys():
        raise ValueError("the marks of a result must be those of its text")
    children: dict[int, list[Mark]] = {}
    for mark in sorted(result.marks, key=lambda mark: (mark.start, mark.end, mark.key)):
        children.setdefault(parents[mark.key], []).append(mark)
    position = 0
    stack = [(-1, len(result.text), iter(children.get(-1, ())))]
    while stack:
        key, end, rest = stack[-1]
        inner = next(rest, None)
        until = end if inner is None else min(inner.start, end)
        if until > position:
            yield Step("text", key, result.text[position:until])
            position = until
        if inner is None:
            stack.pop()
            if key >= 0:
                yield Step("close", key)
        elif inner.key in stretches:
            upto = max(position, min(inner.end, end))
            yield Step("stretch", inner.key, result.text[position:upto])
            position = upto
        else:
            yield Step("open", inner.key)
            stack.append((inner.key, min(inner.end, end), iter(children.get(inner.key, ()))))
