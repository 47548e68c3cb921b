"""The log of a training: one JSON object a line, and its curve as a picture."""

import json
import time
from dataclasses import asdict, dataclass
from itertools import groupby
from pathlib import Path

from translator.errors import InputError


@dataclass(frozen=True, slots=True)
class Entry:
    """The state after some steps; losses are in nats a target piece, `dev_loss` without smoothing."""

    time: float
    step: int
    epoch: int
    tokens: int
    loss: float
    dev_loss: float | None
    alignment_loss: float | None
    learning_rate: float
    tokens_per_second: float
    decaying: bool


def record(log: Path, entry: Entry) -> None:
    with log.open("a", encoding="utf-8") as out:
        out.write(json.dumps(asdict(entry)) + "\n")


def read_log(log: Path) -> list[Entry]:
    """The entries of a log.

    Raises:
        InputError: no log, or a line that is no entry.
    """
    try:
        return [Entry(**json.loads(line)) for line in log.read_text(encoding="utf-8").splitlines()]
    except FileNotFoundError as error:
        raise InputError(f"{log} is missing; nothing was trained yet") from error
    except (ValueError, TypeError) as error:
        raise InputError(f"{log}: a line is no entry of a training log ({error})") from error


def draw(log: Path, picture: Path) -> None:
    """Losses over target pieces seen, as PNG; what was trained with a falling learning rate is drawn apart."""
    from matplotlib.figure import Figure

    entries = read_log(log)
    figure = Figure(figsize=(8, 4.5), layout="constrained")
    axes = figure.add_subplot()
    for decaying, run in groupby(entries, key=lambda entry: entry.decaying):
        part = list(run)
        style, suffix = ("--", ", learning rate falling") if decaying else ("-", "")
        losses = [(entry.tokens / 1e6, entry.loss) for entry in part]
        measured = [(entry.tokens / 1e6, entry.dev_loss) for entry in part if entry.dev_loss is not None]
        axes.plot(*zip(*losses, strict=True), style, color="tab:gray", label="training (smoothed)" + suffix)
        if measured:
            axes.plot(*zip(*measured, strict=True), style, color="tab:blue", label="development" + suffix)
    axes.set(xlabel="target pieces seen, millions", ylabel="loss, nats a piece", title=f"{len(entries)} measurements")
    handles, labels = axes.get_legend_handles_labels()
    axes.legend(
        *zip(*{label: (handle, label) for handle, label in zip(handles, labels, strict=True)}.values(), strict=True)
    )
    figure.savefig(picture, dpi=120)


def now() -> float:
    """Seconds since 1970, to the tenth."""
    return round(time.time(), 1)
