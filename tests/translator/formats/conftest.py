"""Two engines that stand at the boundary: one gives each text back, one in capitals."""

import io
from collections.abc import Callable, Sequence

import pytest

from translator.document import MarkedText
from translator.formats import DocumentReport, Selection, translate_document

Convert = Callable[..., bytes]


class Identity:
    """Each text as it is."""

    def translate_marked(self, texts: Sequence[MarkedText], **options: object) -> list[MarkedText]:
        return list(texts)


class Capitals:
    """Each text in capitals, marks where they were, kept stretches as they are."""

    def translate_marked(self, texts: Sequence[MarkedText], **options: object) -> list[MarkedText]:
        return [MarkedText(self._shout(text), text.marks) for text in texts]

    def _shout(self, text: MarkedText) -> str:
        letters = [letter.upper() if len(letter.upper()) == 1 else letter for letter in text.text]
        for mark in text.marks:
            if mark.keep:
                letters[mark.start : mark.end] = text.text[mark.start : mark.end]
        return "".join(letters)


def _convert(translator: Identity | Capitals) -> Convert:
    def convert(data: bytes | str, format: str, **selection: object) -> bytes:
        raw = data.encode() if isinstance(data, str) else data
        out = io.BytesIO()
        chosen = Selection(**selection)  # type: ignore[arg-type]
        report = translate_document(io.BytesIO(raw), out, format, translator, selection=chosen)
        assert isinstance(report, DocumentReport)
        return out.getvalue()

    return convert


@pytest.fixture
def same() -> Convert:
    """A document through the identity engine."""
    return _convert(Identity())


@pytest.fixture
def shout() -> Convert:
    """A document in capitals."""
    return _convert(Capitals())
