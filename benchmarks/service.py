"""The service under load, beside LibreTranslate with the same weights and a plain FastAPI endpoint with transformers.

    python -m venv benchmarks/.peers/libretranslate/venv
    benchmarks/.peers/libretranslate/venv/bin/pip install libretranslate
    python -m benchmarks.service [--seconds 8]

Each client sends one sentence of 20 words a request, each sentence once, so that no memory helps. The clients run on
the same cores as the server, for all systems alike. LibreTranslate runs at its defaults, but for its sentence splitter,
whose model would have to be downloaded: each text is taken for one sentence, which is in its favour.
"""

import argparse
import asyncio
import json
import os
import random
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import httpx
import psutil

import translator
from benchmarks.report import print_table, signature, write_bars, write_json
from translator.conversion import convert

ROOT = Path(__file__).resolve().parents[1]
PEER = ROOT / "benchmarks" / ".peers" / "libretranslate" / "venv" / "bin" / "python"
PEER_PROGRAM: Final = """
from argostranslate import sbd
sbd.MiniSBDSentencizer.split_sentences = lambda self, text: [text]
from libretranslate import main
main()
"""
MODEL = Path(translator.__file__).parent / "models" / "passerelle-fr-en"
CLIENTS: Final = (1, 8, 32)
TOLERANCES: Final = (0, 4, 16)
IDLE_REQUESTS: Final = 60
WARM_UP_REQUESTS: Final = 5
WORDS: Final = 20
PATIENCE_S: Final = 120
PERCENT: Final = 100
LANGUAGES: Final = {"fr": "French", "en": "English"}

WHO = ("Le vieux jardinier", "La jeune avocate", "Un ancien marin", "Notre voisine bretonne", "Le chef cuisinier")
DOES = ("explique calmement", "raconte volontiers", "répète souvent", "annonce enfin", "écrit aujourd'hui")
WHAT = ("que le marché couvert", "que la petite gare", "que ce grand théâtre", "que cette école rurale", "que le port")
WILL = (
    "rouvrira ses portes",
    "changera de visage",
    "accueillera du monde",
    "restera sans lumière",
    "aura un toit neuf",
)
WHEN = ("au début du printemps prochain", "avant la fin des vacances", "pendant les travaux de la rue", "dans six mois")
END = "malgré la pluie froide et {} visiteurs."


@dataclass(frozen=True, slots=True)
class System:
    """How to start one server, and how to ask it."""

    name: str
    command: tuple[str, ...]
    environment: Mapping[str, str]
    path: str
    field: str


@dataclass(frozen=True, slots=True)
class Figures:
    """Times in milliseconds or seconds, throughput in requests a second by number of clients, memory in MiB."""

    ready_s: float
    p50_ms: float
    p99_ms: float
    throughput: Mapping[int, float]
    errors: int
    rss_idle_mib: int
    rss_loaded_mib: int


def sentences(seed: int) -> Iterator[str]:
    """About 20 words each, hardly ever twice the same."""
    draw = random.Random(seed)
    while True:
        words = " ".join(draw.choice(part) for part in (WHO, DOES, WHAT, WILL, WHEN))
        yield f"{words} {END.format(draw.randrange(2, 10**6))}"


def systems(folder: Path, tolerance: int = 0) -> Iterator[System]:
    """Ours first; `folder` holds what they need."""
    port = "{port}"
    passerelle = (sys.executable, "-c", "from service.cli import main; main()", "serve", "--port", port)
    settings = {
        "PASSERELLE_STATE_DIR": str(folder / "state"),
        "PASSERELLE_MEMORY_ENTRIES": "0",
        "PASSERELLE_LENGTH_TOLERANCE": str(tolerance),
    }
    yield System("Passerelle", passerelle, settings, "/v1/translate", "text")
    if PEER.exists():
        environment = {
            "ARGOS_PACKAGES_DIR": str(argos_package(folder)),
            "XDG_DATA_HOME": str(folder / "data"),
            "XDG_CONFIG_HOME": str(folder / "config"),
            "XDG_CACHE_HOME": str(folder / "cache"),
        }
        command = (str(PEER), "-c", PEER_PROGRAM, "--port", port, "--disable-web-ui")
        yield System("LibreTranslate", command, environment, "/translate", "q")
    plain = (sys.executable, "-m", "benchmarks.service_plain", port)
    yield System("FastAPI + transformers", plain, {}, "/translate", "q")


def argos_package(folder: Path) -> Path:
    """The shipped weights as Argos Translate keeps an installed package; gives the folder of packages.

    The other direction is there in name only: with fewer than two packages LibreTranslate looks for more to download.
    """
    packages = folder / "packages"
    first = packages / "translate-fr_en-1_0"
    (first / "model").mkdir(parents=True)
    convert(MODEL, first / "model")
    config = first / "model" / "config.json"
    # Argos leaves the end symbol to the engine.
    config.write_text(json.dumps(json.loads(config.read_text()) | {"add_source_eos": True}))
    shutil.copy(MODEL / "source.spm", first / "sentencepiece.model")
    second = packages / "translate-en_fr-1_0"
    shutil.copytree(first, second)
    for package, source, target in ((first, "fr", "en"), (second, "en", "fr")):
        metadata = {"package_version": "1.0", "argos_version": "1.9.0", "from_code": source, "to_code": target}
        names = {"from_name": LANGUAGES[source], "to_name": LANGUAGES[target]}
        (package / "metadata.json").write_text(json.dumps(metadata | names))
    return packages


