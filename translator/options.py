"""How to translate: the one set of options, the same in Python, on the command line and over HTTP."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from translator.document import Lines
from translator.engines import Decoding
from translator.errors import InputError
from translator.glossary import Glossary

MAX_BEAM: Final = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """How to translate.

    Attributes:
        lines: what a line break means.
        split_sentences: False sends each text (or line, with ``lines="keep"``) whole.
        beam_size: hypotheses that the search keeps, 1 to 16.
        alternatives: further hypotheses to report, less than the beam.
        glossary: terms that must be used, or None.
        entities: whether names, numbers and codes are found, verified and repaired.
        typography: whether the English gets typographic quotes, spaces and numbers.

    Raises:
        InputError: a value outside its range.
    """

    lines: Lines = "auto"
    split_sentences: bool = True
    beam_size: int = 4
    alternatives: int = 0
    glossary: Glossary | None = None
    entities: bool = True
    typography: bool = True

    def __post_init__(self) -> None:
        if self.lines not in ("auto", "keep", "join"):
            raise InputError(f"lines is {self.lines!r}; allowed are 'auto', 'keep' and 'join'")
        if not 1 <= self.beam_size <= MAX_BEAM:
            raise InputError(f"beam_size is {self.beam_size}; allowed are 1 to {MAX_BEAM}")
        if not 0 <= self.alternatives < MAX_BEAM:
            raise InputError(f"alternatives is {self.alternatives}; allowed are 0 to {MAX_BEAM - 1}")

    @classmethod
    def of(cls, values: Mapping[str, Any]) -> "Options":
        """Options from keywords; a glossary may be a plain mapping of source to target terms.

        Raises:
            InputError: an unknown name or a value outside its range.
        """
        known = set(cls.__dataclass_fields__)
        unknown = sorted(set(values) - known)
        if unknown:
            raise InputError(f"unknown option {', '.join(unknown)}; known are {', '.join(sorted(known))}")
        given = dict(values)
        glossary = given.get("glossary")
        if isinstance(glossary, Mapping):
            given["glossary"] = Glossary.from_mapping(glossary) if glossary else None
        return cls(**given)

    def decoding(self, *, attention: bool) -> Decoding:
        hypotheses = self.alternatives + 1
        return Decoding(beam_size=max(self.beam_size, hypotheses), hypotheses=hypotheses, attention=attention)
