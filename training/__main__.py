"""``python -m training``: the way of a model from text to a model directory, a command for each step."""

import json
import logging
import os
import shutil
import sys
from pathlib import Path
from typing import Annotated

import typer

from training.config import Recipe, read_recipe
from training.session import Run
from training.workplace import Workplace
from translator.errors import InputError, PasserelleError

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False, help=__doc__)

RecipeFile = Annotated[Path, typer.Argument(help="the model's TOML file, such as training/passerelle.toml")]
Work = Annotated[Path, typer.Option(help="folder of everything that a run keeps")]
Device = Annotated[str, typer.Option(help="cpu, cuda, or auto: cuda where there is one")]
Minutes = Annotated[float | None, typer.Option(help="how long")]
Steps = Annotated[int | None, typer.Option(help="how many batches, instead of minutes")]
Workers = Annotated[int | None, typer.Option(help="processes on the CPU; one a core by default")]
Polite = Annotated[bool, typer.Option(help="lowest priority: give way to everything else (start it by setsid)")]
WORK = Path(".training")


@app.command()
def prepare(
    recipe: RecipeFile,
    corpora: Annotated[list[Path], typer.Option(help="folder of .tsv, .tsv.xz, or .fr beside .en; may be repeated")],
    held_out: Annotated[Path | None, typer.Option(help="folder of test sets that must not be trained on")] = None,
    exclude: Annotated[
        list[str] | None, typer.Option(help="a corpus of the recipe to leave out; may be repeated")
    ] = None,
    work: Work = WORK,
) -> None:
    """Clean, filter, hold out, deduplicate and augment the corpora of the recipe."""
    from training import prepare as preparation

    report = preparation.prepare(read_recipe(recipe), corpora, held_out, Workplace.create(work), exclude or ())
    for name, counts in report.items():
        typer.echo(f"{name}: " + ", ".join(f"{count} {rule}" for rule, count in counts.items()))


@app.command()
def vocabulary(
    recipe: RecipeFile,
    keep: Annotated[Path | None, typer.Option(help="a sentencepiece model to keep instead of learning one")] = None,
    work: Work = WORK,
) -> None:
    """Learn or keep the vocabulary, and turn the prepared text into numbers."""
    from training import vocabulary as pieces

    typer.echo(f"{pieces.make_vocabulary(read_recipe(recipe), Workplace.create(work), keep=keep)} pieces")


@app.command()
def align(
    recipe: RecipeFile,
    pairs: Annotated[int, typer.Option(help="pairs that teach the lexical model")] = 200_000,
    iterations: Annotated[int, typer.Option(help="of expectation maximisation")] = 4,
    work: Work = WORK,
) -> None:
    """Align the prepared text, for [training] alignment_weight."""
    from training import alignment

    place = Workplace.create(work)
    seed = read_recipe(recipe).seed
    found = alignment.align(
        place.arrays, place.links, _pieces(place), learn_from=pairs, iterations=iterations, seed=seed
    )
    typer.echo(f"{found} links")


@app.command()
def train(
    recipe: RecipeFile,
    minutes: Minutes = None,
    steps: Steps = None,
    decay_share: Annotated[
        float, typer.Option(help="last part of the run in which the learning rate falls to zero")
    ] = 0.0,
    focus: Annotated[bool, typer.Option(help="draw the corpora by their focus weights")] = False,
    workers: Workers = None,
    device: Device = "auto",
    polite: Polite = False,
    work: Work = WORK,
) -> None:
    """Train, or go on from the checkpoint of the work folder, the pilot's too. SIGTERM or Ctrl-C: it saves and ends."""
    place = Workplace.create(work)
    _train(read_recipe(recipe), place, place.checkpoint, minutes, steps, decay_share, focus, workers, device, polite)


@app.command()
def finish(
    recipe: RecipeFile,
    minutes: Minutes = None,
    steps: Steps = None,
    workers: Workers = None,
    device: Device = "auto",
    polite: Polite = False,
    work: Work = WORK,
) -> None:
    """Bring a copy of the checkpoint to an end: learning rate to zero on the focus mix, then export it."""
    from training import export as marian

    place, settings = Workplace.create(work), read_recipe(recipe)
    last = place.folder / "finish.ckpt"
    if not place.checkpoint.is_file():
        raise InputError(f"{place.checkpoint} is missing; train first")
    shutil.copyfile(place.checkpoint, last)
    _train(settings, place, last, minutes, steps, 1.0, True, workers, device, polite)
    marian.export(settings, place, place.export, source=last)
    typer.echo(f"exported to {place.export}")


@app.command(name="import")
def import_(recipe: RecipeFile, model: Path, work: Work = WORK) -> None:
    """Begin from the weights and vocabulary of a model directory of the recipe's shape."""
    from training import export as marian

    place = Workplace.create(work)
    if place.checkpoint.exists():
        raise InputError(f"{place.checkpoint} exists; move it away to begin from {model}")
    marian.import_weights(read_recipe(recipe), model, place)


