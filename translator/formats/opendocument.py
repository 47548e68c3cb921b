"""OpenDocument texts, presentations and spreadsheets: paragraphs are markup, all other parts stay as they are."""

from collections.abc import Sequence

from translator.document import MarkedText
from translator.errors import DocumentError, InputError
from translator.formats.archive import Archive
from translator.formats.refusal import reason
from translator.formats.template import Selection, Template
from translator.markup import Markup, Rules

PARTS = ("content.xml", "styles.xml")
RULES = Rules(
    xml=True,
    block=frozenset({"text:p", "text:h", "text:tab", "text:soft-page-break"}),
    only=frozenset({"text:p", "text:h"}),
    opaque=frozenset(
        [
            "text:tracked-changes",
            "text:note-citation",
            "text:page-number",
            "text:page-count",
            "text:date",
            "text:time",
            "text:sequence",
            "text:bookmark-ref",
            "text:reference-ref",
            "text:chapter",
            "text:file-name",
            "text:title",
            "text:variable-get",
            "text:user-field-get",
            "text:bibliography-mark",
            "text:author-name",
            "math:math",
        ]
    ),
    islands=frozenset({"text:note", "office:annotation", "draw:frame", "draw:custom-shape", "text:ruby"}),
    breaks=frozenset({"text:line-break"}),
)
_ENCRYPTION = b"manifest:encryption-data"


def read(data: bytes, _: Selection) -> Template:
    """Body, headers, footers, notes, comments, frames.

    Raises:
        DocumentError: not an OpenDocument file, damaged or encrypted.
    """
    archive = Archive.open(data, "OpenDocument file")
    if "META-INF/manifest.xml" in archive.names and _ENCRYPTION in archive.read("META-INF/manifest.xml"):
        raise DocumentError("the OpenDocument file is encrypted; save it without a password")
    if "content.xml" not in archive.names:
        raise DocumentError("not an OpenDocument file: it has no content.xml")
    parts = [(name, _parse(archive, name)) for name in PARTS if name in archive.names]

    def fill(results: Sequence[MarkedText]) -> bytes:
        members: dict[str, bytes] = {}
        used = 0
        for name, markup in parts:
            own = results[used : used + len(markup.texts)]
            used += len(own)
            if tuple(own) != markup.texts:
                members[name] = markup.render(own).encode("utf-8", "surrogatepass")
        return archive.replaced(members)

    return Template(tuple(text for _, markup in parts for text in markup.texts), fill, "join")


def _parse(archive: Archive, name: str) -> Markup:
    try:
        return Markup.parse(archive.read(name).decode("utf-8"), RULES)
    except (UnicodeDecodeError, InputError) as error:
        raise DocumentError(f"{name} in the OpenDocument file is damaged: {reason(error)}") from error
