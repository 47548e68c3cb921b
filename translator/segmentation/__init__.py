"""Cuts a French text into segments for the model and loses nothing: prefix, segments and separators give the text back.

What needs no model stays in the separators, exactly as it was: blanks, line breaks, zero-width characters at the edges
of a segment, list markers ("- ", "• ", "1. ", "a) ", "> ", "# ") and the dash that opens a line of dialogue.
"""

from translator.document import Document, Lines
from translator.segmentation.assembly import assemble
from translator.segmentation.clauses import split_clauses
from translator.segmentation.lines import blocks, inner
from translator.segmentation.sentences import sentences

__all__ = ["segment", "split_clauses"]


def segment(text: str, *, lines: Lines = "auto", split_sentences: bool = True) -> Document:
    """The text as a document of sentences; ``segment(text).text == text`` for any string, in linear time.

    `lines` says what a line break means. keep: a segment never spans one. join: a single one is a blank inside its
    paragraph (the segment's text keeps the raw break). auto: joined where the paragraph is wrapped to a column width.
    A tab between two words separates cells, and so segments.

    Without `split_sentences` a segment is a line (keep), a line or a wrapped paragraph (auto), or all of the text
    between its outer blanks (join). A blank text has no segments; it is all prefix.
    """
    if not split_sentences and lines == "join":
        return assemble(text, inner(text))
    if not split_sentences:
        return assemble(text, blocks(text, lines))
    return assemble(text, (span for start, end in blocks(text, lines) for span in sentences(text, start, end)))
