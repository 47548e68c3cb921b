"""What the tags of a language mean for translation: data only."""

from dataclasses import dataclass, field, replace
from typing import Literal

Lines = Literal["auto", "keep", "join"]


@dataclass(frozen=True, slots=True)
class Rules:
    """How elements are treated, by tag name (lower case where the language ignores case).

    Attributes:
        xml: names are case-sensitive, every element is closed, CDATA and the five entities of XML.
        block: always ends a text. With `outline`, an element is also a block unless its parent has text of its own.
        only: where set, text outside these elements is never translated.
        inline: never a block, whatever `outline` says.
        opaque: never translated; inside a sentence the text is still seen by the model, and comes through verbatim.
        islands: stands inside a sentence as one point, and has texts of its own (a footnote).
        points: inside a sentence one point, untouched with all that is in it.
        void: has no closing tag.
        raw: everything up to the closing tag is not markup.
        breaks: a line break.
        raised: without a letter in it, a point (the number of a note): glued to a word it would change the word.
    """

    xml: bool
    block: frozenset[str] = field(default_factory=frozenset)
    outline: bool = False
    only: frozenset[str] | None = None
    inline: frozenset[str] = field(default_factory=frozenset)
    opaque: frozenset[str] = field(default_factory=frozenset)
    islands: frozenset[str] = field(default_factory=frozenset)
    points: frozenset[str] = field(default_factory=frozenset)
    void: frozenset[str] = field(default_factory=frozenset)
    raw: frozenset[str] = field(default_factory=frozenset)
    breaks: frozenset[str] = field(default_factory=frozenset)
    raised: frozenset[str] = field(default_factory=frozenset)


_HTML_BLOCK = frozenset(
    [
        "address",
        "article",
        "aside",
        "blockquote",
        "body",
        "button",
        "caption",
        "center",
        "col",
        "colgroup",
        "datalist",
        "dd",
        "details",
        "dialog",
        "dir",
        "div",
        "dl",
        "dt",
        "fieldset",
        "figcaption",
        "figure",
        "footer",
        "form",
        "frame",
        "frameset",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "head",
        "header",
        "hgroup",
        "hr",
        "html",
        "legend",
        "li",
        "link",
        "main",
        "menu",
        "meta",
        "nav",
        "noscript",
        "ol",
        "optgroup",
        "option",
        "p",
        "pre",
        "section",
        "select",
        "source",
        "summary",
        "table",
        "tbody",
        "td",
        "template",
        "tfoot",
        "th",
        "thead",
        "title",
        "tr",
        "track",
        "ul",
        "base",
        "param",
        "area",
        "map",
        "video",
        "audio",
        "object",
    ]
)
_HTML_OPAQUE = frozenset(
    ["code", "pre", "script", "style", "keep", "kbd", "samp", "textarea", "xmp", "iframe", "noembed", "noframes"]
)
_HTML_POINTS = frozenset(["svg", "math", "canvas", "script", "style", "textarea", "iframe"])
_HTML_VOID = frozenset(
    ["area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "param", "source", "track", "wbr"]
)
_HTML_RAW = frozenset(["script", "style", "textarea", "title", "xmp", "iframe", "noembed", "noframes"])

_HTML_RAISED = frozenset({"sup", "sub"})

HTML = Rules(
    xml=False,
    block=_HTML_BLOCK,
    opaque=_HTML_OPAQUE,
    points=_HTML_POINTS,
    void=_HTML_VOID,
    raw=_HTML_RAW,
    breaks=frozenset({"br"}),
    raised=_HTML_RAISED,
)
XHTML = replace(HTML, xml=True, void=frozenset(), raw=frozenset())
XML = Rules(xml=True, outline=True, opaque=frozenset({"keep"}))
