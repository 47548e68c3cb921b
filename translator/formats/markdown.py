"""Markdown: a CommonMark parser finds the paragraphs; only their words are written anew."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from markdown_it import MarkdownIt
from markdown_it.token import Token

from translator.document import Mark, MarkedText
from translator.formats.encoding import decode
from translator.formats.template import Selection, Template
from translator.markup import Markup, weave

_FRONT_MATTER = re.compile(r"\A(?:---|\+\+\+)[ \t]*\n.*?\n(?:---|\+\+\+|\.\.\.)[ \t]*(?:\n|\Z)", re.DOTALL)
_LEFT_ALONE = re.compile(
    r"\[\^[^\]\s]+\](?::\s)?|^\[[ xX]\](?=\s)|\{\{.*?\}\}|\{%.*?%\}|\$\$?[^$\s](?:[^$\n]*[^$\s])?\$\$?(?!\w)"
)
_SPECIAL = re.compile(r"[\\`*\[\]<]|(?<![^\W_])_|_(?![^\W_])|~(?=~)|&(?=#?\w+;)")
_LINE_START = re.compile(r"\A(?:([#+>=-])|(\d{1,9})([.)])(?=\s))")
_OPEN = frozenset({"em_open", "strong_open", "s_open", "link_open"})


@dataclass(frozen=True, slots=True)
class _Tag:
    """What a mark writes; without a closing string the opening one is all."""

    opening: str
    closing: str
    parent: int


@dataclass(frozen=True, slots=True)
class _Paragraph:
    """``text[start:end]`` holds the inline content; `tags` has one entry for each mark, by key."""

    start: int
    end: int
    marked: MarkedText
    tags: tuple[_Tag, ...]
    in_table: bool


def read(data: bytes, selection: Selection) -> Template:
    """Front matter, code, reference definitions and link targets stay. Raises: EncodingError."""
    text, encoding = decode(data, selection.encoding)
    parser = MarkdownIt("commonmark").enable(["table", "strikethrough"])
    front = _FRONT_MATTER.match(text)
    offset = front.end() if front else 0
    # Lines as the parser counts them: a carriage return before the newline belongs to the line.
    starts = [offset]
    starts += [offset + match.end() for match in re.finditer(r"\r\n|\r|\n", text[offset:])]
    starts.append(len(text))
    parts: list[_Paragraph | tuple[int, int, Markup]] = []
    cursor: dict[int, int] = {}
    in_table = 0
    for token in parser.parse(text[offset:]):
        in_table += token.nesting if token.type in ("table_open", "table_close") else 0
        if token.map is None:
            continue
        first, last = token.map
        if token.type == "html_block":
            start, end = starts[first], starts[min(last, len(starts) - 1)]
            parts.append((start, end, Markup.parse(text[start:end], attributes=selection.attributes)))
        elif token.type == "inline":
            place = _place(text, token.content.split("\n"), starts, first, cursor)
            if place:
                paragraph = _paragraph(token, *place, in_table > 0)
                parts += [paragraph] if any(c.isalnum() for c in paragraph.marked.text) else []
    texts: list[MarkedText] = []
    for part in parts:
        texts += [part.marked] if isinstance(part, _Paragraph) else part[2].texts

    def fill(results: Sequence[MarkedText]) -> bytes:
        pieces: list[str] = []
        position = used = 0
        for part in parts:
            if isinstance(part, _Paragraph):
                start, end, count = part.start, part.end, 1
                written = _write(part, results[used]).replace("\n", "\r\n" if "\r\n" in text else "\n")
                new = text[start:end] if results[used] == part.marked else written
            else:
                start, end, count = part[0], part[1], len(part[2].texts)
                new = part[2].render(results[used : used + count])
            used += count
            pieces += [text[position:start], new]
            position = end
        return encoding.encode("".join([*pieces, text[position:]]))

    return Template(tuple(texts), fill, "join")


def _place(
    text: str, lines: Sequence[str], starts: Sequence[int], first: int, cursor: dict[int, int]
) -> tuple[int, int] | None:
    """Where the lines of a paragraph stand in the text, markers of lists and quotes aside; None where there is none."""
    start = end = -1
    for number, line in enumerate(lines, first):
        if number + 1 >= len(starts):
            return None
        begin = max(starts[number], cursor.get(number, 0))
        found = text.find(line, begin, starts[number + 1])
        if found < 0:  # a table cell: the parser takes the backslash from its bars
            line = line.replace("|", "\\|")
            found = text.find(line, begin, starts[number + 1])
        if found < 0:
            return None
        start = found if start < 0 else start
        end = cursor[number] = found + len(line)
    return start, end


def _paragraph(token: Token, start: int, end: int, in_table: bool) -> _Paragraph:
    """The marks of an inline token."""
    text = ""
    edges: list[list[int]] = []
    kept: set[int] = set()
    tags: list[_Tag] = []
    stack: list[int] = [-1]

    def mark(opening: str, closing: str = "", content: str = "") -> None:
        nonlocal text
        edges.append([len(text), len(text) + len(content)])
        tags.append(_Tag(opening, closing, stack[-1]))
        if content:
            kept.add(len(tags) - 1)
            text += content

    def close_html(tag: str) -> bool:
        """Whether a tag closes an open one of its level, which then is a mark like any other."""
        name = re.match(r"</([A-Za-z][\w-]*)", tag)
        for key in range(len(tags) - 1, -1, -1):
            if name is None:
                break
            if (
                tags[key].parent == stack[-1]
                and not tags[key].closing
                and re.match(rf"<{name[1]}\b", tags[key].opening)
            ):
                tags[key] = _Tag(tags[key].opening, tag, stack[-1])
                edges[key][1] = len(text)
                for inner in range(key + 1, len(tags)):
                    if tags[inner].parent == stack[-1]:
                        tags[inner] = _Tag(tags[inner].opening, tags[inner].closing, key)
                return True
        return False

    children = iter(token.children or ())
    for child in children:
        if child.type in ("text", "text_special", "softbreak"):
            content = " " if child.type == "softbreak" else child.content
            position = 0
            for match in _LEFT_ALONE.finditer(content):
                text += content[position : match.start()]
                mark(match[0], content=match[0])
                position = match.end()
            text += content[position:]
        elif child.type == "link_open" and child.markup == "autolink":
            address = next(children).content
            next(children)
            mark(f"<{address}>", content=address)
        elif child.type in _OPEN:
            is_link = child.type == "link_open"
            mark("[" if is_link else child.markup, f"]({_target(child, 'href')})" if is_link else child.markup)
            stack.append(len(tags) - 1)
        elif child.nesting < 0:
            edges[stack.pop()][1] = len(text)
        elif child.type == "code_inline":
            pad = " " if "`" in (child.content[:1], child.content[-1:]) else ""
            mark(f"{child.markup}{pad}{child.content}{pad}{child.markup}", content=child.content)
        elif child.type == "image":
            mark(f"![{child.content}]({_target(child, 'src')})")
        elif child.type == "hardbreak":
            mark("\\\n")
            text = text.rstrip(" ") + " "
        elif not close_html(child.content):
            mark(child.content)
    marks = (Mark(first, last, key, key in kept) for key, (first, last) in enumerate(edges))
    return _Paragraph(start, end, MarkedText(text, tuple(marks)), tuple(tags), in_table)


def _target(token: Token, attribute: str) -> str:
    """A link's destination and title as they are written in parentheses."""
    target, title = str(token.attrGet(attribute)), token.attrGet("title")
    target = f"<{target}>" if not target or re.search(r"[\s()<>]", target) else target
    return target + (' "' + str(title).replace("\\", "\\\\").replace('"', '\\"') + '"' if title else "")


