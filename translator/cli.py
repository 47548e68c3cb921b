"""The `passerelle` command of the library: translate, bulk and model. Results go to stdout, everything else to stderr.

Exit status: 0 done, 2 bad usage or bad input (one line on stderr), 1 a fault of ours or of the
machine, 130 interrupted.
"""

import contextlib
import io
import itertools
import json
import os
import signal
import sys
from collections.abc import Iterable, Iterator
from dataclasses import asdict, replace
from pathlib import Path
from typing import IO, Annotated, Any, Final

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeRemainingColumn

from translator import bilingual, files, model_commands, models
from translator.bulk.command import bulk
from translator.document import Segment, Translation
from translator.errors import InputError, MissingExtraError, ModelError, PasserelleError
from translator.formats import FORMATS, HEAD_BYTES, Selection, detect_format, translate_document
from translator.glossary import Glossary
from translator.language import Detector
from translator.pipeline import Translator

STDIN: Final = "-"
INTERRUPTED: Final = 130
USAGE: Final = 2
FAULT: Final = 1
SURE_LANGUAGE: Final = 0.9
DETECTED_CHARACTERS: Final = 2000
MIN_DETECTED_CHARACTERS: Final = 40

app = typer.Typer(
    name="passerelle",
    help="French to English translation on your own machine.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
app.add_typer(model_commands.app, name="model")
app.command()(bulk)

ModelOption = Annotated[
    str, typer.Option("--model", "-m", envvar="PASSERELLE_MODEL", help="shipped, a model folder, or a hub name.")
]


@app.command()
def translate(
    file: Annotated[str, typer.Argument(help="A file, or - for standard input.")] = STDIN,
    output: Annotated[Path | None, typer.Option("--output", "-o", help="Write here instead of to stdout.")] = None,
    model: ModelOption = models.SHIPPED,
    format: Annotated[str, typer.Option(help="auto, text, or a document: html, md, srt, docx …")] = "auto",
    as_json: Annotated[bool, typer.Option("--json", help="Segments with offsets, scores and entities.")] = False,
    bilingual_form: Annotated[
        str | None, typer.Option("--bilingual", help="Source and target side by side: tsv, tmx or html.")
    ] = None,
    glossary: Annotated[Path | None, typer.Option(help="Terms to use: TSV, CSV, JSON or TBX.")] = None,
    lines: Annotated[str, typer.Option(help="What a line break means: auto, keep (a boundary) or join.")] = "auto",
    encoding: Annotated[str, typer.Option(help="How the input's bytes are to be read.")] = "utf-8",
    beam: Annotated[int, typer.Option(help="Hypotheses that the search keeps.")] = 4,
    typography: Annotated[bool, typer.Option(help="Typographic quotes, spaces and numbers in the English.")] = True,
    entities: Annotated[bool, typer.Option(help="Verify and repair names, numbers and codes.")] = True,
    threads: Annotated[int | None, typer.Option(min=1, help="Processors to use; all by default.")] = None,
    device: Annotated[str, typer.Option(help="auto, cpu or cuda.")] = "auto",
) -> None:
    """Translate a text or a document."""
    if bilingual_form is not None and bilingual_form not in bilingual.WRITERS:
        raise InputError(f"--bilingual is {bilingual_form!r}; allowed are {', '.join(bilingual.WRITERS)}")
    options: dict[str, Any] = {"lines": lines, "beam_size": beam, "typography": typography, "entities": entities}
    if glossary is not None:
        options["glossary"] = Glossary.load(glossary)
    source = _source(file)
    kind = _format(source, format)
    if kind != "text":
        if as_json or bilingual_form:
            raise InputError("--json and --bilingual are for text; a document comes out as a document")
        if lines == "auto":
            del options["lines"]  # a document knows what its line breaks mean
        if encoding != "utf-8":
            options["selection"] = Selection(encoding=encoding)
        _translate_document(source, output, kind, Translator.load(model, device=device, threads=threads), options)
        return
    with contextlib.ExitStack() as stack:
        stream = stack.enter_context(source.open("rb")) if source else sys.stdin.buffer
        chunks = files.read_chunks(stream, name=file if source else "standard input", encoding=encoding)
        # The first chunk is read before anything is loaded or written: most bad input shows there.
        first = next(chunks, "")
        _warn_if_not_french(first)
        translator = Translator.load(model, device=device, threads=threads)
        progress = stack.enter_context(_progress(source))
        translations = _translated(translator, first, chunks, options, progress)
        if as_json:
            parts = _json(translator, translations)
        elif bilingual_form:
            parts = bilingual.WRITERS[bilingual_form](_segments(translations))
        else:
            parts = (translation.text for translation in translations)
        _write(parts, output)


def run(application: typer.Typer) -> int:
    """Run a command line to its exit status; the only place that turns errors into lines on stderr."""
    if hasattr(signal, "SIGPIPE"):
        # `passerelle … | head` ends quietly, as other commands do.
        signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    try:
        application()
    except SystemExit as error:
        return error.code if isinstance(error.code, int) else FAULT
    except KeyboardInterrupt:
        return INTERRUPTED
    except (InputError, ModelError, MissingExtraError) as error:
        return _fail(str(error), USAGE)
    except PasserelleError as error:
        return _fail(str(error), FAULT)
    except OSError as error:
        place = f"{error.filename}: " if error.filename else ""
        return _fail(f"{place}{error.strerror or error}; nothing was written", FAULT)
    return 0


def _fail(message: str, status: int) -> int:
    print(f"passerelle: {message}", file=sys.stderr)
    return status


def _source(file: str) -> Path | None:
    if file == STDIN:
        return None
    path = Path(file)
    if path.is_dir():
        raise InputError(f"{file} is a folder; translate folders with `passerelle bulk {file} --out DIR`")
    if not path.exists():
        raise InputError(f"{file} does not exist")
    return path


def _format(source: Path | None, name: str) -> str:
    """The format to read: as named, else by extension and content; whatever has no known extension is text."""
    if name != "auto":
        if name not in FORMATS:
            raise InputError(f"unknown format {name!r}; known are auto, {', '.join(FORMATS)}")
        return name
    extensions = {extension for format in FORMATS.values() for extension in format.extensions}
    if source is None or source.suffix.lower() not in extensions - set(FORMATS["text"].extensions):
        return "text"
    with source.open("rb") as file:
        return detect_format(source.name, file.read(HEAD_BYTES))


def _translate_document(
    source: Path | None, output: Path | None, kind: str, translator: Translator, options: dict[str, Any]
) -> None:
    stream = source or io.BytesIO(sys.stdin.buffer.read())
    if output is not None:
        translate_document(stream, output, kind, translator, **options)
        return
    if FORMATS[kind].binary and FORMATS[kind].output is None and sys.stdout.isatty():
        raise InputError(f"a {kind} document is binary; name a file for it with -o")
    result = io.BytesIO()
    translate_document(stream, result, kind, translator, **options)
    sys.stdout.buffer.write(result.getvalue())
    sys.stdout.buffer.flush()


def _warn_if_not_french(text: str) -> None:
    sample = text[:DETECTED_CHARACTERS]
    if len(sample.strip()) < MIN_DETECTED_CHARACTERS:
        return
    language, probability = Detector().detect(sample)[0]
    if language != "fr" and probability >= SURE_LANGUAGE:
        message = f"the text looks like {language!r} ({probability:.2f}), not French; translated as French all the same"
        print(f"passerelle: warning: {message}", file=sys.stderr)


@contextlib.contextmanager
def _progress(source: Path | None) -> Iterator[tuple[Progress, TaskID] | None]:
    console = Console(stderr=True)
    if not console.is_terminal:
        yield None
        return
    total = source.stat().st_size if source else None
    columns = (TextColumn("{task.description}"), BarColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True) as progress:
        yield progress, progress.add_task("translating", total=total)


def _translated(
    translator: Translator,
    first: str,
    rest: Iterable[str],
    options: dict[str, Any],
    progress: tuple[Progress, TaskID] | None,
) -> Iterator[Translation]:
    """A translation for each chunk; offsets count from the start of the whole text, which alone has a prefix."""
    base = index = 0
    pending: Translation | None = None
    for chunk in itertools.chain([first], rest):
        translation = translator.translate(chunk, **options)
        moved = tuple(_at(segment, base, index + number) for number, segment in enumerate(translation.segments))
        if pending is not None:
            yield _followed_by(pending, translation.prefix)
        pending = Translation("" if pending else translation.prefix, moved)
        base += len(chunk)
        index += len(moved)
        if progress is not None:
            progress[0].advance(progress[1], len(chunk.encode("utf-8", "replace")))
    if pending is not None:
        yield pending


def _followed_by(translation: Translation, prefix: str) -> Translation:
    """The translation with the next one's prefix where it belongs: after its last segment."""
    if not translation.segments:
        return replace(translation, prefix=translation.prefix + prefix)
    *others, last = translation.segments
    return replace(translation, segments=(*others, replace(last, separator=last.separator + prefix)))


def _at(segment: Segment, base: int, index: int) -> Segment:
    entities = tuple(replace(one, start=one.start + base, end=one.end + base) for one in segment.entities)
    return replace(segment, index=index, start=segment.start + base, end=segment.end + base, entities=entities)


def _segments(translations: Iterable[Translation]) -> Iterator[Segment]:
    for translation in translations:
        yield from translation.segments


def _json(translator: Translator, translations: Iterator[Translation]) -> Iterator[str]:
    """One object, written as it comes: memory stays bounded."""
    first = next(translations)
    head = {"model": translator.model.name, "prefix": first.prefix}
    yield json.dumps(head, ensure_ascii=False)[:-1] + ', "segments": ['
    for number, segment in enumerate(_segments(itertools.chain([first], translations))):
        yield ("," if number else "") + "\n" + json.dumps(asdict(segment), ensure_ascii=False)
    yield "\n]}\n"


def _write(parts: Iterable[str], output: Path | None) -> None:
    if output is None:
        _write_to(parts, sys.stdout.buffer)
        return
    with files.atomic(output) as file:
        _write_to(parts, file)


def _write_to(parts: Iterable[str], file: IO[bytes]) -> None:
    for part in parts:
        file.write(part.encode("utf-8", "surrogatepass"))
        file.flush()


def main(application: typer.Typer = app) -> None:
    """Console entry; the service's has commands of its own beside these."""
    status = run(application)
    # A worker thread must not keep an interrupted command alive.
    sys.stdout.flush()
    os._exit(status) if status == INTERRUPTED else sys.exit(status)
