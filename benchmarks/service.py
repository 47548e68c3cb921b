"""The service under load, beside LibreTranslate with the same weights and a plain FastAPI endpoint with transformers.

    python -m venv benchmarks/.peers/libretranslate/venv
    benchmarks/.peers/libretranslate/venv/bin/pip install libretranslate
    python -m benchmarks.service [--seconds 2] [--rounds 4]

Each client sends one sentence of 20 words a request, each sentence once, so that no memory helps. The clients run on
the same cores as the server, for all systems alike. All servers run at once and are asked in turn, round after round:
what else the machine does falls on all alike. LibreTranslate runs at its defaults, but for its sentence splitter, whose
model would have to be downloaded: each text is taken for one sentence, which is in its favour.
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
from contextlib import ExitStack, contextmanager
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
IDLE_REQUESTS: Final = 15
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


def systems(folder: Path) -> Iterator[System]:
    """Ours first; `folder` holds what they need."""
    port = "{port}"
    passerelle = (sys.executable, "-c", "from service.cli import main; main()", "serve", "--port", port)
    for tolerance in TOLERANCES:
        settings = {
            "PASSERELLE_STATE_DIR": str(folder / f"state-{tolerance}"),
            "PASSERELLE_MEMORY_ENTRIES": "0",
            "PASSERELLE_LENGTH_TOLERANCE": str(tolerance),
        }
        name = f"Passerelle, lengths within {tolerance}" if tolerance else "Passerelle"
        yield System(name, passerelle, settings, "/v1/translate", "text")
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


async def throughput(
    client: httpx.AsyncClient, system: System, clients: int, seconds: float, seed: int
) -> tuple[float, int]:
    """Requests answered a second, and how many failed."""
    answered = failed = 0
    began = time.perf_counter()

    async def visit(number: int) -> None:
        nonlocal answered, failed
        texts = sentences((seed * len(CLIENTS) + clients) * 1000 + number)
        while time.perf_counter() - began < seconds:
            good = (await client.post(system.path, json=body(system, next(texts)))).is_success
            answered += good
            failed += not good

    await asyncio.gather(*(visit(number) for number in range(clients)))
    return answered / (time.perf_counter() - began), failed


class Record:
    """What one server has shown so far."""

    def __init__(self, ready_s: float) -> None:
        self.ready_s = ready_s
        self.times_ms: list[float] = []
        self.rates: dict[int, list[float]] = {clients: [] for clients in CLIENTS}
        self.errors = 0
        self.rss_idle_mib = 0

    async def ask(self, system: System, url: str, process: psutil.Process, seconds: float, number: int) -> None:
        """One round."""
        limits = httpx.Limits(max_connections=max(CLIENTS))
        async with httpx.AsyncClient(base_url=url, timeout=PATIENCE_S, limits=limits) as client:
            await latencies(client, system, WARM_UP_REQUESTS, -number - 1)
            self.rss_idle_mib = self.rss_idle_mib or rss_mib(process)
            self.times_ms += await latencies(client, system, IDLE_REQUESTS, number)
            for clients in CLIENTS:
                rate, failed = await throughput(client, system, clients, seconds, number)
                self.rates[clients].append(rate)
                self.errors += failed

    def figures(self, process: psutil.Process) -> Figures:
        """Of all rounds: percentiles of all requests, medians of the rounds' throughput."""
        return Figures(
            ready_s=round(self.ready_s, 2),
            p50_ms=round(statistics.median(self.times_ms), 1),
            p99_ms=round(statistics.quantiles(self.times_ms, n=PERCENT)[-1], 1),
            throughput={clients: round(statistics.median(rates), 1) for clients, rates in self.rates.items()},
            errors=self.errors,
            rss_idle_mib=self.rss_idle_mib,
            rss_loaded_mib=rss_mib(process),
        )


def compare(seconds: float, rounds: int) -> dict[str, Figures]:
    """The figures of each system that is installed."""
    with tempfile.TemporaryDirectory() as name, ExitStack() as stack:
        running = []
        for number, system in enumerate(systems(Path(name))):
            url, process, ready_s = stack.enter_context(started(system, Path(name) / f"log-{number}"))
            running.append((system, url, process, Record(ready_s)))
        for number in range(rounds):
            for system, url, process, record in running:
                asyncio.run(record.ask(system, url, process, seconds, number))
                print(f"round {number + 1} of {rounds}: {system.name}", file=sys.stderr)
        return {system.name: record.figures(process) for system, _, process, record in running}


def main() -> None:
    """Measure, print, write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=2, help="of load for each number of clients, each round")
    parser.add_argument("--rounds", type=int, default=4)
    options = parser.parse_args()
    load_before = signature().load
    results = compare(options.seconds, options.rounds)
    rows: list[list[Any]] = [
        [name, one.ready_s, one.p50_ms, one.p99_ms, *one.throughput.values(), one.errors, one.rss_loaded_mib]
        for name, one in results.items()
    ]
    rates = [f"{clients} clients, req/s" for clients in CLIENTS]
    columns = ["System", "ready, s", "p50, ms", "p99, ms", *rates, "errors", "RSS, MiB"]
    print_table("One sentence of 20 words a request", columns, rows)
    missing = [] if PEER.exists() else ["LibreTranslate: benchmarks/.peers/libretranslate is not installed"]
    setting = {"words": WORDS, "seconds": options.seconds, "rounds": options.rounds, "load_before": load_before}
    write_json("service", {**setting, "systems": results, "missing": missing})
    bars = {
        f"{clients} clients": {name: one.throughput[clients] for name, one in results.items()} for clients in CLIENTS
    }
    write_bars("service", "Sentences of 20 words a second", "requests/s", bars)


if __name__ == "__main__":
    main()