def _write(paragraph: _Paragraph, result: MarkedText) -> str:
    """A translated paragraph in one line, but for its hard breaks."""
    tags = paragraph.tags
    stretches = {mark.key for mark in paragraph.marked.marks if not tags[mark.key].closing}
    # Emphasis of nothing would be read as characters.
    hollow = {m.key for m in result.marks if m.start == m.end and m.key not in stretches and tags[m.key].opening != "["}
    parts: list[str] = []
    for step in weave(result, {mark.key: tags[mark.key].parent for mark in paragraph.marked.marks}, stretches):
        if step.kind == "text":
            parts.append(_escape(step.text, paragraph.in_table))
        elif step.key not in hollow:
            parts.append(tags[step.key].closing if step.kind == "close" else tags[step.key].opening)
    if parts and not result.text.startswith(paragraph.marked.text[:1]) and not result.marks[:1]:
        parts[0] = _LINE_START.sub(lambda m: f"\\{m[1]}" if m[1] else f"{m[2]}\\{m[3]}", parts[0])
    return re.sub(r" *\\\n *", "\\\\\n", "".join(parts))


def _escape(text: str, in_table: bool) -> str:
    text = _SPECIAL.sub(lambda match: "&amp;" if match[0] == "&" else "\\" + match[0], text)
    return text.replace("|", "\\|") if in_table else text
