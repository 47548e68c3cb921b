"""Fills the pages while the site is built, from the code, `benchmarks/results/` and the image's lock.

A page says `<!-- settings -->`, `<!-- licences -->`, `<!-- targets -->` or `<!-- figures: NAME -->` where a table
belongs. Of a result that does not exist it says so.
"""

import json
import re
from collections.abc import Callable, Iterable, Sequence
from importlib.metadata import PackageMetadata, distributions
from pathlib import Path
from typing import Any, Final

from pydantic.fields import FieldInfo

from benchmarks import targets
from service.settings import PREFIX, Settings

ROOT: Final = Path(__file__).resolve().parents[1]
RESULTS: Final = ROOT / "benchmarks" / "results"
LOCK: Final = ROOT / "requirements" / "image.txt"
PLACE: Final = re.compile(r"<!-- (settings|licences|targets|figures: [\w-]+) -->")
LONGEST_LICENCE: Final = 60
"""Characters; some packages put the whole text where its name belongs."""


def on_page_markdown(markdown: str, **_: object) -> str:
    """What MkDocs calls for each page."""
    return PLACE.sub(lambda match: fill(match[1]), markdown)


def fill(place: str) -> str:
    """The Markdown that belongs at a place."""
    if place == "settings":
        return settings_table()
    if place == "licences":
        return licences_table()
    if place == "targets":
        return table(targets.COLUMNS, targets.rows())
    name = place.removeprefix("figures: ")
    if name == "all":
        return "\n".join(
            f"- `benchmarks/results/{path.name}`{_measured(path)}" for path in sorted(RESULTS.glob("*.json"))
        )
    path = RESULTS / f"{'system' if name == 'container' else name}.json"
    if not path.exists():
        return "*Not measured yet.*"
    rows = FIGURES[name](json.loads(path.read_text(encoding="utf-8")))
    return f"{rows}\n\n`{path.name}`{_measured(path)}."


def settings_table() -> str:
    """Every setting with its type or allowed values, its default and what it is for."""
    rows = (
        (f"`{PREFIX}{name.upper()}`", _allowed(field), _default(field), _meaning(field))
        for name, field in Settings.model_fields.items()
    )
    return table(("variable", "value", "default", "meaning"), rows)


def licences_table() -> str:
    """Every package of the image's lock that is installed here, and its licence."""
    names = sorted(set(re.findall(r"^([\w.-]+)==", LOCK.read_text(encoding="utf-8"), re.MULTILINE)))
    installed = {re.sub(r"[-_.]+", "-", one.metadata["Name"]).lower(): one.metadata for one in distributions()}
    rows = [(name, _licence(installed[name])) for name in names if name in installed]
    return table(("package", "licence"), rows)


def _licence(metadata: PackageMetadata) -> str:
    stated = [*(metadata.get_all("License-Expression") or ()), *(metadata.get_all("License") or ())]
    classified = [
        one.rpartition(" :: ")[2] for one in metadata.get_all("Classifier") or () if one.startswith("License")
    ]
    short = [one for one in stated if one != "UNKNOWN" and 0 < len(one) <= LONGEST_LICENCE]
    return short[0] if short else ", ".join(classified) or "see its files"


def table(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """A Markdown table."""
    lines = [columns, ["---"] * len(columns), *rows]
    return "\n".join(f"| {' | '.join(str(cell) for cell in line)} |" for line in lines)


def _meaning(field: FieldInfo) -> str:
    return field.description or ""


def _allowed(field: FieldInfo) -> str:
    properties = Settings.model_json_schema()["properties"]
    schema = next(properties[name] for name, one in Settings.model_fields.items() if one is field)
    options = schema.get("anyOf", [schema])
    return " or ".join(_words(option) for option in options if option.get("type") != "null")


def _words(schema: dict[str, Any]) -> str:
    if "enum" in schema:
        return ", ".join(f"`{value}`" for value in schema["enum"])
    kind = str(schema["type"])
    word = {"array": "list", "string": str(schema.get("format", "text"))}.get(kind, kind)
    for name, sign in (("minimum", "≥"), ("exclusiveMinimum", ">")):
        if name in schema:
            word += f" {sign} {schema[name]:g}"
    return word


def _default(field: FieldInfo) -> str:
    if field.default_factory is not None:
        return "`~/.local/state/passerelle`"
    if field.default in (None, ()):
        return "–"
    value = str(field.default).lower() if isinstance(field.default, bool) else field.default
    return f"`{value}`"


def _measured(path: Path) -> str:
    content = json.loads(path.read_text(encoding="utf-8"))
    signature = content.get("signature", content)
    facts = (signature.get("date", "")[:10], signature.get("cpu"), signature.get("commit", "")[:12])
    return "".join(f", {fact}" for fact in facts if fact)


def _entities(content: dict[str, Any]) -> str:
    rows = [
        (
            f"{one['name']}, {one['role']}",
            "with" if one["protection"] else "without",
            *(_share(one[key]) for key in ("retention", "numbers")),
            one["bleu"],
        )
        for one in content["sets"]
    ]
    return table(("set", "protection", "names, %", "numbers, %", "BLEU"), rows)


def _share(counts: dict[str, Any]) -> str:
    return f"{100 * counts['hits'] / counts['total']:.1f}"


def _segmentation(content: dict[str, Any]) -> str:
    rows = [
        (name, one["half_b"]["f1"], one["newstest2014"]["f1"], one["megabytes_per_second"])
        for name, one in content["rows"].items()
        if "half_b" in one
    ]
    return table(("segmenter", "F1, unseen cases", "F1, newstest2014", "MB/s"), rows)


def _container(content: dict[str, Any]) -> str:
    names = {
        "image_mb": "size, MB",
        "ready_s": "ready after `run`, s",
        "resident_mb": "memory at most, MB",
        "stopped_s": "stopped after SIGTERM, s",
    }
    measured = content["measured"]
    return table(
        ("the image", "measured"), [(words, f"{measured[key]:g}") for key, words in names.items() if key in measured]
    )


FIGURES: Final[dict[str, Callable[[dict[str, Any]], str]]] = {
    "entities": _entities,
    "segmentation": _segmentation,
    "container": _container,
}
