"""JSON: strings at the chosen paths are replaced in place, so that layout and numbers stay byte for byte."""

import json
import re
from collections.abc import Iterator, Sequence

from translator.document import MarkedText
from translator.errors import DocumentError, InputError
from translator.formats.encoding import decode
from translator.formats.template import Selection, Template

_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|[{}\[\],:]|[^\s{}\[\],:"]+')
_STEP = re.compile(r"\.\.|\.?\*|\[\*\]|\[(\d+)\]|\.?([^.\[\]*]+)|\[[\"']([^\"']+)[\"']\]")


def read(data: bytes, selection: Selection) -> Template:
    """Raises: EncodingError, DocumentError for bad JSON (line and column), InputError for a bad path."""
    text, encoding = decode(data, selection.encoding)
    patterns = [_pattern(path) for path in selection.paths]
    ascii_only = text.isascii()
    try:
        json.loads(text)
    except json.JSONDecodeError as error:
        raise DocumentError(f"bad JSON, line {error.lineno}, column {error.colno}: {error.msg}") from error
    except RecursionError as error:
        raise DocumentError("the JSON is nested too deep") from error
    places: list[tuple[int, int, str]] = []
    for path, start, end in strings(text):
        value = json.loads(text[start:end])
        if any(c.isalnum() for c in value) and (not patterns or any(pattern.fullmatch(path) for pattern in patterns)):
            places.append((start, end, value))

    def fill(results: Sequence[MarkedText]) -> bytes:
        parts: list[str] = []
        position = 0
        for (start, end, value), result in zip(places, results, strict=True):
            new = text[start:end] if result.text == value else json.dumps(result.text, ensure_ascii=ascii_only)
            parts += [text[position:start], new]
            position = end
        return encoding.encode("".join([*parts, text[position:]]))

    return Template(tuple(MarkedText(value) for _, _, value in places), fill)


def strings(text: str) -> Iterator[tuple[str, int, int]]:
    """The string values of valid JSON with their paths, as ``.items[0].title``; keys have `/` and dots as they are."""
    stack: list[list[object]] = []  # [key or index, path of the container]
    path, key_next = "", False
    for match in _TOKEN.finditer(text):
        mark = match[0]
        if mark in "{[":
            stack.append([0 if mark == "[" else None, path])
            key_next = mark == "{"
            path = f"{path}[0]" if mark == "[" else path
        elif mark in "}]":
            path = str(stack.pop()[1])
            key_next = False
        elif mark == ",":
            top = stack[-1]
            if isinstance(top[0], int):
                top[0] += 1
                path = f"{top[1]}[{top[0]}]"
            key_next = top[0] is None
        elif mark.startswith('"'):
            if key_next:
                path = f"{stack[-1][1]}.{json.loads(mark)}"
                key_next = False
            else:
                yield path, match.start(), match.end()


def _pattern(path: str) -> re.Pattern[str]:
    """A path as a pattern over the paths of `strings`: ``$.a.b``, ``a[*].b``, ``..name``, ``['a b']``."""
    rest = path.strip().removeprefix("$")
    parts: list[str] = []
    position = 0
    while position < len(rest):
        match = _STEP.match(rest, position)
        if match is None:
            raise InputError(f"bad JSON path {path!r} at character {position + 1}; write it as $.items[*].title")
        step = match[0]
        if step == "..":
            parts.append(r"(?:.*)")
            name = _STEP.match(rest, match.end())
            if name and name[2] and not rest.startswith(".", match.end()):
                parts.append(re.escape("." + name[2]))
                position = name.end()
                continue
        elif step == "[*]":
            parts.append(r"\[\d+\]")
        elif step.endswith("*"):
            parts.append(r"(?:\.[^.\[\]]*|\[\d+\])")
        elif match[1] is not None:
            parts.append(rf"\[{match[1]}\]")
        else:
            parts.append(re.escape("." + (match[2] or match[3])))
        position = match.end()
    return re.compile("".join(parts), re.DOTALL)
