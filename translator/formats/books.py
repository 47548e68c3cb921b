"""EPUB: chapters, navigation, title and description are translated; pictures, styles and fonts stay as they are."""

import posixpath
import re
from collections.abc import Sequence
from urllib.parse import unquote

from translator.document import MarkedText
from translator.errors import DocumentError, InputError
from translator.formats.archive import Archive, parse_xml
from translator.formats.refusal import reason
from translator.formats.template import Selection, Template
from translator.markup import HTML, XHTML, Markup, Rules

_CONTAINER = "META-INF/container.xml"
_NCX = Rules(xml=True, block=frozenset({"text"}), only=frozenset({"text"}))
_PACKAGE = Rules(
    xml=True, block=frozenset({"dc:title", "dc:description"}), only=frozenset({"dc:title", "dc:description"})
)
_LANGUAGE = re.compile(r"(<dc:language[^>]*>\s*)fr[\w-]*(\s*</dc:language>)")
_RULES = {"application/xhtml+xml": XHTML, "text/html": HTML, "application/x-dtbncx+xml": _NCX}


def read(data: bytes, selection: Selection) -> Template:
    """Raises: DocumentError for what is no EPUB, is damaged or protected."""
    archive = Archive.open(data, "EPUB")
    if _CONTAINER not in archive.names:
        raise DocumentError(f"not an EPUB: it has no {_CONTAINER}")
    package = next(
        (node.get("full-path") for node in parse_xml(archive.read(_CONTAINER), _CONTAINER).iter("{*}rootfile")), None
    )
    if not package:
        raise DocumentError("the EPUB names no package document")
    protected = (
        archive.read("META-INF/encryption.xml").decode("utf-8", "replace")
        if "META-INF/encryption.xml" in (archive.names)
        else ""
    )
    parts: list[tuple[str, Markup, bytes]] = [_part(archive, package, _PACKAGE, selection)]
    for item in parse_xml(archive.read(package), package).iter("{*}item"):
        name = posixpath.normpath(posixpath.join(posixpath.dirname(package), unquote(item.get("href") or "")))
        rules = _RULES.get(item.get("media-type") or "")
        if rules is None or name not in archive.names:
            continue
        if f'"{name}"' in protected:
            raise DocumentError(f"the EPUB is protected: {name} is encrypted")
        parts.append(_part(archive, name, rules, selection))

    def fill(results: Sequence[MarkedText]) -> bytes:
        members: dict[str, bytes] = {}
        used = 0
        for name, markup, bom in parts:
            own = results[used : used + len(markup.texts)]
            used += len(own)
            if tuple(own) != markup.texts:
                members[name] = bom + markup.render(own).encode("utf-8", "surrogatepass")
        if members:
            text = members.get(package, archive.read(package)).decode("utf-8")
            members[package] = _LANGUAGE.sub(r"\1en\2", text).encode("utf-8")
        return archive.replaced(members)

    return Template(tuple(text for _, markup, _ in parts for text in markup.texts), fill, "join")


def _part(archive: Archive, name: str, rules: Rules, selection: Selection) -> tuple[str, Markup, bytes]:
    data = archive.read(name)
    bom = b"\xef\xbb\xbf" if data.startswith(b"\xef\xbb\xbf") else b""
    try:
        text = data[len(bom) :].decode("utf-8")
        try:
            return name, Markup.parse(text, rules, attributes=selection.attributes), bom
        except InputError:
            if rules is not XHTML:
                raise
            # Readers forgive a chapter that is no XML; as HTML its tags are left as they are.
            return name, Markup.parse(text, HTML, attributes=selection.attributes), bom
    except (UnicodeDecodeError, InputError) as error:
        raise DocumentError(f"{name} in the EPUB is damaged: {reason(error)}") from error
