"""French to English translation: articles in, articles out, every name intact.

>>> from translator import Translator
>>> translator = Translator.load()
>>> translator.translate("Bonjour à tous.").text  # doctest: +SKIP
'Hello everyone.'
"""

from translator.document import Document, Entity, Mark, MarkedText, Segment, Span, Translation
from translator.errors import (
    CancelledError,
    DeadlineError,
    DocumentError,
    EncodingError,
    GlossaryError,
    InputError,
    MissingExtraError,
    ModelError,
    OverloadedError,
    PasserelleError,
)
from translator.glossary import Glossary
from translator.options import Options
from translator.pipeline import Translator

__all__ = [
    "CancelledError",
    "DeadlineError",
    "Document",
    "DocumentError",
    "EncodingError",
    "Entity",
    "Glossary",
    "GlossaryError",
    "InputError",
    "Mark",
    "MarkedText",
    "MissingExtraError",
    "ModelError",
    "Options",
    "OverloadedError",
    "PasserelleError",
    "Segment",
    "Span",
    "Translation",
    "Translator",
]
