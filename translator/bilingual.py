"""Source and target side by side, for review: TSV, TMX 1.4 or one HTML page."""

import html
from collections.abc import Callable, Iterable, Iterator
from typing import Final
from xml.sax.saxutils import escape

from translator.document import Segment

_INVALID_XML: Final = {code: "\N{REPLACEMENT CHARACTER}" for code in range(32) if code not in (9, 10, 13)}


def tsv(segments: Iterable[Segment]) -> Iterator[str]:
    """One segment a line: source, target, status. Tabs and line breaks inside a segment become spaces."""
    for segment in segments:
        yield "\t".join(" ".join(field.split()) for field in (segment.source, segment.target, segment.status)) + "\n"


def tmx(segments: Iterable[Segment]) -> Iterator[str]:
    """A TMX 1.4 document, as translation memories import it."""
    yield (
        '<?xml version="1.0" encoding="UTF-8"?>\n<tmx version="1.4">\n'
        '<header creationtool="passerelle" creationtoolversion="1" segtype="sentence" o-tmf="passerelle" '
        'adminlang="en" srclang="fr" datatype="plaintext"/>\n<body>\n'
    )
    for segment in segments:
        source, target = (escape(text.translate(_INVALID_XML)) for text in (segment.source, segment.target))
        yield (f'<tu><tuv xml:lang="fr"><seg>{source}</seg></tuv><tuv xml:lang="en"><seg>{target}</seg></tuv></tu>\n')
    yield "</body>\n</tmx>\n"


def page(segments: Iterable[Segment]) -> Iterator[str]:
    """One HTML page with two columns; lost entities and degenerate segments stand out."""
    yield (
        '<!doctype html>\n<html lang="en"><meta charset="utf-8"><title>French and English</title>\n<style>'
        "body{font:16px/1.5 Georgia,serif;margin:2rem auto;max-width:70rem;padding:0 1rem}"
        "table{border-collapse:collapse;width:100%}td{border-top:1px solid #ccc;padding:.4rem .8rem;vertical-align:top;"
        "width:50%}tr.degenerate td,mark{background:#fde2d0}</style>\n<table>\n"
    )
    for segment in segments:
        lost = [entity.text for entity in segment.entities if entity.status == "lost"]
        note = f" <mark>lost: {html.escape(', '.join(lost))}</mark>" if lost else ""
        yield (
            f'<tr class="{segment.status}"><td lang="fr">{html.escape(segment.source)}'
            f'<td lang="en">{html.escape(segment.target)}{note}\n'
        )
    yield "</table></html>\n"


WRITERS: Final[dict[str, Callable[[Iterable[Segment]], Iterator[str]]]] = {"tsv": tsv, "tmx": tmx, "html": page}
