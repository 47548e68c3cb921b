"""English typography for what a model writes in plain characters: quotes, apostrophes, spaces, French-style numbers.

The source decides what is done, so nothing is beautified that its author left plain. No letter and no digit is ever
touched, protected ranges, addresses and code are left alone, and a second pass changes nothing.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

_SPACES = " \u00a0\u202f\u2009"
_OPENING, _CLOSING = "«“„‹", "»”›"
_MARK = re.compile('[“„‹”›"]|(?<!«)«(?!«)|(?<!»)»(?!»)')  # a row of guillemets is an ornament
_BEFORE_OPENING = "([{—–-/“‘«‹"
_ENDING = ".,;:!?)]}…”’»›"
_AFTER_CLOSING = _ENDING + "—–-/"
# A space goes only where something ends on both its sides: « :) » and « .fr » keep theirs.
_SPACED_PUNCTUATION = re.compile(
    rf"""(?<=[\w)\]"”’'»›`%€$£°…!?.,;:])[{_SPACES}]+(?=[?!]+(?:[\s"”’»›)\]]|$)|[:;,](?:[\s"”’»›]|$)|\.(?:[\s"”’»›)\]]|$))"""
    rf"""|(?<=\d)[{_SPACES}]+(?=%(?!\w))"""
)
_APOSTROPHE = re.compile(r"(?<=\w)'(?=[^\W\d_])")
_FINAL_APOSTROPHE = re.compile(r"(?<=s)'(?!\w)")
_SINGLE_QUOTE = re.compile(r"(?<!\w)'")
_NUMBER = re.compile(
    rf"(?<![\w.,+/-])(?<!\d[{_SPACES}])(?:[1-9]\d{{0,2}}(?:[{_SPACES}]\d{{3}})+|\d+)(?:,\d+)?(?![\w/]|[.,{_SPACES}]\d)"
)
_GROUP_DIGITS, _THOUSAND = 3, 1000
_ADDRESS_MARKS = ("://", "@", "www.")
_CHUNK = re.compile(r"\S+")
_AROUND_ADDRESS = "\"'()[]<>«»“”‘’,;:!?."
_CODE = re.compile("`[^`]+`")


class _Edit(NamedTuple):
    start: int
    end: int
    replacement: str


@dataclass(frozen=True, slots=True)
class _Quotation:
    """What the source's quotes say: the side of each in order, the state they begin and end with, whether they nest."""

    opening: tuple[bool, ...]
    inside: bool
    opened: bool
    nested: bool


def polish(
    target: str, source: str, *, protected: Sequence[tuple[int, int]] = (), opened: bool = False
) -> tuple[str, list[int], bool]:
    """The target of one segment in English typography.

    `protected` are half-open ranges of the target that stay as they are. `opened` says that a quote of an earlier
    segment is still open. Returns the polished text, the polished offset of each offset of the target (its end
    included), and `opened` for the next segment.
    """
    quotation = _quotation(source, opened=opened)
    frozen = sorted([*protected, *_addresses(target), *(match.span() for match in _CODE.finditer(target))])
    edits = [*_space_edits(target, frozen), *_number_edits(target, source), *_quote_edits(target, quotation, frozen)]
    if "’" in source:
        edits += _apostrophe_edits(target)
    text, offsets = _applied(target, sorted(edits), frozen)
    return text, offsets, quotation.opened


def _quotation(source: str, *, opened: bool) -> _Quotation:
    marks = [mark for mark in _MARK.findall(source) if mark != '"']
    depth = lowest = highest = 0
    for mark in marks:
        depth += 1 if mark in _OPENING else -1
        lowest, highest = min(lowest, depth), max(highest, depth)
    # A quote that nothing here closes may be a stale one, or open anew in each paragraph: then it does not nest.
    inside = opened and (lowest < 0 or not marks)
    still_open = inside + depth > 0 or (opened and lowest == 0 and "«" not in marks)
    return _Quotation(tuple(mark in _OPENING for mark in marks), inside, still_open, highest + inside > 1)


def _quote_edits(text: str, quotation: _Quotation, frozen: Sequence[tuple[int, int]]) -> Iterator[_Edit]:
    marks = [match for match in _MARK.finditer(text) if not _overlaps(frozen, *match.span())]
    as_source = len(marks) == len(quotation.opening)
    closers = ["”"] if quotation.inside else []
    for index, match in enumerate(marks):
        mark, place = match.group(), match.start()
        inches = not closers and text[place - 1 : place].isdigit()
        if mark == '"' and (inches or not quotation.opening):
            continue
        opens = _opens(text, place)
        if opens is None:
            opens = quotation.opening[index] if as_source else not closers
        if opens:
            single = mark == "‹" or (mark != "“" and bool(closers) and quotation.nested)
            closers.append("’" if single else "”")
            replacement = "‘" if single else "“"
        elif mark == "›" and closers[-1:] != ["’"]:
            continue  # it closes nothing: an arrow
        else:
            while mark == "”" and closers[-1:] == ["’"]:
                closers.pop()
            replacement = closers.pop() if closers else "”"
        if mark not in "“”":
            yield _with_spaces(text, place, replacement, opens=opens, straight=mark == '"')