@app.command()
def export(
    recipe: RecipeFile,
    output: Path,
    checkpoint: Annotated[Path | None, typer.Option(help="by default the work folder's")] = None,
    averaged: Annotated[bool, typer.Option(help="the averaged weights (EMA)")] = False,
    figures: Annotated[Path | None, typer.Option(help="JSON of `evaluate`, for the manifest")] = None,
    work: Work = WORK,
) -> None:
    """Write the model directory: Marian's files and the manifest."""
    from training import export as marian
    from translator.conversion import read_json

    measured = read_json(figures) if figures else None
    marian.export(
        read_recipe(recipe), Workplace.create(work), output, source=checkpoint, averaged=averaged, figures=measured
    )


@app.command()
def evaluate(
    model: Path,
    tests: Annotated[Path, typer.Option(help="folder of test sets, NAME.fr beside NAME.en")],
    sets: Annotated[list[str] | None, typer.Option("--set", help="only this set; may be repeated")] = None,
    lines: Annotated[int | None, typer.Option(help="only the first lines of each set")] = None,
    lengths: Annotated[str | None, typer.Option(help="set to measure by length too")] = None,
    placeholders: Annotated[str | None, typer.Option(help="set to try placeholders on")] = None,
    json_file: Annotated[Path | None, typer.Option("--json", help="also write the figures here")] = None,
    threads: int = 1,
) -> None:
    """BLEU and chrF with signatures, and on request BLEU by length and placeholders kept."""
    from training import evaluate as evaluation

    figures = evaluation.evaluate(
        model, tests, sets=sets or (), lines=lines, lengths=lengths, placeholders=placeholders, threads=threads
    )
    if json_file:
        json_file.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")
    typer.echo(evaluation.table(figures))


@app.command()
def curve(picture: Path, work: Work = WORK) -> None:
    """Draw the log of the work folder as PNG."""
    from training.progress import draw

    draw(Workplace(work).log, picture)


@app.command()
def finetune(
    model: Annotated[str, typer.Argument(help="shipped, a Marian folder, or a hub name in the local cache")],
    corpora: Path,
    output: Path,
    steps: Annotated[int, typer.Option(help="batches")] = 500,
    learning_rate: float = 1e-4,
    device: Device = "auto",
) -> None:
    """Go on with the shipped or an OPUS model on your own translations."""
    from training import finetune as tuning
    from translator.models import locate

    first, last = tuning.finetune(
        locate(model), corpora, output, steps=steps, learning_rate=learning_rate, device=_device(device)
    )
    typer.echo(f"loss {first:.3f} -> {last:.3f}; {output}")


def _train(
    recipe: Recipe,
    place: Workplace,
    checkpoint: Path,
    minutes: float | None,
    steps: int | None,
    decay_share: float,
    focus: bool,
    workers: int | None,
    device: str,
    polite: bool,
) -> None:
    from training import train as trainer

    if polite:
        _give_way()
    chosen = _device(device)
    run = Run(
        arrays=place.arrays,
        development=place.development_arrays if place.development_arrays.is_file() else None,
        links=place.links,
        checkpoint=checkpoint,
        log=place.log,
        vocabulary=_pieces(place),
        minutes=minutes,
        steps=steps,
        decay_share=decay_share,
        focus=focus,
        workers=1 if chosen == "cuda" else workers or len(os.sched_getaffinity(0)),
        device=chosen,
        compile=chosen == "cuda",
    )
    pid = place.folder / "train.pid"
    pid.write_text(f"{os.getpid()}\n", encoding="ascii")
    try:
        position = trainer.train(recipe, run)
    finally:
        pid.unlink(missing_ok=True)
    typer.echo(f"step {position.step}, {position.tokens} target pieces, epoch {position.epoch}")


def _give_way() -> None:
    """Nice, and nice among sessions too: in another session's shadow, nice alone changes nothing on Linux."""
    lowest = 19
    os.nice(lowest)
    group = Path("/proc/self/autogroup")
    if group.exists() and os.getsid(0) == os.getpid():
        group.write_text(str(lowest), encoding="ascii")


def _device(wanted: str) -> str:
    import torch

    if wanted not in ("auto", "cpu", "cuda"):
        raise InputError(f"device {wanted!r}: cpu, cuda or auto")
    return ("cuda" if torch.cuda.is_available() else "cpu") if wanted == "auto" else wanted


def _pieces(place: Workplace) -> int:
    import sentencepiece

    if not place.sentencepiece.is_file():
        raise InputError(f"{place.sentencepiece} is missing; run `python -m training vocabulary` first")
    return int(sentencepiece.SentencePieceProcessor(model_file=str(place.sentencepiece)).get_piece_size())


def main() -> None:
    """Run a command; bad input is one line on stderr and exit status 2, a fault of ours 1."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s", stream=sys.stderr)
    try:
        app()
    except InputError as error:
        sys.exit(_refuse(error, 2))
    except PasserelleError as error:
        sys.exit(_refuse(error, 1))


def _refuse(error: PasserelleError, status: int) -> int:
    typer.echo(f"error: {error}", err=True)
    return status


if __name__ == "__main__":
    main()
