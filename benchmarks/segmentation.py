"""Sentence splitting compared: ours and its peers, F1 and speed, on our cases and on joined lines of newstest2014.

A boundary is the number of visible characters before it, so how a peer treats blanks does not matter. On our cases each
peer is also run behind our lines, its best chance where a text has line breaks. Nothing is tuned here.
"""

import argparse
import json
import platform
import re
import subprocess
import time
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.segmentation_peers import PEERS
from translator.segmentation import segment

ROOT = Path(__file__).resolve().parents[1]
CASES = ROOT / "tests" / "translator" / "segmentation"
PEER_PYTHON = ROOT / "benchmarks" / ".peers" / "segmentation" / "bin" / "python"
RESULTS = ROOT / "benchmarks" / "results" / "segmentation.json"
PEER_LIMIT_S = 240
LINES_PER_PARAGRAPH = (5, 6, 7, 8)
"""Lines of a test set joined into one paragraph, in turn."""
WITHOUT_WEIGHTS = {"wtpsplit": "not run: its weights lie on a model hub, none were had offline"}

_ESCAPE = re.compile(r"\\u([0-9a-f]{4})|\\([nrt])|([~^])")
_CHARACTERS = {"n": "\n", "r": "\r", "t": "\t", "~": "\u00a0", "^": "\u202f"}
_INVISIBLE = re.compile(r"[\s\u200b\ufeff]+")


@dataclass(frozen=True, slots=True)
class Case:
    """A text and its boundaries, each as the number of visible characters before it."""

    text: str
    boundaries: frozenset[int]


@dataclass(frozen=True, slots=True)
class Score:
    """Boundaries that were right, wrong and missed."""

    right: int
    wrong: int
    missed: int
    f1: float


def ink_before(text: str, end: int) -> int:
    """Visible characters in ``text[:end]``."""
    return len(_INVISIBLE.sub("", text[:end]))


def boundaries(parts: Iterable[str]) -> frozenset[int]:
    """The boundaries between the parts of a text; parts that show nothing make none."""
    total, ends = 0, []
    for part in parts:
        ink = ink_before(part, len(part))
        total += ink
        if ink:
            ends.append(total)
    return frozenset(ends[:-1])


def read_cases(path: Path) -> list[Case]:
    """The cases of a file whose first lines explain its format."""
    cases = []
    for line in path.read_text(encoding="utf-8").split("\n"):
        if line and not line.startswith("#"):
            marked = _ESCAPE.sub(lambda m: chr(int(m[1], 16)) if m[1] else _CHARACTERS[m[2] or m[3]], line)
            parts = marked.split("|")
            cases.append(Case("".join(parts), boundaries(parts)))
    return cases


def read_lines(path: Path) -> list[str]:
    """The lines of a test set."""
    return [line.strip() for line in path.read_text(encoding="utf-8").split("\n") if line.strip()]


def paragraphs(lines: Sequence[str]) -> list[list[str]]:
    """The lines in groups of 5, 6, 7 and 8, in turn."""
    groups: list[list[str]] = []
    first = 0
    while first < len(lines):
        size = LINES_PER_PARAGRAPH[len(groups) % len(LINES_PER_PARAGRAPH)]
        groups.append(list(lines[first : first + size]))
        first += size
    return groups


def score(cases: Sequence[Case], found: Sequence[frozenset[int]]) -> Score:
    """All cases counted together."""
    pairs = list(zip(cases, found, strict=True))
    right = sum(len(case.boundaries & ends) for case, ends in pairs)
    wrong = sum(len(ends - case.boundaries) for case, ends in pairs)
    missed = sum(len(case.boundaries - ends) for case, ends in pairs)
    return Score(right, wrong, missed, round(2 * right / (2 * right + wrong + missed), 4))


def ours(text: str) -> frozenset[int]:
    """Our boundaries. List markers are in our separators, so these are read off the text."""
    return frozenset(ink_before(text, part.end) for part in segment(text).segments[:-1])


def lines_missed(groups: Sequence[Sequence[str]]) -> tuple[list[int], list[int]]:
    """Numbers of the lines whose end ours missed, and of those that ours cut inside."""
    missed, cut, first = [], [], 1
    for group in groups:
        ends = [len(" ".join(group[: index + 1])) for index in range(len(group))]
        found = {part.end for part in segment(" ".join(group)).segments}
        missed += [first + index for index, end in enumerate(ends) if end not in found]
        cut += [first + sum(end < place for end in ends) for place in sorted(found - set(ends))]
        first += len(group)
    return missed, cut


def run_peer(name: str, texts: Sequence[str]) -> dict[str, object]:
    """A peer's ``version``, ``sentences`` and processor ``seconds``, or why there are none under ``skipped``."""
    command = [str(PEER_PYTHON), str(Path(__file__).with_name("segmentation_peers.py")), name]
    try:
        done = subprocess.run(command, input=json.dumps(texts), capture_output=True, text=True, timeout=PEER_LIMIT_S)
    except FileNotFoundError:
        return {"skipped": "benchmarks/.peers/segmentation is not installed"}
    except subprocess.TimeoutExpired:
        return {"skipped": f"not done after {PEER_LIMIT_S} s"}
    if done.returncode:
        return {"skipped": (done.stderr.strip().split("\n") or ["failed"])[-1][:200]}
    result: dict[str, object] = json.loads(done.stdout)
    return result