def _opens(text: str, place: int) -> bool | None:
    """Whether a quote opens, by itself or by its neighbours; None where neither tells."""
    mark, before, after = text[place], text[place - 1 : place] if place else "", text[place + 1 : place + 2]
    if mark != '"':
        return mark in _OPENING
    may_open = (not before.strip() or before in _BEFORE_OPENING) and bool(after.strip()) and after not in _ENDING
    may_close = (not after.strip() or after in _AFTER_CLOSING) and bool(before.strip())
    return None if may_open == may_close else may_open


def _with_spaces(text: str, place: int, replacement: str, *, opens: bool, straight: bool) -> _Edit:
    """The edit of a quote; inside it French spaces go, and those beside a straight quote that stands between two."""
    start, end = place, place + 1
    between = not text[place - 1 : place].strip() and not text[place + 1 : place + 2].strip()
    if not straight or between:
        while opens and end < len(text) and text[end] in _SPACES:
            end += 1
        while not opens and start > 0 and text[start - 1] in _SPACES:
            start -= 1
    return _Edit(start, end, replacement)


def _apostrophe_edits(text: str) -> Iterator[_Edit]:
    yield from (_Edit(*match.span(), "’") for match in _APOSTROPHE.finditer(text))
    if not _SINGLE_QUOTE.search(text):  # else the last one may close a quotation
        yield from (_Edit(*match.span(), "’") for match in _FINAL_APOSTROPHE.finditer(text))


def _space_edits(text: str, frozen: Sequence[tuple[int, int]]) -> Iterator[_Edit]:
    addresses = {end for start, end in frozen if _is_address(text[start:end])}
    for match in _SPACED_PUNCTUATION.finditer(text):
        if match.start() not in addresses:  # punctuation would become a part of the address
            yield _Edit(*match.span(), "")


def _number_edits(text: str, source: str) -> Iterator[_Edit]:
    """Numbers of the source that came through in its style: « 1 234,5 » gets a comma and a point.

    « 1,234 » stays: French news write thousands like this more often than three decimals.
    """
    if not any(map(str.isdigit, text)):
        return
    written = {_closed_up(match.group()) for match in _NUMBER.finditer(source)}
    for match in _NUMBER.finditer(text):
        number = _closed_up(match.group())
        whole, _, decimals = number.partition(",")
        if number not in written or (len(decimals) == _GROUP_DIGITS and 0 < int(whole) < _THOUSAND):
            continue
        for place, character in enumerate(match.group(), match.start()):
            if not character.isdigit():
                yield _Edit(place, place + 1, "." if character == "," else ",")


def _closed_up(number: str) -> str:
    return "".join(number.split())


def _is_address(text: str) -> bool:
    return any(mark in text for mark in _ADDRESS_MARKS)


def _addresses(text: str) -> Iterator[tuple[int, int]]:
    if not _is_address(text):
        return
    for chunk in _CHUNK.finditer(text):
        if _is_address(chunk.group()):
            start = chunk.end() - len(chunk.group().lstrip(_AROUND_ADDRESS))
            yield start, start + len(chunk.group().strip(_AROUND_ADDRESS))


def _overlaps(ranges: Sequence[tuple[int, int]], start: int, end: int) -> bool:
    return any(first < end and start < last for first, last in ranges)


def _applied(text: str, edits: Sequence[_Edit], frozen: Sequence[tuple[int, int]]) -> tuple[str, list[int]]:
    """The edited text and where each offset went; edits overlap in spaces only, which go once."""
    pieces: list[str] = []
    offsets: list[int] = []
    done = length = 0
    for edit in edits:
        if _overlaps(frozen, edit.start, edit.end) or edit.end <= done:
            continue
        edit = edit._replace(start=max(edit.start, done))
        pieces += text[done : edit.start], edit.replacement
        offsets += range(length, length + edit.start - done)
        length += edit.start - done
        offsets += (length + min(inner, len(edit.replacement)) for inner in range(edit.end - edit.start))
        length += len(edit.replacement)
        done = edit.end
    offsets += range(length, length + len(text) - done + 1)
    return "".join([*pieces, text[done:]]), offsets
