"""`passerelle bulk`: files, folders and tables into an output folder that mirrors them.

Exit status: 0 all done, 2 bad usage or something is in errors.jsonl, 1 a fault of ours or of the machine.
"""

import hashlib
import json
import sys
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any, Final, Literal

import typer

from translator import models
from translator.bulk import places
from translator.bulk.cluster import RayCluster
from translator.bulk.estimate import estimate
from translator.bulk.executors import Executor, InProcess, Processes, planned
from translator.bulk.ledger import Ledger
from translator.bulk.progress import Counts, meter
from translator.bulk.runs import RECORDS_PER_SHARD, Run
from translator.bulk.sources import STDIN, Source, find
from translator.bulk.units import Job
from translator.errors import InputError
from translator.formats import FORMATS, Selection
from translator.glossary import Glossary
from translator.options import Options

FAILURES: Final = 2
LINES_FORMAT: Final = "lines"
_COPY_BYTES: Final = 1 << 20


def bulk(
    inputs: Annotated[list[str], typer.Argument(help="Files, folders, quoted patterns, addresses, or - for stdin.")],
    out: Annotated[str, typer.Option("--out", "-o", help="The output folder; it mirrors the input.")],
    resume: Annotated[bool, typer.Option("--resume", help="Go on with an earlier run in this folder.")] = False,
    column: Annotated[str | None, typer.Option(help="Column of tables, or field of JSON records.")] = None,
    into: Annotated[str | None, typer.Option(help="Column that receives the translation; else it is replaced.")] = None,
    path: Annotated[list[str] | None, typer.Option(help="JSON strings to translate, as $.items[*].title.")] = None,
    glossary: Annotated[Path | None, typer.Option(help="Terms to use: TSV, CSV, JSON or TBX.")] = None,
    lines: Annotated[str | None, typer.Option(help="What a line break means: auto, keep or join.")] = None,
    format: Annotated[
        str, typer.Option(help="Format of all inputs: auto, a format, or lines (a record each).")
    ] = "auto",
    encoding: Annotated[str | None, typer.Option(help="Of text files that are not UTF-8 and do not say so.")] = None,
    model: Annotated[
        str, typer.Option("--model", "-m", envvar="PASSERELLE_MODEL", help="shipped, a folder, or a hub name.")
    ] = models.SHIPPED,
    beam: Annotated[int, typer.Option(help="Hypotheses that the search keeps.")] = 4,
    records_per_shard: Annotated[int, typer.Option(min=1, help="Records of a table to a shard.")] = RECORDS_PER_SHARD,
    processes: Annotated[int | None, typer.Option(min=1, help="Worker processes; by default as fits.")] = None,
    threads: Annotated[int | None, typer.Option(min=1, help="Threads of each worker; by default as fits.")] = None,
    device: Annotated[str, typer.Option(help="auto, cpu or cuda.")] = "auto",
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Count words and estimate the time; write nothing.")
    ] = False,
    cluster: Annotated[str | None, typer.Option(help="ray: do the work on a Ray cluster.")] = None,
    address: Annotated[str | None, typer.Option(help="Of the cluster; else $RAY_ADDRESS or this machine.")] = None,
) -> None:
    """Translate an archive: what is done is what exists, and --resume goes on after a kill."""
    if format not in ("auto", LINES_FORMAT, *FORMATS):
        raise InputError(f"unknown format {format!r}; known are auto, {LINES_FORMAT}, {', '.join(FORMATS)}")
    if cluster not in (None, "ray"):
        raise InputError(f"--cluster is {cluster!r}; allowed is ray")
    options: dict[str, Any] = {"beam_size": beam}
    if lines is not None:
        options["lines"] = lines
    if glossary is not None:
        options["glossary"] = Glossary.load(glossary)
    Options.of(options)
    selection = Selection(column=column, into=into, paths=tuple(path or ()), encoding=encoding)
    job = Job(model, device, threads, format, selection, options)
    if cluster:  # other machines know nothing of the current folder
        out = _absolute(out)
        inputs = [given if given == STDIN else _absolute(given) for given in inputs]
    sources = find([given for given in inputs if given != STDIN], out)
    size = sum(source.size for source in sources)
    if dry_run:
        _estimate(job, sources, inputs, processes)
        return
    settings = _settings(job, glossary)
    with Ledger(out, settings, resume=resume) as ledger:
        if STDIN in inputs:
            sources.append(spooled(ledger, format))
            size += sources[-1].size
        executor: Executor
        if cluster:
            executor = RayCluster(job, address, processes)
        else:
            job, processes = planned(job, size, processes, threads)
            executor = InProcess(job) if processes == 1 else Processes(job, processes)
        run = Run(job, ledger, records_per_shard)
        counts = Counts()
        with meter(size) as shown:
            run.do(sources, executor, counts, shown)
        failed = ledger.failures
        summary: Mapping[str, object] = {
            "files": len(sources),
            "translated": counts.files,
            "already": run.already,
            "skipped": run.skipped,
            "failures": failed,
            "records": counts.records,
            "words": counts.words,
            "characters": counts.characters,
            "seconds": round(counts.seconds, 1),
            "words_per_s": round(counts.words_per_s, 1),
            "errors": ledger.errors_path if failed else None,
        }
    typer.echo(json.dumps(summary, ensure_ascii=False))
    if failed:
        print(f"passerelle: {failed} failures, all else is done; see {ledger.errors_path}", file=sys.stderr)
        raise typer.Exit(FAILURES)


def spooled(ledger: Ledger, format: str) -> Source:
    """Standard input as a file that can be read twice; the same input is the same source."""
    extension = FORMATS[format].extensions[0] if format in FORMATS else ".txt"
    path = ledger.inner(f"stdin{extension}")
    digest = hashlib.blake2b(digest_size=16)
    size = 0
    with places.writing(path) as file:
        while block := sys.stdin.buffer.read(_COPY_BYTES):
            digest.update(block)
            size += len(block)
            file.write(block)
    return Source(path, f"stdin{extension}", size, digest.hexdigest(), named=True)


def _absolute(path: str) -> str:
    return path if places.is_remote(path) else str(Path(path).absolute())


def _estimate(job: Job, sources: list[Source], inputs: list[str], processes: int | None) -> None:
    if STDIN in inputs:
        raise InputError("--dry-run reads its input twice; give files, not standard input")
    job, processes = planned(job, sum(source.size for source in sources), processes, job.threads)
    found = estimate(job, sources, processes)
    for failure in found.failures:
        print(f"passerelle: {failure.file}: {failure.reason}", file=sys.stderr)
    counted = asdict(found) | {"failures": len(found.failures)}
    typer.echo(json.dumps({"dry_run": True, **counted, "processes": processes, "threads": job.threads}))
    if found.failures:
        raise typer.Exit(FAILURES)


def _settings(job: Job, glossary: Path | None) -> dict[str, str]:
    """What the words of the output depend on; the model is looked at, so that a wrong name is told before all else."""
    manifest = models.Manifest.read(models.locate(job.model))
    files = hashlib.sha256(repr(sorted(manifest.files.items())).encode()).hexdigest()
    chosen: dict[Literal["glossary"], str] = {}
    if glossary is not None:
        chosen["glossary"] = hashlib.sha256(glossary.read_bytes()).hexdigest()
    options = {name: str(value) for name, value in job.options.items() if name != "glossary"}
    values = {"model": f"{manifest.name} {files[:12]}", "format": job.format, "glossary": "", "lines": ""}
    selection = {name: str(value or "") for name, value in asdict(job.selection).items()}
    return values | selection | options | chosen
