"""The entries of a dictionary as DeepL writes them, and the words that both versions have for a glossary."""

import csv
import io
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Final, Literal

from pydantic import BaseModel, Field

from service.api.deepl.access import glossary_pair
from service.errors import Cause, RequestError
from service.glossaries import Pair
from translator.errors import GlossaryError
from translator.glossary.terms import Row, checked

MAX_NAME_CHARACTERS: Final = 1024
TSV: Final = "text/tab-separated-values"
COLUMNS: Final = (2, 4)
"""A source and a target; of CSV also their languages behind them."""


class DictionaryIn(BaseModel):
    """The terms of one language pair."""

    source_lang: str
    target_lang: str
    entries: str
    entries_format: Literal["tsv", "csv"] = "tsv"

    def read(self) -> tuple[Pair, dict[str, str]]:
        """Pair and terms.

        Raises:
            RequestError: not the pair of this service, or no valid entries.
        """
        pair = glossary_pair(self.source_lang, self.target_lang)
        return pair, parse_entries(self.entries, self.entries_format)


class Name(BaseModel):
    name: str = Field(min_length=1, max_length=MAX_NAME_CHARACTERS)


def parse_entries(text: str, format: str) -> dict[str, str]:
    """Source to target terms, in their order. No line is a header.

    Raises:
        RequestError: invalid, with the number of the entry.
    """
    lines = io.StringIO(text, newline=None)
    cells: Iterable[list[str]] = (
        csv.reader(lines, strict=True) if format == "csv" else (line.rstrip("\n").split("\t") for line in lines)
    )
    try:
        rows = [_row(number, row) for number, row in enumerate(cells, 1) if any(cell.strip() for cell in row)]
        terms = checked(rows)
    except (csv.Error, GlossaryError) as error:
        raise RequestError(Cause.INVALID, f"Invalid glossary entries provided: {error}") from None
    if not terms:
        raise RequestError(Cause.INVALID, "Invalid glossary entries provided: there is none")
    return {term.source: term.targets[0] for term in terms}


def _row(number: int, cells: list[str]) -> Row:
    where = f"entry {number}"
    if len(cells) not in COLUMNS or not all(cell.strip() for cell in cells[:2]):
        raise GlossaryError(f"{where}: it needs a source and a target, both with text")
    return Row(where, cells[0], (cells[1],))


def as_tsv(entries: Mapping[str, str]) -> str:
    """The entries, one a line; no term holds a tab or a line break."""
    return "\n".join(f"{source}\t{target}" for source, target in entries.items())


def as_time(seconds: float) -> str:
    """A Unix time in ISO 8601, as DeepL writes it."""
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