def peer_row(name: str, cases: Sequence[Case], news: Sequence[Case]) -> dict[str, object]:
    """One row of the table: half B raw and behind our lines, then the news."""
    blocks = [[part.text for part in segment(case.text, split_sentences=False).segments] for case in cases]
    flat = [block for group in blocks for block in group]
    texts = [case.text for case in cases] + flat
    outcome = run_peer(name, texts)
    if "skipped" in outcome:
        return outcome
    sentences: list[list[str]] = outcome["sentences"]  # type: ignore[assignment]
    behind = iter(sentences[len(cases) :])
    # markers are outside our blocks: what is judged is the cases' text without them
    unmarked = [Case("", _without_markers(case, group)) for case, group in zip(cases, blocks, strict=True)]
    found = [boundaries(sentence for _ in group for sentence in next(behind)) for group in blocks]
    row: dict[str, object] = {
        "version": outcome["version"],
        "half_b": asdict(score(cases, [boundaries(parts) for parts in sentences[: len(cases)]])),
        "half_b_behind_our_lines": asdict(score(unmarked, found)),
    }
    if news:
        outcome = run_peer(name, [case.text for case in news])
        if "skipped" in outcome:
            return row | {"newstest2014": outcome["skipped"]}
        sentences = outcome["sentences"]  # type: ignore[assignment]
        row["newstest2014"] = asdict(score(news, [boundaries(parts) for parts in sentences]))
        size = sum(len(case.text.encode()) for case in news)
        row["megabytes_per_second"] = round(size / 1e6 / float(str(outcome["seconds"])), 3)
    return row


def _without_markers(case: Case, blocks: Sequence[str]) -> frozenset[int]:
    """The case's boundaries with the visible characters outside the blocks not counted."""
    shifted, position, outside = set(), 0, 0
    for block in blocks:
        start = case.text.index(block, position)
        outside += ink_before(case.text[position:start], start - position)
        position = start + len(block)
        reach = (ink_before(case.text, start), ink_before(case.text, position))
        shifted |= {end - outside for end in case.boundaries if reach[0] < end <= reach[1]}
    return frozenset(shifted)


def our_row(halves: dict[str, list[Case]], news: Sequence[Case]) -> dict[str, object]:
    """Our row of the table, half A beside half B."""
    row: dict[str, object] = {
        name: asdict(score(cases, [ours(case.text) for case in cases])) for name, cases in halves.items()
    }
    if news:
        started = time.process_time()
        for case in news:
            segment(case.text)
        seconds = time.process_time() - started
        row["newstest2014"] = asdict(score(news, [ours(case.text) for case in news]))
        row["megabytes_per_second"] = round(sum(len(case.text.encode()) for case in news) / 1e6 / seconds, 3)
    return row


def print_table(rows: dict[str, dict[str, object]]) -> None:
    """The rows for people."""
    columns = ("half_b", "half_b_behind_our_lines", "newstest2014", "megabytes_per_second")
    print(f"{'':32}" + "".join(f"{title:>12}" for title in ("F1 half B", "behind lines", "F1 news", "MB/s")))
    for name, row in rows.items():
        cells = [row.get(column, "") for column in columns]
        shown = [f"{cell['f1']:.4f}" if isinstance(cell, dict) else str(cell)[:11] for cell in cells]
        print(f"{name:32}" + "".join(f"{cell:>12}" for cell in shown) + f"  {row.get('skipped', '')}")


def main() -> None:
    """The command: prints the table and writes it as JSON."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.segmentation", description=main.__doc__)
    parser.add_argument("--testsets", type=Path, help="folder that holds newstest2014.fr")
    parser.add_argument("--out", type=Path, default=RESULTS, help="where the JSON goes")
    arguments = parser.parse_args()
    halves = {f"half_{half}": read_cases(CASES / f"{half}.txt") for half in "ab"}
    groups = paragraphs(read_lines(arguments.testsets / "newstest2014.fr")) if arguments.testsets else []
    news = [Case(" ".join(group), boundaries(group)) for group in groups]
    rows = {"passerelle": our_row(halves, news)}
    rows |= {name: peer_row(name, halves["half_b"], news) for name in PEERS}
    rows |= {name: {"skipped": reason} for name, reason in WITHOUT_WEIGHTS.items()}
    missed, cut = lines_missed(groups)
    commit = subprocess.run(
        ["git", "rev-parse", "HEAD"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.strip()
    report = {
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        "commit": commit,
        "machine": f"{platform.machine()}, {platform.system()}, Python {platform.python_version()}, processor time",
        "cases": {name: len(cases) for name, cases in halves.items()},
        "rows": rows,
        "newstest2014_lines_whose_end_was_missed": missed,
        "newstest2014_lines_cut_inside": cut,
    }
    arguments.out.parent.mkdir(parents=True, exist_ok=True)
    arguments.out.write_text(json.dumps(report, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    print_table(rows)


if __name__ == "__main__":
    main()
