"""`passerelle model`: list, inspect, convert and download models."""

from pathlib import Path
from typing import Annotated

import typer

from translator import acquisition, models

app = typer.Typer(help="List, inspect, convert and download models.", no_args_is_help=True)


@app.command("list")
def list_models() -> None:
    """The shipped model and the hub models on this machine."""
    manifest = models.Manifest.read(models.SHIPPED_DIRECTORY)
    typer.echo(f"{models.SHIPPED}\t{manifest.name} {manifest.details.get('version', '')}\t{models.SHIPPED_DIRECTORY}")
    for name, directory in acquisition.cached():
        typer.echo(f"{name}\thub cache\t{directory}")


@app.command()
def info(
    model: Annotated[str, typer.Argument(help="shipped, a model folder, or a hub name.")] = models.SHIPPED,
) -> None:
    """Architecture, size, vocabulary, quantisation, origin and figures of a model."""
    for name, value in acquisition.describe(model).items():
        typer.echo(f"{name:24} {value}")


@app.command("import")
def import_model(
    source: Annotated[str, typer.Argument(help="A Marian model folder or a hub name on this machine.")],
    out: Annotated[Path, typer.Option("--out", help="The new model folder.")],
    quantization: Annotated[str, typer.Option(help="int8, int8_float16, float16 or float32.")] = "int8",
) -> None:
    """Convert a Marian model for CTranslate2, once, so that it loads at once."""
    manifest = acquisition.import_model(source, out, quantization=quantization)
    typer.echo(f"{out}\t{manifest.name}\t{quantization}")


@app.command()
def fetch(
    name: Annotated[str, typer.Argument(help="A hub name.")] = models.OPUS,
    out: Annotated[Path, typer.Option("--out", help="The new model folder.")] = Path("opus-mt-fr-en"),
) -> None:
    """Download a model from the Hugging Face hub."""
    typer.echo(str(acquisition.fetch(name, out)))