@contextmanager
def started(system: System, log: Path) -> Iterator[tuple[str, psutil.Process, float]]:
    """Url, process and seconds to the first translation; ended with the block."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [part.format(port=port) if part == "{port}" else part for part in system.command]
    began = time.monotonic()
    with log.open("wb") as file:
        process = subprocess.Popen(
            command, cwd=ROOT, env=os.environ | dict(system.environment), stdout=file, stderr=subprocess.STDOUT
        )
        try:
            url = f"http://127.0.0.1:{port}"
            while True:
                if process.poll() is not None or time.monotonic() - began > PATIENCE_S:
                    raise RuntimeError(f"{system.name} does not start")
                try:
                    if httpx.post(url + system.path, json=body(system, "Bonjour."), timeout=PATIENCE_S).is_success:
                        break
                except httpx.TransportError:
                    pass
                time.sleep(0.02)
            yield url, psutil.Process(process.pid), time.monotonic() - began
        finally:
            process.terminate()
            process.wait(PATIENCE_S)


def body(system: System, text: str) -> dict[str, str]:
    """One request."""
    if system.name != "LibreTranslate":
        return {system.field: text}
    return {system.field: text, "source": "fr", "target": "en", "format": "text"}


def rss_mib(process: psutil.Process) -> int:
    """Of the server and its children."""
    return int(sum(one.memory_info().rss for one in (process, *process.children(recursive=True)))) >> 20


async def latencies(client: httpx.AsyncClient, system: System, count: int, seed: int) -> list[float]:
    """Milliseconds, one request after the other."""
    found = []
    texts = sentences(seed)
    for _ in range(count):
        began = time.perf_counter()
        (await client.post(system.path, json=body(system, next(texts)))).raise_for_status()
        found.append((time.perf_counter() - began) * 1000)
    return found


async def throughput(client: httpx.AsyncClient, system: System, clients: int, seconds: float) -> tuple[float, int]:
    """Requests answered a second, and how many failed."""
    answered = failed = 0
    began = time.perf_counter()

    async def visit(number: int) -> None:
        nonlocal answered, failed
        texts = sentences(1000 * clients + number)
        while time.perf_counter() - began < seconds:
            good = (await client.post(system.path, json=body(system, next(texts)))).is_success
            answered += good
            failed += not good

    await asyncio.gather(*(visit(number) for number in range(clients)))
    return answered / (time.perf_counter() - began), failed


async def measure(system: System, url: str, process: psutil.Process, ready_s: float, seconds: float) -> Figures:
    """All figures of a server that has just started."""
    limits = httpx.Limits(max_connections=max(CLIENTS))
    async with httpx.AsyncClient(base_url=url, timeout=PATIENCE_S, limits=limits) as client:
        await latencies(client, system, WARM_UP_REQUESTS, 1)
        idle = rss_mib(process)
        times = await latencies(client, system, IDLE_REQUESTS, 2)
        rates, errors = {}, 0
        for clients in CLIENTS:
            rates[clients], failed = await throughput(client, system, clients, seconds)
            errors += failed
    return Figures(
        ready_s=round(ready_s, 2),
        p50_ms=round(statistics.median(times), 1),
        p99_ms=round(statistics.quantiles(times, n=PERCENT)[-1], 1),
        throughput={clients: round(rate, 1) for clients, rate in rates.items()},
        errors=errors,
        rss_idle_mib=idle,
        rss_loaded_mib=rss_mib(process),
    )


def compare(seconds: float) -> dict[str, Figures | str]:
    """The figures of each system, or why there are none."""
    results: dict[str, Figures | str] = {}
    if not PEER.exists():
        results["LibreTranslate"] = "skipped: benchmarks/.peers/libretranslate is not installed"
    with tempfile.TemporaryDirectory() as name:
        for system in systems(Path(name)):
            try:
                with started(system, Path(name) / "log") as (url, process, ready_s):
                    results[system.name] = asyncio.run(measure(system, url, process, ready_s, seconds))
            except RuntimeError as error:
                results[system.name] = f"skipped: {error}"
            print(system.name, results[system.name], file=sys.stderr)
    return results


def tolerances(seconds: float) -> dict[int, Figures]:
    """What it would bring to let lengths differ within a batch."""
    results = {}
    for tolerance in TOLERANCES:
        with tempfile.TemporaryDirectory() as name:
            ours = next(systems(Path(name), tolerance))
            with started(ours, Path(name) / "log") as (url, process, ready_s):
                results[tolerance] = asyncio.run(measure(ours, url, process, ready_s, seconds))
        print("tolerance", tolerance, results[tolerance], file=sys.stderr)
    return results


def main() -> None:
    """Measure, print, write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=8, help="of load for each number of clients")
    seconds = parser.parse_args().seconds
    before = signature()
    results = compare(seconds)
    by_tolerance = tolerances(seconds)
    measured = {name: figures for name, figures in results.items() if isinstance(figures, Figures)}
    rows: list[list[Any]] = [
        [name, one.ready_s, one.p50_ms, one.p99_ms, *one.throughput.values(), one.errors, one.rss_loaded_mib]
        for name, one in measured.items()
    ]
    rates = [f"{clients} clients, req/s" for clients in CLIENTS]
    columns = ["System", "ready, s", "p50, ms", "p99, ms", *rates, "errors", "RSS, MiB"]
    print_table("One sentence of 20 words a request", columns, rows)
    shown = [[tolerance, one.p50_ms, *one.throughput.values()] for tolerance, one in by_tolerance.items()]
    print_table("Lengths in a batch may differ by", ["pieces", "p50, ms", *rates], shown)
    write_json(
        "service",
        {
            "words": WORDS,
            "seconds": seconds,
            "load_before": before.load,
            "systems": results,
            "length_tolerance": by_tolerance,
        },
    )
    bars = {
        f"{clients} clients": {name: one.throughput[clients] for name, one in measured.items()} for clients in CLIENTS
    }
    write_bars("service", "Sentences of 20 words a second", "requests/s", bars)


if __name__ == "__main__":
    main()
